"""With real processes: serve re-checks and reminds by itself, or a worker does; never two at once."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import PATIENCE_S, Ownkey
from tests.connections.running import ADA, ADMINISTRATOR, BO, Organisation, running_organisation
from tests.lifecycle.mail_server import Post, running_mail_server

if TYPE_CHECKING:
    import subprocess

LONG_AGO = "2026-01-01 00:00:00"


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """Return an organisation whose serve runs the schedule itself; Ada and Bo are connected."""
    with running_organisation(tmp_path_factory.mktemp("acme") / "home") as organisation:
        organisation.add_alm_account("acme", "Acme Jira")
        for email in (ADA, BO):
            organisation.connect("acme", email)
        yield organisation


@pytest.fixture(autouse=True)
def _no_faults(acme: Organisation) -> Iterator[None]:
    yield
    acme.sandbox.end_faults()


def rows(home: Path, query: str, *values: object) -> list[Any]:
    """Return what the database says; a statement that changes something is kept."""
    with closing(sqlite3.connect(home / "ownkey.sqlite3", timeout=30)) as database:
        found = database.execute(query, values).fetchall()
        database.commit()
        return found


def long_ago(home: Path) -> None:
    """Let every credential have been checked long ago, so that its turn has come."""
    for table in ("connections_credential", "connections_almaccount"):
        rows(home, f"UPDATE {table} SET checked_at = ?, tried_at = NULL", LONG_AGO)  # noqa: S608 our own
    rows(home, "DELETE FROM lifecycle_sitepause")


def until(condition: Callable[[], object]) -> None:
    """Wait for a state."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def checked(home: Path) -> list[Any]:
    """Return who was checked since it was long ago."""
    return rows(home, "SELECT id FROM connections_credential WHERE checked_at > ?", LONG_AGO) + rows(
        home, "SELECT id FROM connections_almaccount WHERE checked_at > ?", LONG_AGO
    )


def states(organisation: Organisation) -> dict[str | None, str]:
    """Return everybody's state as the command line tells it."""
    ended = organisation.ownkey("status", "--json")
    assert ended.code == 0, ended.stderr
    return {one["person"]: one["state"] for one in ended.json}


def test_serve_rechecks_by_itself_and_writes_nothing_to_jira(acme: Organisation) -> None:
    before, asked = acme.sandbox.fingerprint(), len(acme.sandbox.requests())
    long_ago(acme.ownkey.home)
    until(lambda: len(checked(acme.ownkey.home)) == 3)
    sent = [one for one in acme.sandbox.requests()[asked:] if one["sent_authorization"]]
    assert {one["method"] for one in sent} == {"GET"}
    assert len(sent) <= 3 * 12, "a handful of requests for each"
    assert acme.sandbox.fingerprint() == before


def test_serve_notices_a_revoked_token_and_mails_its_owner(acme: Organisation) -> None:
    token = acme.connect("acme", BO)
    acme.sandbox.revoke(token)
    long_ago(acme.ownkey.home)
    until(lambda: states(acme)[BO] == "refused")
    mails = acme.ownkey.home / "mail"
    until(lambda: any(b"To: bo@acme.example" in file.read_bytes() for file in mails.glob("*.log")))
    asked = len(acme.sandbox.requests())
    long_ago(acme.ownkey.home)
    until(lambda: len(checked(acme.ownkey.home)) == 2)
    again = [one["email"] for one in acme.sandbox.requests()[asked:] if one["sent_authorization"]]
    assert BO not in again, "a refused credential is never sent again by the schedule"
    acme.connect("acme", BO)


def test_a_503_breaks_nothing_and_pauses_the_site(acme: Organisation) -> None:
    acme.sandbox.faults({"path": "/rest", "status": 503})
    long_ago(acme.ownkey.home)
    until(lambda: rows(acme.ownkey.home, "SELECT place FROM lifecycle_sitepause"))
    assert set(states(acme).values()) <= {"connected", "not-connected"}
    acme.sandbox.end_faults()
    long_ago(acme.ownkey.home)
    until(lambda: len(checked(acme.ownkey.home)) == 3)


