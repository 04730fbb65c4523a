"""A client key is shown once, kept as a keyed hash, bounded in what it may, and revoked for good."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from ownkey.audit.models import Entry
from ownkey.client_key import parse_client_key
from ownkey.connections import client_keys
from ownkey.connections.client_key_usage import KeyCalls, add_usage
from ownkey.connections.client_keys import Allowance, KeyState, issue_client_key, revoke_client_key
from ownkey.connections.errors import (
    ClientKeyError,
    NoSuchClientKeyError,
    ScopesNotInProfileError,
    SuspendedOwnerError,
    TooManyClientKeysError,
)
from ownkey.connections.models import AlmAccount, ClientKey, ClientKeyCalls
from ownkey.connections.sealing import key_ring
from ownkey.people.models import User
from tests.people.sign_ins import JUST_NOW

TOMORROW = timezone.localdate() + timedelta(days=1)


def make(user: User, account: AlmAccount, **changes: object) -> client_keys.Issued:
    usual = {"name": "Report", "expires_on": TOMORROW, "actor": user, "signed_in": JUST_NOW}
    return issue_client_key(user, account, **{**usual, **changes})  # type: ignore[arg-type]


def test_what_is_kept_recognises_the_key_and_does_not_hold_it(bob: User, account: AlmAccount) -> None:
    issued = make(bob, account)
    key = parse_client_key(issued.text)
    assert key is not None
    assert key.key_id == issued.row.pk
    assert client_keys.hasher_of(key_ring()).matches(key, bytes(issued.row.key_hash))
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 a table of our own
            assert key.secret not in str(cursor.fetchall()), table
    assert key.secret not in repr(issued)


def test_making_and_revoking_are_recorded(bob: User, alice: User, account: AlmAccount) -> None:
    issued = make(bob, account, allowance=Allowance(frozenset({"read:jira-work"}), read_only=True))
    revoke_client_key(issued.row.pk, actor=alice, signed_in=JUST_NOW)
    made, revoked = Entry.objects.filter(action__startswith="client-key.").order_by("pk")
    assert (made.actor, made.subject) == (bob.email, f"{bob.email} at {account.slug}")
    assert made.details["scopes"] == ["read:jira-work"]
    assert made.details["read_only"] is True
    assert (revoked.actor, revoked.action) == (alice.email, "client-key.revoked")


def test_a_revoked_key_stays_revoked(bob: User, account: AlmAccount) -> None:
    row = make(bob, account).row
    first = revoke_client_key(row.pk, actor=bob, signed_in=JUST_NOW).revoked_at
    with pytest.raises(NoSuchClientKeyError):
        revoke_client_key(row.pk, actor=bob, signed_in=JUST_NOW)
    assert ClientKey.objects.get(pk=row.pk).revoked_at == first


def test_nobody_revokes_another_persons_key(bob: User, alice: User, account: AlmAccount) -> None:
    row = make(alice, account).row
    with pytest.raises(NoSuchClientKeyError):
        revoke_client_key(row.pk, actor=bob, signed_in=JUST_NOW, owner=bob)
    assert ClientKey.objects.get(pk=row.pk).revoked_at is None


def test_it_works_through_its_last_day(bob: User, account: AlmAccount) -> None:
    row = make(bob, account, expires_on=date(2999, 12, 30)).row
    assert client_keys.last_day_of(row) == date(2999, 12, 30)
    in_time, too_late = datetime(2999, 12, 30, 23, 59, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
    assert client_keys.key_state(row, now=in_time) is KeyState.ACTIVE
    assert client_keys.key_state(row, now=too_late) is KeyState.EXPIRED


@pytest.mark.parametrize("day", [None, date.max], ids=["none", "the last day there is"])
def test_without_a_date_it_does_not_end(bob: User, account: AlmAccount, day: date | None) -> None:
    row = make(bob, account, expires_on=day).row
    assert client_keys.last_day_of(row) is None
    assert client_keys.key_state(row, now=datetime(9999, 1, 1, tzinfo=UTC)) is KeyState.ACTIVE


def test_a_day_that_is_over_is_refused(bob: User, account: AlmAccount) -> None:
    with pytest.raises(ClientKeyError, match="later day"):
        make(bob, account, expires_on=timezone.localdate() - timedelta(days=1))


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "bell\a"])
def test_a_name_that_tells_nothing_is_refused(name: str, bob: User, account: AlmAccount) -> None:
    with pytest.raises(ClientKeyError):
        make(bob, account, name=name)


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"read:jira-work", "read:dashboard:jira"})])
def test_scopes_are_some_of_the_profile(scopes: frozenset[str], bob: User, account: AlmAccount) -> None:
    with pytest.raises(ScopesNotInProfileError):
        make(bob, account, allowance=Allowance(scopes))


def test_a_suspended_person_gets_none(bob: User, account: AlmAccount) -> None:
    bob.is_active = False
    with pytest.raises(SuspendedOwnerError):
        make(bob, account)


def test_a_person_has_fifty_that_work_and_no_more(bob: User, alice: User, account: AlmAccount) -> None:
    rows = [make(bob, account).row for _ in range(client_keys.MOST_ACTIVE_KEYS)]
    with pytest.raises(TooManyClientKeysError):
        make(bob, account)
    make(alice, account)
    revoke_client_key(rows[0].pk, actor=bob, signed_in=JUST_NOW)
    make(bob, account)


def test_usage_adds_up_and_never_goes_back(bob: User, account: AlmAccount) -> None:
    row = make(bob, account).row
    late, early = timezone.now(), timezone.now() - timedelta(minutes=5)
    operation = "GET /rest/api/3/myself"
    add_usage([KeyCalls(row.pk, operation, "answered", 3)], last_used_at={row.pk: late})
    add_usage(
        [KeyCalls(row.pk, operation, "answered", 2), KeyCalls(row.pk, operation, "refused", 1)],
        last_used_at={row.pk: early},
    )
    row.refresh_from_db()
    assert (row.last_used_at, row.calls) == (late, 6)
    told = ClientKeyCalls.objects.values_list("outcome", "calls").order_by("outcome")
    assert sum(calls for outcome, calls in told if outcome == "answered") == 5


def test_usage_of_a_key_that_has_gone_is_passed_over(bob: User, account: AlmAccount) -> None:
    row = make(bob, account).row
    now = timezone.now()
    calls = [KeyCalls("gonegonegone", "GET /x", "answered", 1), KeyCalls(row.pk, "GET /x", "answered", 1)]
    add_usage(calls, last_used_at={"gonegonegone": now, row.pk: now})
    assert ClientKeyCalls.objects.get().client_key_id == row.pk
