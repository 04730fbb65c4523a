"""What a release left behind is whole after an upgrade: tables, envelopes, keys, sessions, record, backup."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from http.cookiejar import Cookie
from pathlib import Path

import pytest

from tests.cli.command import Ownkey
from tests.connections.running import ADA, BO, serving
from tests.faults.browser import Browser
from tests.gateway_store.running import call
from tests.running import forks
from tests.upgrades.conftest import Callers
from tests.upgrades.kept import OPEN_ALL, KeptStore, unpack
from tests.upgrades.make_store import code_of

PROJECTS = "/rest/api/3/project/search"
COMMENT = "/rest/api/3/issue/LUM-1/comment"


def schema_of(home: Path) -> list[tuple[str, ...]]:
    """Return every table, index and trigger as the database keeps it."""
    with closing(sqlite3.connect(home / "ownkey.sqlite3")) as database:
        return database.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
        ).fetchall()


@pytest.fixture(scope="module")
def opened(kept: KeptStore) -> dict[str, str]:
    """Return every secret that the upgraded store keeps, before a server looks after it."""
    return opened_at(kept.ownkey)


@pytest.fixture(scope="module")
def served(kept: KeptStore, opened: dict[str, str]) -> Iterator[str]:
    """Serve the upgraded store, and return the address."""
    assert opened
    with serving(kept.ownkey, kept.folder / "serve.log", OWNKEY_WORKER="separate") as (url, _):
        yield url


def opened_at(ownkey: Ownkey) -> dict[str, str]:
    """Return every secret that the store keeps, opened."""
    ended = forks.run(code=OPEN_ALL, environment=ownkey.environment(), timeout_s=60)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, str] = json.loads(ended.stdout)
    return found


def test_an_upgraded_store_has_the_tables_of_a_fresh_one(kept: KeptStore, tmp_path: Path) -> None:
    fresh = Ownkey(tmp_path / "home", {})
    assert fresh("init").code == 0
    assert schema_of(kept.home) == schema_of(fresh.home)


def test_every_envelope_opens(kept: KeptStore, opened: dict[str, str]) -> None:
    factors = [value for name, value in opened.items() if name.startswith("FactorSecret")]
    assert kept.facts["authenticator"] in factors
    assert len(factors) == 2
    tokens = {name: value for name, value in opened.items() if not name.startswith("FactorSecret")}
    assert tokens == {**kept.facts["tokens"], "Candidate": kept.facts["waiting"]}


def test_client_keys_work_as_they_did(kept: KeptStore, served: str, callers: Callers) -> None:
    keys, tokens = kept.facts["keys"], kept.facts["tokens"]
    owners = {
        "active": (BO, tokens[f"Credential acme {BO}"]),
        "narrowed": (ADA, tokens[f"Credential acme {ADA}"]),
        "unconnected": ("grace@acme.example", tokens["AlmAccount acme"]),
    }
    for name, (login, token) in owners.items():
        callers.seen.clear()
        answer = call(f"{served}/jira/acme{PROJECTS}", keys[name])
        assert (answer.status, answer.code) == (200, None), name
        sent = base64.b64encode(f"{login}:{token}".encode()).decode()
        assert callers.seen[-1] == f"Basic {sent}", name
    callers.seen.clear()
    assert call(f"{served}/jira/acme{PROJECTS}", keys["revoked"]).status == 401
    assert call(f"{served}/jira/acme{COMMENT}", keys["narrowed"], method="POST", body={}).status == 403
    assert callers.seen == []


def test_a_session_stays_signed_in(kept: KeptStore, served: str) -> None:
    browser = Browser(served)
    for name, value in kept.facts["session"].items():
        browser.cookies.set_cookie(cookie(name, value))
    page = browser.get("/profile/alm-credentials/")
    assert (page.status, "/sign-in/" in page.address) == (200, False)
    assert "Ada Lovelace" in page.words


def test_an_authenticator_app_and_a_recovery_code_are_accepted(kept: KeptStore, served: str) -> None:
    for code in (code_of(kept.facts["authenticator"]), kept.facts["recovery_codes"][0]):
        browser = Browser(served)
        assert browser.sign_in(BO).address.endswith("/sign-in/code/")
        page = browser.post("/sign-in/code/", code=code)
        assert "Bo Diddley" in page.words, page.words


def test_an_invitation_still_lets_in(kept: KeptStore, served: str) -> None:
    page = Browser(served).get(kept.facts["invitation"])
    assert (page.status, "Dora" in page.words) == (200, True)


def test_the_record_is_whole_since_the_head_that_was_kept(kept: KeptStore) -> None:
    ended = kept.ownkey("audit", "verify", "--head", kept.facts["head"], "--json")
    assert ended.code == 0, ended.stdout + ended.stderr


def test_doctor_finds_nothing_wrong(kept: KeptStore) -> None:
    ended = kept.ownkey("doctor", "--json", OWNKEY_TRUSTED_SITES=kept.atlassian)  # the site is long gone
    wrong = [one for one in ended.json["findings"] if one["verdict"] == "fail"]
    assert (ended.code, wrong) == (0, [])


def test_work_that_waited_is_done(kept: KeptStore, tmp_path: Path) -> None:
    # In a store of its own: a worker also destroys the tested token, which waited for minutes.
    own = unpack(kept.archive, tmp_path, atlassian=kept.atlassian)
    assert own.ownkey("init").code == 0
    tasks = "SELECT DISTINCT status FROM django_tasks_database_dbtaskresult ORDER BY status"
    assert own.rows(tasks) == [("READY",), ("SUCCESSFUL",)]
    ended = own.ownkey("worker", "--once")
    assert ended.code == 0, ended.stderr
    assert own.rows(tasks) == [("SUCCESSFUL",)]
    assert own.rows("SELECT count(*) FROM lifecycle_reminder WHERE ended_at IS NOT NULL") != [(0,)]


def test_a_backup_restores(kept: KeptStore, tmp_path: Path) -> None:
    restored = kept.command_at(tmp_path / "restored")
    ended = restored("restore", str(kept.backup), "--json")
    assert ended.code == 0, ended.stderr
    assert kept.facts["tokens"].items() <= opened_at(restored).items()
    assert restored("audit", "verify").code == 0
    assert schema_of(restored.home) == schema_of(kept.home)


def cookie(name: str, value: str) -> Cookie:
    """Return a cookie as the browser kept it."""
    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain="127.0.0.1",
        domain_specified=False,
        domain_initial_dot=False,
        path="/",
        path_specified=True,
        secure=False,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )
