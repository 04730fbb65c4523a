"""Grants from the database: read in a thread, remembered for strangers, refused while nobody can tell."""

import asyncio
from pathlib import Path

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

from ownkey.calls.grants import GrantsUnavailableError
from ownkey.calls.means import ByClientKey
from ownkey.gateway.store import stored_grants
from ownkey.gateway.store.snapshots import CredentialUnusableError
from ownkey.gateway.store.stored_grants import StoredGrants

CREDENTIAL = "7a6f0c0e-5b1c-4b6e-9d3a-0c0ffee0ada1"


class Database:
    """What the grants ask, without a database: it can be away for a number of questions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.away_for = 0
        self.is_broken = False
        monkeypatch.setattr(stored_grants, "site_url_of", self.site_url_of)
        monkeypatch.setattr(stored_grants, "snapshot_of", self.snapshot_of)
        monkeypatch.setattr(stored_grants, "record_refused_in_use", self.record)
        monkeypatch.setattr(StoredGrants, "version", 1)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.away_for:
            self.away_for -= 1
            raise OperationalError

    def site_url_of(self, slug: str) -> str | None:
        self._ask(slug)
        return "https://acme.atlassian.net" if slug == "acme" else None

    def snapshot_of(self, key_id: str, **_: object) -> None:
        self._ask(key_id)
        if self.is_broken:
            raise CredentialUnusableError from ValueError("a secret")

    def record(self, credential_id: object, *, proven_count: int) -> bool:
        self._ask(f"{credential_id} {proven_count}")
        return True


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    return Database(monkeypatch)


@pytest.fixture
def grants(tmp_path: Path, database: Database) -> StoredGrants:
    assert database.asked == []
    return StoredGrants(tmp_path / "db")


async def test_strangers_who_follow_links_cost_one_look_each_version(
    grants: StoredGrants, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        assert await grants.site_of("acme") == "https://acme.atlassian.net"
        assert await grants.site_of("nowhere") is None
    assert database.asked == ["acme", "nowhere"]
    monkeypatch.setattr(StoredGrants, "version", 2)
    await grants.site_of("acme")
    assert database.asked == ["acme", "nowhere", "acme"]
    await grants.stop()


async def test_guessed_names_do_not_fill_the_memory(
    grants: StoredGrants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_grants, "MOST_SITES", 3)
    for number in range(20):
        await grants.site_of(f"guess-{number}")
    assert len(grants._sites) <= 3
    await grants.stop()


async def test_while_the_database_is_away_nobody_can_tell(grants: StoredGrants, database: Database) -> None:
    database.away_for = 1
    with pytest.raises(GrantsUnavailableError):
        await grants.lookup(ByClientKey("keykeykeykey"))
    assert await grants.lookup(ByClientKey("keykeykeykey")) is None
    await grants.stop()


async def test_a_credential_that_cannot_be_used_is_logged_without_its_words(
    grants: StoredGrants, database: Database
) -> None:
    database.is_broken = True
    with capture_logs() as logs, pytest.raises(GrantsUnavailableError):
        await grants.lookup(ByClientKey("keykeykeykey"))
    assert [entry["event"] for entry in logs] == ["credential_unusable"]
    assert "a secret" not in str(logs)
    await grants.stop()


async def test_a_refusal_is_reported_until_it_is_written_down(
    grants: StoredGrants, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_grants, "REPORT_AGAIN_AFTER_S", (0, 0, 0))
    database.away_for = 2
    with capture_logs() as logs:
        await grants.report_refused(CREDENTIAL, 4)
    assert database.asked == [f"{CREDENTIAL} 4"] * 3
    assert [entry["event"] for entry in logs] == ["refusal_not_recorded"] * 2 + ["credential_refused"]
    database.away_for = 99
    async with asyncio.timeout(30):
        await grants.report_refused(CREDENTIAL, 4)
    await grants.stop()
