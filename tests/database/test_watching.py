"""A watch tells a database that was replaced from one that was changed, and from one that was left alone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ownkey.database.files import identity_of
from ownkey.database.watching import DatabaseWatch, Seen, UnwatchableError


def make_database(file: Path) -> sqlite3.Connection:
    """Make a database as Ownkey's is, with one table; each statement is committed at once."""
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE something (x)")
    return writer


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(make_database(tmp_path / "db")) as made:
        yield made


@pytest.fixture
def watch(tmp_path: Path, writer: sqlite3.Connection) -> Iterator[DatabaseWatch]:
    """Return a watch that has looked once."""
    assert not writer.in_transaction
    watching = DatabaseWatch(tmp_path / "db")
    assert watching.look() is Seen.REPLACED
    yield watching
    watching.close()


def test_what_is_committed_is_seen_once(writer: sqlite3.Connection, watch: DatabaseWatch) -> None:
    assert watch.look() is Seen.SAME
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO something VALUES (1)")
    assert watch.look() is Seen.SAME, "it may still be taken back"
    writer.execute("COMMIT")
    assert watch.look() is Seen.CHANGED
    assert watch.look() is Seen.SAME
    assert watch.connection.execute("SELECT x FROM something").fetchall() == [(1,)]


def test_nothing_can_be_written_through_it(watch: DatabaseWatch) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        watch.connection.execute("INSERT INTO something VALUES (1)")


def test_a_file_put_in_its_place_is_another(tmp_path: Path, watch: DatabaseWatch) -> None:
    before = watch.identity
    make_database(tmp_path / "other").close()
    (tmp_path / "other").replace(tmp_path / "db")
    assert watch.look() is Seen.REPLACED
    assert watch.identity == identity_of(tmp_path / "db") != before
    assert watch.look() is Seen.SAME


def test_what_cannot_be_read_is_said_and_taken_for_changed_afterwards(
    tmp_path: Path, watch: DatabaseWatch
) -> None:
    (tmp_path / "db").rename(tmp_path / "away")
    for _ in range(2):
        with pytest.raises(UnwatchableError):
            watch.look()
    (tmp_path / "away").rename(tmp_path / "db")
    assert watch.look() is Seen.CHANGED
