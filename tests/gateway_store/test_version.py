"""The version moves with every change of what a key grants, by whoever; not with anything else."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, models
from django.utils import timezone

from ownkey.calls.grants import GrantsUnavailableError
from ownkey.connections import flows
from ownkey.connections.client_key_usage import KeyCalls, add_usage
from ownkey.connections.client_keys import issue_client_key, revoke_client_key
from ownkey.connections.models import AlmAccount, ClientKey, Credential
from ownkey.gateway.store.version import FRESH_FOR_S, VersionWatch
from ownkey.people.flows import reinstate_user, rename_user, suspend_user
from ownkey.people.models import User
from tests.connections.conftest import Connect
from tests.people.sign_ins import JUST_NOW

# What is written all the time, and grants nothing.
IRRELEVANT = {
    ClientKey: {"last_used_at", "calls", "hashed_with"},
    User: {"id", "password", "last_login", "name", "is_administrator", "is_auditor", "joined_at"},
    AlmAccount: {"checked_at", "tried_at", "unanswered_since", "unanswered_times"},
    Credential: {"checked_at", "tried_at", "unanswered_since", "unanswered_times"},
}


def number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM connections_grants_version")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def columns() -> list[tuple[type[models.Model], str]]:
    return [(table, str(field.column)) for table in IRRELEVANT for field in table._meta.concrete_fields]


@pytest.fixture
def key(bob: User, account: AlmAccount, connect: Connect) -> ClientKey:
    connect(bob)
    day = timezone.localdate() + timedelta(days=1)
    return issue_client_key(bob, account, name="Report", expires_on=day, actor=bob, signed_in=JUST_NOW).row


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize(("table", "column"), columns(), ids=lambda value: getattr(value, "__name__", value))
def test_every_column_that_matters_moves_it(table: type[models.Model], column: str) -> None:
    before = number()
    quoted = connection.ops.quote_name
    name = table._meta.db_table
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        nobody = "NULL" if column == "last_login" else f"{quoted(column)} || ''"
        value = {"is_active": "NOT is_active", "email": "email || 'x'"}.get(column, nobody)
        cursor.execute(f"UPDATE {quoted(name)} SET {quoted(column)} = {value}")  # noqa: S608
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    has_moved = number() != before
    assert has_moved is (column not in IRRELEVANT[table])


def test_what_people_do_moves_it(key: ClientKey, bob: User, alice: User, account: AlmAccount) -> None:
    acts = (
        lambda: suspend_user(bob, actor=alice, signed_in=JUST_NOW),
        lambda: reinstate_user(bob, actor=alice, signed_in=JUST_NOW),
        lambda: flows.disconnect(Credential.objects.get(user=bob), actor=bob, signed_in=JUST_NOW),
        lambda: AlmAccount.objects.filter(pk=account.pk).update(policy="main"),
        lambda: revoke_client_key(key.pk, actor=bob, signed_in=JUST_NOW),
        lambda: ClientKey.objects.all().delete(),
        lambda: Credential.objects.all().delete(),
        lambda: AlmAccount.objects.all().delete(),
    )
    for act in acts:
        before = number()
        act()
        assert number() > before


def test_usage_and_names_do_not_move_it(key: ClientKey, bob: User) -> None:
    before = number()
    add_usage([KeyCalls(key.pk, "GET /x", "answered", 1)], last_used_at={key.pk: timezone.now()})
    rename_user(bob, name="Robert Baker", actor=bob, signed_in=JUST_NOW)
    bob.last_login = timezone.now()
    bob.save()
    assert number() == before


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
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE connections_grants_version (id INTEGER PRIMARY KEY, number INTEGER)")
    writer.execute("INSERT INTO connections_grants_version VALUES (1, 1)")
    writer.execute("CREATE TABLE other (x)")
    return writer


def count_up(writer: sqlite3.Connection) -> None:
    writer.execute("UPDATE connections_grants_version SET number = number + 1")


def test_it_moves_with_the_number_and_not_with_other_writes(tmp_path: Path, clock: Clock) -> None:
    writer = make_database(tmp_path / "db")
    watch = VersionWatch(tmp_path / "db", monotonic=clock, clock=clock)
    first = watch.read()
    writer.execute("INSERT INTO other VALUES (1)")
    clock.tick()
    assert watch.read() == first
    count_up(writer)
    clock.tick()
    second = watch.read()
    assert second != first
    clock.tick()
    assert watch.read() == second
    watch.close()
    writer.close()


def test_a_transaction_that_is_not_over_does_not_count(tmp_path: Path, clock: Clock) -> None:
    writer = make_database(tmp_path / "db")
    watch = VersionWatch(tmp_path / "db", monotonic=clock, clock=clock)
    first = watch.read()
    writer.execute("BEGIN IMMEDIATE")
    count_up(writer)
    clock.tick()
    assert watch.read() == first
    writer.execute("COMMIT")
    clock.tick()
    assert watch.read() != first
    watch.close()
    writer.close()


def test_a_new_day_is_a_change(tmp_path: Path, clock: Clock) -> None:
    make_database(tmp_path / "db").close()
    watch = VersionWatch(tmp_path / "db", monotonic=clock, clock=clock)
    first = watch.read()
    clock.tick(86_400)
    assert watch.read() != first
    watch.close()


def test_without_the_database_nobody_can_tell(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "db"
    watch = VersionWatch(file, monotonic=clock, clock=clock)
    with pytest.raises(GrantsUnavailableError):
        watch.read()
    make_database(file).close()
    first = watch.read()
    file.rename(tmp_path / "away")
    clock.tick()
    with pytest.raises(GrantsUnavailableError):
        watch.read()
    (tmp_path / "away").rename(file)
    clock.tick()
    assert watch.read() == first, "it is the same file with the same number"
    watch.close()


def test_another_file_in_its_place_is_a_change(tmp_path: Path, clock: Clock) -> None:
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
    watch.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "db").write_bytes(b"nonsense" * 1000)
    watch = VersionWatch(tmp_path / "db", monotonic=clock, clock=clock)
    with pytest.raises(GrantsUnavailableError):
        watch.read()


def test_an_answer_stands_for_a_moment_only(tmp_path: Path, clock: Clock) -> None:
    writer = make_database(tmp_path / "db")
    watch = VersionWatch(tmp_path / "db", monotonic=clock, clock=clock)
    first = watch.read()
    count_up(writer)
    assert watch.read() == first
    clock.tick(FRESH_FOR_S)
    assert watch.read() != first
    watch.close()
    writer.close()
