"""Every change of what a client key grants, whoever makes it, is counted and names whom it concerns."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection, models, transaction
from django.utils import timezone

from ownkey.calls.changes import Kind
from ownkey.connections import flows
from ownkey.connections.client_key_usage import KeyCalls, add_usage
from ownkey.connections.client_keys import issue_client_key, revoke_client_key
from ownkey.connections.models import AlmAccount, ClientKey, Credential
from ownkey.gateway.store import change_log
from ownkey.people.flows import reinstate_user, rename_user, suspend_user
from ownkey.people.models import User
from tests.connections.conftest import Connect
from tests.people.sign_ins import JUST_NOW

grant_changes = import_module("ownkey.connections.migrations.0010_grant_changes")

# They follow from columns that are watched.
DERIVED = {"missing_count", "missing_later_count", "untested_count", "untested_later_count"} | {
    "awaits_recheck",
    "is_silent",
    "accepted_past_on",
}
# What is written all the time, and grants nothing.
IRRELEVANT = {
    ClientKey: {"last_used_at", "calls", "hashed_with"},
    User: {"id", "password", "last_login", "name", "is_administrator", "is_auditor", "role", "joined_at"},
    AlmAccount: {"checked_at", "tried_at", "unanswered_since", "unanswered_times"} | DERIVED,
    Credential: {"checked_at", "tried_at", "unanswered_since", "unanswered_times"} | DERIVED,
}


def number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM connections_grants_version")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def logged() -> list[tuple[str, str]]:
    """Return kind and subject of each entry, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, subject FROM connections_grant_change ORDER BY number")
        return [tuple(row) for row in cursor.fetchall()]


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


def test_each_change_names_whom_it_concerns(key: ClientKey, bob: User, account: AlmAccount) -> None:
    person, slug = ("person", str(bob.pk)), ("account", account.slug)
    acts = (
        (lambda: User.objects.filter(pk=bob.pk).update(is_active=False), person),
        (lambda: User.objects.filter(pk=bob.pk).update(email="robert@acme.example"), person),
        (lambda: Credential.objects.filter(user=bob).update(state="refused"), person),
        (lambda: AlmAccount.objects.filter(pk=account.pk).update(policy="main"), slug),
        (lambda: ClientKey.objects.filter(pk=key.pk).update(read_only=True), ("client-key", key.pk)),
        (lambda: ClientKey.objects.filter(pk=key.pk).delete(), ("client-key", key.pk)),
        (lambda: Credential.objects.filter(user=bob).delete(), person),
        (lambda: AlmAccount.objects.filter(pk=account.pk).delete(), slug),
    )
    for act, subject in acts:
        before = len(logged())
        act()
        assert logged()[before:] == [subject]


def test_a_row_that_becomes_another_subjects_concerns_everything(
    key: ClientKey, bob: User, alice: User, account: AlmAccount
) -> None:
    Credential.objects.filter(user=bob).update(user=alice)
    assert logged()[-1] == ("everything", "")
    AlmAccount.objects.filter(pk=account.pk).update(slug="other", policy="main")
    assert logged()[-1] == ("everything", "")
    ClientKey.objects.filter(pk=key.pk).update(user=alice)
    assert logged()[-1] == ("client-key", key.pk), "no snapshot of another key depends on it"


def test_every_change_that_is_counted_is_in_the_log(key: ClientKey, bob: User) -> None:
    for _ in range(3):
        ClientKey.objects.filter(pk=key.pk).update(name="Other")
        Credential.objects.filter(user=bob).update(login="other")
    assert len(logged()) == number()


def test_the_log_keeps_the_latest_entries_only(key: ClientKey) -> None:
    for _ in range(3):
        ClientKey.objects.filter(pk=key.pk).update(name="Other")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE connections_grants_version SET number = number + %s", [grant_changes.KEPT])
    ClientKey.objects.filter(pk=key.pk).update(name="Other")
    assert logged() == [("client-key", key.pk)]


def test_what_is_rolled_back_is_not_in_the_log(key: ClientKey) -> None:
    before = number(), logged()
    with transaction.atomic():
        ClientKey.objects.filter(pk=key.pk).update(name="Other")
        assert (number(), logged()) != before
        transaction.set_rollback(True)
    assert (number(), logged()) == before


def test_the_kinds_are_those_that_the_log_has() -> None:
    kinds = {watched.kind for watched in grant_changes.WATCHED.values()}
    assert kinds == {kind.value for kind in Kind}
    assert change_log.MOST_READ == grant_changes.KEPT


def test_usage_and_names_do_not_move_it(key: ClientKey, bob: User) -> None:
    before = number()
    add_usage([KeyCalls(key.pk, "GET /x", "answered", 1)], last_used_at={key.pk: timezone.now()})
    rename_user(bob, name="Robert Baker", actor=bob, signed_in=JUST_NOW)
    bob.last_login = timezone.now()
    bob.save()
    assert number() == before
