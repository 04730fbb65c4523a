"""A database that takes no writes, while Ownkey runs: what reads goes on, the rest is refused and says so."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE_S, Ended
from tests.connections.running import ADA, Organisation, running_organisation
from tests.faults.browser import Browser
from tests.faults.read_only import FLAG
from tests.gateway_store.running import MYSELF, call, make_key

PROGRAM = "tests.faults.read_only"
ISSUE = {"fields": {"summary": "one", "project": {"key": "ACME"}, "issuetype": {"name": "Task"}}}


@dataclass(frozen=True)
class Acme:
    """A running organisation whose database can be made read-only."""

    organisation: Organisation
    key: str
    ada: Browser
    flag: Path

    def command(self, *arguments: str, given: str = "") -> Ended:
        """Run a command that finds the database as the server does."""
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-m", PROGRAM, *arguments],
            input=given,
            capture_output=True,
            text=True,
            env=self.organisation.ownkey.environment(),
            timeout=PATIENCE_S,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def write(self) -> tuple[int, str | None]:
        """Make an issue through the gateway."""
        url = f"{self.organisation.url}/jira/acme/rest/api/3/issue"
        answer = call(url, self.key, method="POST", body=ISSUE)
        return answer.status, answer.code


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    home = tmp_path_factory.mktemp("acme") / "home"
    with running_organisation(home, program=PROGRAM) as organisation:
        organisation.add_alm_account("acme", "Acme")
        organisation.connect("acme", ADA)
        ada = Browser(organisation.url)
        ada.sign_in(ADA)
        yield Acme(organisation, make_key(organisation, ADA)["key"], ada, home / FLAG)


@pytest.fixture
def read_only(acme: Acme) -> Iterator[Acme]:
    """Let the database take no writes for one test; afterwards it does, and nobody restarts anything."""
    assert acme.write() == (201, None)
    acme.flag.touch()
    yield acme
    acme.flag.unlink()
    assert acme.write() == (201, None)
    assert acme.ada.get("/profile/alm-credentials/").status == 200
    assert acme.organisation.ownkey("audit", "verify").code == 0


def test_the_gateway_refuses_writes_and_reads_go_on(read_only: Acme) -> None:
    assert read_only.write() == (503, "not-recorded")
    answer = call(f"{read_only.organisation.url}/jira/acme{MYSELF}", read_only.key)
    assert answer.status == 200
    assert answer.json["displayName"] == "Ada Lovelace"


def test_pages_are_shown_and_say_why_nothing_is_saved(read_only: Acme) -> None:
    assert "Acme" in read_only.ada.get("/profile/alm-credentials/").words
    page = read_only.ada.post("/profile/client-keys/new/acme/", name="Tool")
    assert page.status == 503
    assert "database takes no writes" in page.words
    assert "whether its disk was mounted read-only" in page.words
    assert "Nothing that was saved before is lost" in page.words


def test_commands_end_with_a_sentence_and_the_doctor_says_what_to_do(read_only: Acme) -> None:
    refused = read_only.command("user", "list", "--json")
    assert refused.code == 1
    assert "takes no writes" in json.loads(refused.stdout)["message"]
    doctor = read_only.command("doctor")
    assert doctor.code == 1
    assert "The database takes no writes" in doctor.stdout
    assert "whether its disk was mounted read-only" in doctor.stdout


def test_a_backup_is_made_all_the_same(read_only: Acme, tmp_path: Path) -> None:
    made = read_only.command("backup", str(tmp_path / "a.backup"), "--json")
    assert made.code == 0, made.stderr
    assert json.loads(made.stdout)["recorded"] is False