@contextmanager
def worker(ownkey: Ownkey) -> Iterator["subprocess.Popen[str]"]:
    """Run a worker while the block lasts; it stops when it is asked to."""
    process = ownkey.start("worker")
    try:
        yield process
    finally:
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said


def test_of_serve_and_two_workers_one_runs_the_schedule(acme: Organisation) -> None:
    home = acme.ownkey.home
    until(lambda: rows(home, "SELECT holder FROM lifecycle_duty WHERE holder <> ''"))
    ((holder,),) = rows(home, "SELECT holder FROM lifecycle_duty")
    with worker(acme.ownkey), worker(acme.ownkey):
        last = rows(home, "SELECT max(number) FROM audit_entry")[0][0]
        long_ago(home)
        until(lambda: len(checked(home)) == 3)
        assert rows(home, "SELECT holder FROM lifecycle_duty") == [(holder,)]
    checks = rows(home, "SELECT subject FROM audit_entry WHERE number > ? AND actor = 'schedule'", last)
    assert len(checks) == len(set(checks)) == 3


@pytest.fixture
def apart(tmp_path: Path, acme: Organisation) -> Iterator[tuple[Ownkey, Post]]:
    """Return another store, with Ada connected in it and her token ending soon, and a mail server."""
    with running_mail_server() as post:
        addresses = {
            "OWNKEY_MAIL_HOST": "127.0.0.1",
            "OWNKEY_MAIL_PORT": str(post.port),
            "OWNKEY_MAIL_SECURITY": "none",
            "OWNKEY_WORKER": "separate",
        }
        ownkey = Ownkey(tmp_path / "home", {**acme.ownkey.variables, **addresses})
        login = ("--email", ADMINISTRATOR, "--token-stdin")
        soon = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
        for arguments, given in (
            (("user", "add", ADA, "--name", "Ada", "--password-stdin"), "four unrelated words"),
            (
                ("account", "add", "acme", "--name", "Acme", "--site", acme.sandbox.url, *login),
                acme.make_token(ADMINISTRATOR),
            ),
            (
                ("connect", "acme", "--user", ADA, "--token-stdin", "--expires", soon),
                acme.make_token(ADA),
            ),
        ):
            ended = ownkey(*arguments, given=given)
            assert ended.code == 0, ended.stderr
        yield ownkey, post


def test_a_worker_of_its_own_sends_what_is_owed_once(apart: tuple[Ownkey, Post]) -> None:
    ownkey, post = apart
    for _ in range(2):
        ended = ownkey("worker", "--once")
        assert ended.code == 0, ended.stderr
        assert len(post.letters) == 1
    assert [letter["Subject"] for letter in post.letters] == ["Your API token for Acme expires in 7 days"]
    found = {one["check"]: one["verdict"] for one in ownkey("doctor", "--json").json["findings"]}
    assert (found["schedule"], found["tasks"], found["reminders"]) == ("ok", "ok", "ok")


def test_a_worker_that_is_killed_is_followed_and_sends_nothing_twice(apart: tuple[Ownkey, Post]) -> None:
    ownkey, post = apart
    process = ownkey.start("worker")
    until(lambda: post.letters)
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    # As if its time on duty had passed: the next one need not be waited for.
    rows(ownkey.home, "UPDATE lifecycle_duty SET held_until = ?", LONG_AGO)
    assert ownkey("worker", "--once").code == 0
    assert len(post.letters) == 1
    assert rows(ownkey.home, "SELECT count(*) FROM lifecycle_reminder") == [(1,)]


def test_serve_leaves_it_to_the_worker_where_it_is_told_to(apart: tuple[Ownkey, Post]) -> None:
    ownkey, post = apart
    process = ownkey.start("serve", "--port", "0")
    try:
        assert process.stderr is not None
        until(lambda: "listening" in (process.stderr.readline() if process.stderr else ""))
        assert rows(ownkey.home, "SELECT count(*) FROM lifecycle_duty") == [(0,)]
        assert ownkey("worker", "--once").code == 0
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
    assert len(post.letters) == 1
