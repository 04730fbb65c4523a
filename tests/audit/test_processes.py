"""The record of a real installation: several processes, kill -9, triggers, forgers, an older version."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import Ownkey

RECORD_MANY = """
import sys
from ownkey.console.setup import prepare
prepare()
from ownkey.audit.record import record
for n in range(int(sys.argv[2])):
    record("person.renamed", actor=sys.argv[1], details={"n": n})
"""
WRITE_FOR_EVER = """
import asyncio, itertools
from ownkey.console.setup import prepare
prepare()
from django.utils import timezone
from ownkey.audit.appending import BatchAppender
from ownkey.audit.entry import NewEntry
from ownkey.audit.writer import RecordWriter

def entry(n):
    return NewEntry(at=timezone.now(), action="call.started", subject=str(n))

async def main():
    writer = RecordWriter(BatchAppender())
    numbers = itertools.count()
    async def one():
        for n in numbers:
            await writer.commit(entry(n))
            print(n, flush=True)
            writer.note(entry(-1))
    await asyncio.gather(*(one() for _ in range(16)))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of an installation with four entries on record."""
    ownkey = Ownkey(tmp_path_factory.mktemp("installed") / "home", {})
    arguments = ("user", "add", "grace@acme.example", "--name", "Grace Hopper", "--admin", "--password-stdin")
    assert ownkey(*arguments, given="four unrelated words").code == 0
    record_some(ownkey, 3)
    return ownkey.home


@pytest.fixture
def ownkey(tmp_path: Path, installed: Path) -> Ownkey:
    """A copy of that installation."""
    return Ownkey(shutil.copytree(installed, tmp_path / "home"), {})


@contextmanager
def database(ownkey: Ownkey) -> Iterator[sqlite3.Connection]:
    """The installation's database, as somebody has it who can write to it."""
    connection = sqlite3.connect(ownkey.home / "ownkey.sqlite3", isolation_level=None)
    yield connection
    connection.close()


def python(ownkey: Ownkey, program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process of Ownkey's that does something else than its commands do."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        env=ownkey.environment(),
        stdout=subprocess.PIPE if program is WRITE_FOR_EVER else subprocess.DEVNULL,
        text=True,
    )


def record_some(ownkey: Ownkey, number: int) -> None:
    """Put entries on record."""
    assert python(ownkey, RECORD_MANY, "alice@acme.example", str(number)).wait(60) == 0


def test_several_processes_write_one_chain_without_gaps(ownkey: Ownkey) -> None:
    processes = [python(ownkey, RECORD_MANY, f"person-{n}", "100") for n in range(4)]
    assert [process.wait(120) for process in processes] == [0, 0, 0, 0]
    found = ownkey("audit", "verify", "--json").json
    assert (found["whole"], found["entries"]) == (True, 404)
    with database(ownkey) as db:
        numbers = [number for (number,) in db.execute("SELECT number FROM audit_entry ORDER BY number")]
    assert numbers == list(range(1, 405))


@pytest.mark.parametrize("lines", [1, 333])
def test_kill_9_in_the_middle_loses_nothing_that_was_committed(ownkey: Ownkey, lines: int) -> None:
    process = python(ownkey, WRITE_FOR_EVER)
    assert process.stdout is not None
    committed = {process.stdout.readline().strip() for _ in range(lines)}
    os.kill(process.pid, signal.SIGKILL)
    committed |= {line.strip() for line in process.stdout if line.endswith("\n")}
    process.wait(60)
    process.stdout.close()
    assert ownkey("audit", "verify", "--json").json["whole"] is True
    with database(ownkey) as db:
        kept = {subject for (subject,) in db.execute("SELECT subject FROM audit_entry")}
    assert committed <= kept
    record_some(ownkey, 1)
    assert ownkey("audit", "verify", "--json").json["whole"] is True


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE audit_entry SET actor = 'bob@acme.example' WHERE number = 2", id="change"),
        pytest.param("DELETE FROM audit_entry WHERE number = 2", id="remove"),
        pytest.param("DELETE FROM audit_entry", id="remove-all"),
        pytest.param(
            "INSERT INTO audit_entry SELECT number + 5, at, actor, action, subject, alm_account, outcome, "
            "details, key_id, hash, signature FROM audit_entry WHERE number = 2",
            id="leave-a-gap",
        ),
        pytest.param(
            "INSERT OR REPLACE INTO audit_entry SELECT number, at, 'bob', action, subject, alm_account, "
            "outcome, details, key_id, hash, signature FROM audit_entry WHERE number = 2",
            id="replace",
        ),
    ],
)
def test_the_database_refuses_to_change_the_record(ownkey: Ownkey, statement: str) -> None:
    with database(ownkey) as db, pytest.raises(sqlite3.IntegrityError, match="ntries"):
        db.execute(statement)
    assert ownkey("audit", "verify", "--json").json["entries"] == 4


@pytest.mark.parametrize(
    ("statement", "number", "fault"),
    [
        ("UPDATE audit_entry SET actor = 'bob@acme.example' WHERE number = 3", 3, "changed"),
        ("UPDATE audit_entry SET details = '{\"n\": 1}' WHERE number = 3", 3, "unreadable"),
        ("UPDATE audit_entry SET at = 'yesterday' WHERE number = 3", 3, "unreadable"),
        ("UPDATE audit_entry SET signature = zeroblob(32) WHERE number = 3", 3, "forged"),
        ("DELETE FROM audit_entry WHERE number = 3", 3, "missing"),
        ("DELETE FROM audit_entry WHERE number = 1", 1, "missing"),
    ],
)
def test_whoever_gets_round_the_triggers_is_found_out(
    ownkey: Ownkey, statement: str, number: int, fault: str
) -> None:
    with database(ownkey) as db:
        db.execute("DROP TRIGGER record_is_not_changed")
        db.execute("DROP TRIGGER record_is_not_removed")
        db.execute(statement)
    ended = ownkey("audit", "verify", "--json")
    assert ended.code == 1
    assert (ended.json["bad"]["number"], ended.json["bad"]["fault"]) == (number, fault)
    assert ended.json["bad"]["message"] in ended.stderr


def test_the_entries_of_an_older_version_are_chained(ownkey: Ownkey) -> None:
    with database(ownkey) as db:
        db.execute("DROP TABLE audit_entry")
        db.execute("DELETE FROM django_migrations WHERE app = 'audit'")
    forward = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'ownkey.console.settings'; "
        "django.setup(); "
        "from django.core.management import call_command; "
        "call_command('migrate', 'audit', '0001', verbosity=0)"
    )
    assert python(ownkey, forward).wait(60) == 0
    with database(ownkey) as db:
        for n in (1, 2, 5):
            db.execute(
                "INSERT INTO audit_entry (id, at, actor, action, subject, details) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    n,
                    f"2026-11-0{n} 10:00:00",
                    "alice@acme.example",
                    "signed-in",
                    "",
                    json.dumps({"n": [str(n)]}),
                ),
            )
    found = ownkey("audit", "verify", "--json").json
    assert (found["whole"], found["entries"]) == (True, 3)
    with database(ownkey) as db:
        rows = db.execute("SELECT number, at, details FROM audit_entry ORDER BY number").fetchall()
    assert rows == [
        (1, "2026-11-01 10:00:00", '{"n":["1"]}'),
        (2, "2026-11-02 10:00:00", '{"n":["2"]}'),
        (3, "2026-11-05 10:00:00", '{"n":["5"]}'),
    ]
