"""A data directory with an organisation in it, made and looked at by small programs of their own."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.running import forks

if TYPE_CHECKING:
    import subprocess

MAIN, ADAS, BOS = ("ATATT" + f"3x-planted-{name}-" + "k3y" * 20 for name in ("main", "adas", "bos"))

SEED = """
from datetime import timedelta
from django.utils import timezone
from ownkey.connections import derived
from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.connections.sealing import seal_for
from ownkey.people.flows import add_user
from ownkey.secret import Secret
from django.db import transaction

now = timezone.now()
common = {"authentication": "scoped-api-token", "since": now, "version": 1}
account = AlmAccount(slug="acme", name="Acme", site_url="https://acme.atlassian.net", cloud_id="c",
    profile_name="planning", required_scopes=["read:jira-work"], state="connected",
    login="grace@acme.example", **common)
account.envelope = seal_for(account, Secret(MAIN), version=1)
derived.insert(account)
for email, token in (("ada@acme.example", ADAS), ("bo@acme.example", BOS)):
    user = add_user(email, name=email, password="four unrelated words", actor="test")
    row = Credential(user=user, alm_account=account, login=email, state="connected",
        atlassian_account_id=email, **common)
    row.envelope = seal_for(row, Secret(token), version=1)
    derived.insert(row)
"""

CANDIDATE = """
from datetime import timedelta
from django.utils import timezone
from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.connections.sealing import seal_for
from ownkey.people.models import User
from ownkey.secret import Secret

now = timezone.now()
account, user = AlmAccount.objects.get(), User.objects.get(email="ada@acme.example")
old = Credential.objects.filter(user=user).first()
candidate = Candidate(user=user, alm_account=account, is_main=False, authentication="scoped-api-token",
    login="ada@acme.example", replaces_version=old.version if old else 0, site_url=account.site_url,
    cloud_id="c", required_scopes=["read:jira-work"], tested_at=now, waits_until=now + timedelta(minutes=15),
    report={"verdict": "connected", "reason": "connected", "scopes": [], "identity":
        {"account_id": "ada@acme.example", "display_name": "Ada", "email": "ada@acme.example"}})
candidate.envelope = seal_for(candidate, Secret(NEW), version=0)
candidate.save(force_insert=True)
"""

SAVE = """
from ownkey.atlassian.wire import Authentication
from ownkey.connections import saved_credentials
from ownkey.connections.candidates import Choice
from ownkey.connections.models import AlmAccount, Candidate
from ownkey.people.models import User
from ownkey.people.signed_in import AT_THE_COMMAND_LINE

candidate = Candidate.objects.first()
choice = Choice(candidate_id=candidate.pk, authentication=Authentication.SCOPED_API_TOKEN,
    login="ada@acme.example", expires_on=None, accept_gaps=False)
saved_credentials.save(choice, user=candidate.user, account=candidate.alm_account, actor=candidate.user,
    signed_in=AT_THE_COMMAND_LINE)
"""

OPEN_ALL = """
import json
from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.connections.sealing import open_in
found = {}
for table in (AlmAccount, Credential, Candidate):
    for row in table.objects.exclude(envelope=b""):
        found[f"{table.__name__} {getattr(row, 'slug', '') or row.login}"] = open_in(row).reveal()
print(json.dumps(found))
"""

RING = """
import json
from ownkey.console.key_rotation import list_keys
print(json.dumps([[key.id, key.is_primary, key.is_known, key.envelopes, key.hashes] for key in list_keys()]))
"""

VERIFY = """
import json
from ownkey.audit.verifying import verify_record
found = verify_record()
print(json.dumps(None if found.is_whole else found.sentences))
"""


@dataclass(frozen=True, slots=True)
class Store:
    """One data directory."""

    home: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to work on it."""
        return {"OWNKEY_HOME": str(self.home), "OWNKEY_SECRET_KEY": "only for tests, " * 4}

    @property
    def database(self) -> Path:
        """The database file."""
        return self.home / "ownkey.sqlite3"

    def run(self, code: str, **values: str) -> str:
        """Run code with the store open; return what it printed."""
        ended = self.try_to_run(code, **values)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def try_to_run(self, code: str, **values: str) -> "subprocess.CompletedProcess[str]":
        """Run code with the store open, however it ends."""
        named = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        program = f"from ownkey.console.setup import prepare\nprepare()\n{named}{code}"
        return forks.run(code=program, environment={**os.environ, **self.environment}, timeout_s=60)

    def seed(self) -> None:
        """Put an ALM account and two connected people into it."""
        self.run(SEED, MAIN=MAIN, ADAS=ADAS, BOS=BOS)

    def run_all(self, *programs: str) -> list[Any]:
        """Run programs one after the other in one process; return what each line that they printed holds."""
        return [json.loads(line) for line in self.run("\n".join(programs)).splitlines()]

    def tokens(self) -> dict[str, str]:
        """Return every token that is saved, opened, by whose it is."""
        found: dict[str, str] = json.loads(self.run(OPEN_ALL))
        return found

    def keys(self) -> list[Any]:
        """Return the keys as [id, is_primary, is_known, envelopes, hashes]."""
        found: list[Any] = json.loads(self.run(RING))
        return found

    def copy_to(self, home: Path) -> "Store":
        """Return a copy; nothing may be running on this one."""
        shutil.copytree(self.home, home)
        return Store(home)


SAVED = {
    "AlmAccount acme": MAIN,
    "Credential ada@acme.example": ADAS,
    "Credential bo@acme.example": BOS,
}
