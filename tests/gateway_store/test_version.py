"""The version moves when the log of changes does, and what the log does not prove concerns everything."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from ownkey.calls.changes import EVERYTHING, NOTHING, Changes, Kind, Subject
from ownkey.calls.grants import GrantsUnavailableError
from ownkey.gateway.store.version import FRESH_FOR_S, VersionWatch

grant_changes = import_module("ownkey.connections.migrations.0010_grant_changes")

ALICE, BOB = Subject(Kind.PERSON, "1"), Subject(Kind.PERSON, "2")
ACME = Subject(Kind.ACCOUNT, "acme")
LATEST = "WHERE number = (SELECT number FROM connections_grants_version)"
DELETE = "DELETE FROM connections_grant_change"
UPDATE = "UPDATE connections_grant_change SET"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float = FRESH_FOR_S) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make_database(file: Path) -> sqlite3.Connection:
    """Make a database with the log of changes as the migration makes it."""
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE connections_grants_version (id INTEGER PRIMARY KEY, number INTEGER)")
    writer.execute("INSERT INTO connections_grants_version VALUES (1, 0)")
    writer.execute(grant_changes.LOG)
    writer.execute(grant_changes.LOG_IS_KEPT_SHORT)
    writer.execute("CREATE TABLE other (x)")
    change(writer, ALICE)
    return writer


def change(writer: sqlite3.Connection, *subjects: Subject) -> None:
    """Write what the triggers write for a change of each."""
    for subject in subjects:
        count_up(writer)
        writer.execute(
            "INSERT OR REPLACE INTO connections_grant_change (number, kind, subject) "
            "SELECT number, ?, ? FROM connections_grants_version",
            (subject.kind.value, subject.name),
        )


def count_up(writer: sqlite3.Connection) -> None:
    """Count a change that nobody put into the log."""
    writer.execute("UPDATE connections_grants_version SET number = number + 1")


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(make_database(tmp_path / "db")) as made:
        yield made


@pytest.fixture
def watch(tmp_path: Path, writer: sqlite3.Connection, clock: Clock) -> Iterator[VersionWatch]:
    """Return a watch that has looked at the database once."""
    assert not writer.in_transaction
    watching = VersionWatch(tmp_path / "db", monotonic=clock, clock=clock)
    watching.read()
    yield watching
    watching.close()


def seen(watch: VersionWatch, clock: Clock) -> Changes:
    """Look, and return whom the changes since the last look concern."""
    before = watch.read()
    clock.tick()
    changes = watch.changes_since(before) if watch.read() != before else NOTHING
    assert watch.changes_since(before) == changes
    return changes


def of(*subjects: Subject) -> Changes:
    return Changes(frozenset(subjects))


def test_it_moves_with_the_log_and_not_with_other_writes(
    writer: sqlite3.Connection, watch: VersionWatch, clock: Clock
) -> None:
    writer.execute("INSERT INTO other VALUES (1)")
    assert seen(watch, clock) == NOTHING
    change(writer, BOB)
    assert seen(watch, clock) == of(BOB)
    assert seen(watch, clock) == NOTHING


def test_changes_between_two_looks_are_named_together(
    writer: sqlite3.Connection, watch: VersionWatch, clock: Clock
) -> None:
    first = watch.read()
    change(writer, ALICE, BOB, ALICE)
    assert seen(watch, clock) == of(ALICE, BOB)
    change(writer, ACME)
    assert seen(watch, clock) == of(ACME)
    assert watch.changes_since(first) == of(ALICE, BOB, ACME)


def test_a_transaction_that_is_not_over_does_not_count(
    writer: sqlite3.Connection, watch: VersionWatch, clock: Clock
) -> None:
    writer.execute("BEGIN IMMEDIATE")
    change(writer, BOB)
    assert seen(watch, clock) == NOTHING
    writer.execute("ROLLBACK")
    assert seen(watch, clock) == NOTHING
    writer.execute("BEGIN IMMEDIATE")
    change(writer, ALICE, BOB)
    writer.execute("COMMIT")
    assert seen(watch, clock) == of(ALICE, BOB)


def test_a_mass_change_is_named_until_it_is_more_than_the_log_keeps(
    writer: sqlite3.Connection, watch: VersionWatch, clock: Clock
) -> None:
    people = [Subject(Kind.PERSON, str(number)) for number in range(grant_changes.KEPT)]
    writer.execute("BEGIN")
    change(writer, *people[:-1])
    writer.execute("COMMIT")
    assert seen(watch, clock) == of(*people[:-1])
    writer.execute("BEGIN")
    change(writer, *people)
    writer.execute("COMMIT")
    assert seen(watch, clock) == EVERYTHING
    change(writer, ALICE)
    assert seen(watch, clock) == of(ALICE), "from there on it reads along again"


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(
            "UPDATE connections_grants_version SET number = number + 1", id="a change without entry"
        ),
        pytest.param(f"{DELETE} {LATEST} - 1", id="a gap"),
        pytest.param(f"{DELETE} {LATEST}", id="the latest entry is gone"),
        pytest.param(DELETE, id="an empty log"),
        pytest.param("UPDATE connections_grant_change SET mark = mark + 1", id="another history"),
        pytest.param("UPDATE connections_grants_version SET number = 1", id="a number that went back"),
        pytest.param(f"{UPDATE} kind = 'everything' {LATEST}", id="everything"),
        pytest.param(f"{UPDATE} kind = 'team' {LATEST}", id="an unknown kind"),
    ],
)
def test_what_the_log_does_not_prove_concerns_everything(
    damage: str, writer: sqlite3.Connection, watch: VersionWatch, clock: Clock
) -> None:
    writer.execute("BEGIN")
    change(writer, ALICE, BOB, ALICE)
    writer.execute(damage)
    writer.execute("COMMIT")
    assert seen(watch, clock) == EVERYTHING
    for _ in range(5):
        change(writer, ALICE)
        seen(watch, clock)
    change(writer, BOB)
    assert seen(watch, clock) == of(BOB), "it has found its way again"


def test_without_the_log_nobody_can_tell(
    writer: sqlite3.Connection, watch: VersionWatch, clock: Clock
) -> None:
    writer.execute("ALTER TABLE connections_grant_change RENAME TO away")
    clock.tick()
    for _ in range(2):
        with pytest.raises(GrantsUnavailableError):
            watch.read()
    writer.execute("ALTER TABLE away RENAME TO connections_grant_change")
    assert watch.read() == 1, "nothing has changed meanwhile"


def test_a_new_day_concerns_everything(watch: VersionWatch, clock: Clock) -> None:
    before = watch.read()
    clock.tick(86_400)
    assert watch.read() != before
    assert watch.changes_since(before) == EVERYTHING


def test_without_the_database_nobody_can_tell(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "db"
    watch = VersionWatch(file, monotonic=clock, clock=clock)
    with pytest.raises(GrantsUnavailableError):
        watch.read()
    writer = make_database(file)
    first = watch.read()
    file.rename(tmp_path / "away")
    clock.tick()
    with pytest.raises(GrantsUnavailableError):
        watch.read()
    (tmp_path / "away").rename(file)
    clock.tick()
    assert watch.read() == first, "it is the same file with the same log"
    change(writer, BOB)
    assert seen(watch, clock) == of(BOB), "and it reads on where it was"
    watch.close()
    writer.close()


def test_another_file_in_its_place_concerns_everything(tmp_path: Path, clock: Clock) -> None:
    file, other = tmp_path / "db", tmp_path / "other"
    for each in (file, other):
        writer = make_database(each)
        writer.execute("PRAGMA journal_mode=DELETE")
        writer.close()
    watch = VersionWatch(file, monotonic=clock, clock=clock)
    first = watch.read()
    other.replace(file)
    clock.tick()
    assert watch.read() != first
    assert watch.changes_since(first) == EVERYTHING
    watch.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "db").write_bytes(b"nonsense" * 1000)
    watch = VersionWatch(tmp_path / "db", monotonic=clock, clock=clock)
    with pytest.raises(GrantsUnavailableError):
        watch.read()


def test_an_answer_stands_for_a_moment_only(
    writer: sqlite3.Connection, watch: VersionWatch, clock: Clock
) -> None:
    first = watch.read()
    change(writer, ALICE)
    assert watch.read() == first
    clock.tick(FRESH_FOR_S)
    assert watch.read() != first
