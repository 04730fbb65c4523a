"""What a session grants is what its person may do now, and nothing once it has ended."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from ownkey.calls.grants import Connected, ReadOnly, Snapshot, Withheld
from ownkey.calls.means import ByAdministrator, BySession, session_digest
from ownkey.calls.refusals import Code
from ownkey.calls.usage import Outcome, Usage
from ownkey.connections.models import AlmAccount, PersonCalls, Policy
from ownkey.connections.person_usage import PageCalls, add_person_usage, forget_person_usage
from ownkey.gateway.store.session_snapshots import administrator_snapshot, session_snapshot
from ownkey.gateway.store.usage_writer import BatchWriter
from ownkey.people.flows import end_sessions, suspend_user
from ownkey.people.models import Role, User
from tests.conftest import SignIn
from tests.connections.conftest import Connect
from tests.people.sign_ins import JUST_NOW

TODAY = timezone.localdate()


def means_of(browser: Client, person: User, slug: str = "acme") -> BySession:
    return BySession(str(person.pk), slug, session_digest(browser.session.session_key or ""))


def looked_up(means: BySession, *, days: int = 0) -> Snapshot | None:
    return session_snapshot(means, today=TODAY, now=timezone.now() + timedelta(days=days))


@pytest.fixture
def browser(bob: User, sign_in: SignIn) -> Client:
    return sign_in(bob.email)


def test_a_session_acts_with_its_persons_own_credential(
    browser: Client, bob: User, account: AlmAccount, connect: Connect
) -> None:
    row = connect(bob)
    means = means_of(browser, bob, account.slug)
    snapshot = looked_up(means)
    assert snapshot is not None
    assert isinstance(snapshot.credential, Connected)
    assert (snapshot.means, snapshot.person) == (means, bob.email)
    assert (snapshot.credential.credential_id, snapshot.credential.is_main) == (str(row.pk), False)
    assert snapshot.expires_at is not None
    assert str(browser.session.session_key) not in repr(snapshot)


def test_a_person_who_is_not_connected_has_what_the_policy_says(
    browser: Client, bob: User, account: AlmAccount
) -> None:
    snapshot = looked_up(means_of(browser, bob, account.slug))
    assert snapshot is not None
    assert snapshot.credential == Withheld(Code.NOT_CONNECTED)
    AlmAccount.objects.update(policy=Policy.READ_ONLY)
    snapshot = looked_up(means_of(browser, bob, account.slug))
    assert snapshot is not None
    assert isinstance(snapshot.credential, Connected)
    assert snapshot.credential.is_main
    assert snapshot.read_only is ReadOnly.POLICY


@pytest.mark.parametrize("how", ["signed out", "ended", "suspended", "too old", "another's", "no account"])
def test_nothing_is_granted_once_it_has_ended(
    browser: Client, alice: User, account: AlmAccount, connect: Connect, how: str
) -> None:
    bob = User.objects.get(email="bob@acme.example")
    connect(bob)
    means = means_of(browser, bob, account.slug)
    days = 0
    match how:
        case "signed out":
            browser.post("/sign-out/")
        case "ended":
            end_sessions(bob)
        case "suspended":
            suspend_user(bob, actor=alice, signed_in=JUST_NOW)
        case "too old":
            days = 15
        case "another's":
            means = means._replace(person_id=str(alice.pk))
        case "no account":
            means = means._replace(account_slug="nowhere")
    assert looked_up(means, days=days) is None


@pytest.mark.parametrize("how", ["signed out", "ended"])
def test_the_end_of_a_session_is_a_change_that_names_its_person(browser: Client, bob: User, how: str) -> None:
    before = _last_change()
    if how == "signed out":
        browser.post("/sign-out/")
    else:
        end_sessions(bob)
    number, kind, subject = _last_change()
    assert number > before[0]
    assert (kind, subject) == ("person", str(bob.pk))


def test_a_page_that_is_opened_changes_nothing(browser: Client) -> None:
    before = _last_change()
    browser.get("/")
    assert _last_change() == before


def _last_change() -> tuple[int, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, kind, subject FROM connections_grant_change ORDER BY number DESC LIMIT 1"
        )
        found: tuple[int, str, str] | None = cursor.fetchone()
    return found or (0, "", "")


def test_calls_of_pages_are_counted_by_day_and_forgotten_in_time(bob: User, account: AlmAccount) -> None:
    calls = PageCalls(str(bob.pk), account.slug, TODAY, "GET /rest/api/3/myself", "answered", 2)
    gone = PageCalls("999999", account.slug, TODAY, "GET /rest/api/3/myself", "answered", 2)
    add_person_usage([calls, gone])
    add_person_usage([calls])
    row = PersonCalls.objects.get()
    assert (row.user, row.alm_account, row.calls) == (bob, account, 4)
    assert forget_person_usage(before=TODAY, most=9) == 0
    assert forget_person_usage(before=TODAY + timedelta(days=1), most=9) == 1


def looked_up_by_administrator(means: BySession) -> Snapshot | None:
    now = timezone.now()
    return administrator_snapshot(ByAdministrator(*means), today=TODAY, now=now)


@pytest.mark.parametrize("policy", Policy)
def test_an_administrator_looks_things_up_with_the_main_credential_whatever_the_policy(
    browser: Client, bob: User, account: AlmAccount, connect: Connect, policy: Policy
) -> None:
    own = connect(bob)
    AlmAccount.objects.update(policy=policy)
    User.objects.filter(pk=bob.pk).update(role=Role.ADMINISTRATOR)
    snapshot = looked_up_by_administrator(means_of(browser, bob, account.slug))
    assert snapshot is not None
    assert isinstance(snapshot.credential, Connected)
    assert snapshot.credential.is_main
    assert snapshot.credential.credential_id == str(account.pk) != str(own.pk)
    assert (snapshot.read_only, snapshot.person) == (ReadOnly.LOOKING_UP, bob.email)
    assert snapshot.account.profile_scopes == frozenset(account.scopes_needed)


def test_what_an_administrator_looks_up_is_counted_as_calls_of_theirs_through_main(
    browser: Client, bob: User, account: AlmAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = Usage()
    for means in (
        means_of(browser, bob, account.slug),
        ByAdministrator(*means_of(browser, bob, account.slug)),
    ):
        is_main = isinstance(means, ByAdministrator)
        usage.record(
            means=means,
            operation="GET /rest/api/3/user/permission/search",
            outcome=Outcome.ANSWERED,
            at=timezone.now(),
            through_main=is_main,
        )
    monkeypatch.setattr(connection, "close", lambda: None)  # the test's own connection, not a thread's
    BatchWriter()(usage.drain())
    rows = PersonCalls.objects.filter(user=bob, alm_account=account).values_list("through_main", "calls")
    assert sorted(rows) == [(False, 1), (True, 1)]


@pytest.mark.parametrize("role", [Role.PERSON, Role.AUDITOR])
def test_nobody_else_gets_the_main_credential_that_way(
    browser: Client, bob: User, account: AlmAccount, role: Role
) -> None:
    AlmAccount.objects.update(policy=Policy.MAIN)
    User.objects.filter(pk=bob.pk).update(role=role)
    assert looked_up_by_administrator(means_of(browser, bob, account.slug)) is None


def test_an_administrator_whose_session_ended_or_who_is_suspended_looks_nothing_up(
    browser: Client, bob: User, account: AlmAccount
) -> None:
    User.objects.filter(pk=bob.pk).update(role=Role.ADMINISTRATOR)
    means = means_of(browser, bob, account.slug)
    assert looked_up_by_administrator(means) is not None
    assert looked_up_by_administrator(means._replace(session="0" * 32)) is None
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert looked_up_by_administrator(means) is None
