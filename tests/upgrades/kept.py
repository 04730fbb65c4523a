"""Stores that releases left behind, unpacked to be tried: see README.md."""

import json
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.command import Ownkey

ARCHIVES = sorted(Path(__file__).with_name("stores").glob("*.tar.gz"))

OPEN_ALL = """
import json
from ownkey.console.setup import prepare
prepare()
from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.connections.sealing import open_in
from ownkey.people.models import FactorSecret, User
from ownkey.people.second_factors.sealing import factors_of, open_factor

opened = {f"AlmAccount {one.slug}": open_in(one).reveal() for one in AlmAccount.objects.all()}
opened |= {
    f"Credential {one.alm_account.slug} {one.user.email}": open_in(one).reveal()
    for one in Credential.objects.all()
}
opened |= {"Candidate": open_in(one).reveal() for one in Candidate.objects.all()}
for row in FactorSecret.objects.all():
    with factors_of(row.user):
        opened[f"FactorSecret {row.pk}"] = open_factor(str(row.pk))
print(json.dumps(opened))
"""


@dataclass(frozen=True)
class KeptStore:
    """One store, and what is known about it since it was made."""

    folder: Path
    facts: dict[str, Any]
    atlassian: str
    archive: Path

    @property
    def home(self) -> Path:
        """The data directory."""
        return self.folder / "home"

    @property
    def backup(self) -> Path:
        """The backup that the release made of it, keys included."""
        return self.folder / "ownkey.backup"

    @property
    def ownkey(self) -> Ownkey:
        """The command of today, on this store."""
        return self.command_at(self.home)

    def command_at(self, home: Path) -> Ownkey:
        """Return the command of today on another data directory."""
        site = self.rows("SELECT site_url FROM connections_almaccount")[0][0]
        return Ownkey(home, {"OWNKEY_ATLASSIAN_API_URL": self.atlassian, "OWNKEY_TRUSTED_SITES": str(site)})

    def rows(self, query: str) -> list[Any]:
        """Return what the database says."""
        with closing(sqlite3.connect(self.home / "ownkey.sqlite3", timeout=30)) as database:
            return database.execute(query).fetchall()


def unpack(archive: Path, folder: Path, *, atlassian: str) -> KeptStore:
    """Unpack a store."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (folder / "home").chmod(0o700)
    return KeptStore(folder, json.loads((folder / "facts.json").read_text()), atlassian, archive)
