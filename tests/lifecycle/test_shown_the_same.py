"""One state, and what else is true: every page, mail, command and export says the same of the same person."""

import csv
import io
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ownkey.cli.account import list_ as account_list_command
from ownkey.cli.key import list_ as key_list_command
from ownkey.cli.status import status as status_command
from ownkey.connections import flows, queries
from ownkey.connections.client_keys import issue_client_key
from ownkey.connections.governance import coverage_search
from ownkey.connections.governance.coverage import coverage_of, read_coverage
from ownkey.connections.lifecycle import queue
from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.schedule import queue_reminders
from ownkey.connections.models import AlmAccount, ClientKey, Credential, StoredState
from ownkey.connections.reminders import remind_now
from ownkey.connections.saved_credentials import record_refused_in_use
from ownkey.connections.state_table import STATES
from ownkey.connections.states import SITE_CHANGED, UNKNOWN_AFTER_FAILURES, State, state_of
from ownkey.gateway import special
from ownkey.gateway.store.snapshots import snapshot_of, standing_for
from ownkey.people.flows import suspend_user
from ownkey.people.models import User
from tests.conftest import SignIn
from tests.connections.conftest import Connect
from tests.connections.planting import settle_all, with_derived
from tests.lifecycle.conftest import expiring_in
from tests.people.sign_ins import JUST_NOW

Change = Callable[[Credential], None]


def _update(**values: object) -> Change:
    def change(row: Credential) -> None:
        Credential.objects.filter(pk=row.pk).update(**values)
        settle_all()

    return change


def lose_scope(row: Credential) -> None:
    row.refresh_from_db()
    if row.state == StoredState.REFUSED:
        return
    first, *others = row.report["scopes"]
    row.report["scopes"] = [{**first, "state": "missing"}, *others]
    row.state = StoredState.GAPS
    with_derived(row).save()


def refuse(row: Credential) -> None:
    row.refresh_from_db()
    record_refused_in_use(row.pk, proven_count=row.proven_count)


def expire_in(days: int) -> Change:
    def change(row: Credential) -> None:
        row.refresh_from_db()
        expiring_in(row, days)

    return change


def date_over_yet_accepted(row: Credential) -> None:
    day = timezone.localdate() - timedelta(days=6)
    Credential.objects.filter(pk=row.pk).update(expires_on=day, checked_at=timezone.now())
    settle_all()


def disconnect(row: Credential) -> None:
    row.refresh_from_db()
    flows.disconnect(row, actor=row.user, signed_in=JUST_NOW)


def remove(row: Credential) -> None:
    row.delete()


def grow(row: Credential) -> None:
    account = row.alm_account
    account.required_scopes = list(dict.fromkeys([*account.required_scopes, "read:servicedesk-request"]))
    account.profile_changed_at = timezone.now() - timedelta(days=2)
    account.save()
    settle_all()


def grow_later(row: Credential) -> None:
    grow(row)
    day = timezone.localdate() + timedelta(days=20)
    AlmAccount.objects.update(later_scopes=["read:servicedesk-request"], counts_from=day)
    settle_all()


silent = _update(unanswered_since=timezone.now(), unanswered_times=UNKNOWN_AFTER_FAILURES)
moved = _update(state=StoredState.UNKNOWN, reason=SITE_CHANGED)


@dataclass(frozen=True)
class Case:
    """What happened to a credential, and what is true of it then, the worst first."""

    name: str
    changes: tuple[Change, ...]
    states: tuple[State, ...]


CASES = (
    Case("connected", (), (State.CONNECTED,)),
    Case("gaps", (lose_scope,), (State.GAPS,)),
    Case("expiring", (expire_in(4),), (State.EXPIRING,)),
    Case("expired", (expire_in(-5),), (State.EXPIRED,)),
    Case("expired-everywhere", (expire_in(-2),), (State.EXPIRED,)),
    Case("last-day-in-the-west", (expire_in(-1),), (State.EXPIRING,)),
    Case("refused", (refuse,), (State.REFUSED,)),
    Case("silent", (silent,), (State.UNKNOWN,)),
    Case("moved", (moved,), (State.UNKNOWN,)),
    Case("grown", (grow,), (State.RECHECK_PENDING,)),
    Case("grows-later", (grow_later,), (State.RECHECK_PENDING,)),
    Case("date-over-yet-accepted", (date_over_yet_accepted,), (State.EXPIRING,)),
    Case("disconnected", (disconnect,), (State.DISCONNECTED,)),
    Case("never", (remove,), (State.NOT_CONNECTED,)),
    Case("gaps-expiring", (lose_scope, expire_in(4)), (State.GAPS, State.EXPIRING)),
    Case("gaps-expired", (lose_scope, expire_in(-5)), (State.EXPIRED, State.GAPS)),
    Case("gaps-date-over", (lose_scope, date_over_yet_accepted), (State.GAPS, State.EXPIRING)),
    Case("gaps-silent", (lose_scope, silent), (State.GAPS, State.UNKNOWN)),
    Case("expiring-silent", (expire_in(0), silent), (State.EXPIRING, State.UNKNOWN)),
    Case("gaps-grows-later", (lose_scope, grow_later), (State.GAPS, State.RECHECK_PENDING)),
    Case("expiring-grown", (expire_in(9), grow), (State.EXPIRING, State.RECHECK_PENDING)),
    Case("refused-expired", (expire_in(-5), refuse), (State.REFUSED, State.EXPIRED)),
    Case("refused-with-time-left", (expire_in(5), refuse), (State.REFUSED,)),
    Case("moved-expiring", (moved, expire_in(3)), (State.UNKNOWN, State.EXPIRING)),
    Case("moved-expired", (moved, expire_in(-3)), (State.EXPIRED,)),
    Case(
        "gaps-expiring-silent-grows-later",
        (lose_scope, expire_in(1), silent, grow_later),
        (State.GAPS, State.EXPIRING, State.UNKNOWN, State.RECHECK_PENDING),
    ),
)
CALLS_GO = {"connected", "gaps", "expiring", "silent", "grown", "grows-later", "date-over-yet-accepted"} | {
    "last-day-in-the-west",
    "gaps-expiring",
    "gaps-date-over",
    "gaps-silent",
    "expiring-silent",
    "gaps-grows-later",
    "expiring-grown",
    "gaps-expiring-silent-grows-later",
}
NOTHING_TO_DO = {"connected", "silent"}


def words_of(page: Client, address: str) -> str:
    """Return a page's words, on one line."""
    text = re.sub(r"<[^>]*>", " ", page.get(address).content.decode())
    return " ".join(unescape(text).split()).replace(" .", ".").replace(" ,", ",")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that calls a command for its JSON."""
    for module in ("status", "key", "account"):
        monkeypatch.setattr(f"ownkey.cli.{module}.open_store", lambda: None)

    def call(command: Callable[..., None], **options: object) -> Any:  # noqa: ANN401 whatever JSON holds
        capsys.readouterr()
        command(as_json=True, **options)
        return json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def key(bob: User, account: AlmAccount) -> ClientKey:
    day = timezone.localdate() + timedelta(days=1)
    return issue_client_key(bob, account, name="Report", expires_on=day, actor=bob, signed_in=JUST_NOW).row


def gateway_status(key: ClientKey) -> dict[str, Any]:
    snapshot, standing = snapshot_of(key.pk, today=timezone.localdate()), standing_for(key.pk)
    assert snapshot is not None
    assert standing is not None
    return special.status(snapshot, standing)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_everything_says_the_same_of_the_same_person(  # noqa: PLR0915 one walk past every place
    case: Case,
    *,
    bob: User,
    alice: User,
    account: AlmAccount,
    connect: Connect,
    key: ClientKey,
    sign_in: SignIn,
    said: Callable[..., Any],
) -> None:
    row = connect(bob)
    for change in case.changes:
        change(row)
    account.refresh_from_db()
    calls_go, is_fine = case.name in CALLS_GO, case.name in NOTHING_TO_DO

    ((by_command,), gateway) = said(status_command, user=bob.email, account=account.slug), gateway_status(key)
    ((by_keys,), (by_accounts,)) = said(key_list_command, user=bob.email), said(account_list_command)
    assert (by_command["state"], *(one["state"] for one in by_command["also"])) == case.states
    assert by_command["since"]
    client_key = gateway.pop("client_key")
    assert gateway.pop("acting_as") == ("bob@acme.example" if calls_go else None)
    assert gateway.pop("through_main") is False
    assert gateway == by_command

    # Keys: blocked exactly when calls are refused, and for the same reason everywhere.
    assert {name: by_keys[name] for name in client_key} == client_key
    assert client_key["state"] == ("active" if calls_go else "blocked")

    # Counts: one person is connected, or none, wherever it is counted.
    connected = int(calls_go)
    found = coverage_search.find(read_coverage(), coverage_search.Wanted())
    assert (found.connected, by_accounts["connected_people"]) == (connected, connected)
    assert queries.count_connected()[account.pk] == connected
    assert found.attention == 1 + int(not is_fine), "Alice, who never connected, and Bob"
    for state in State:
        listed = coverage_search.find(read_coverage(), coverage_search.Wanted(state=state.value)).rows
        assert found.states[state] == len(listed)
        assert (bob in {one.person for one in listed}) is (state in case.states)
    assert coverage_of(bob, account).standing == queries.standing_of(
        bob, account, queries.credential_of(bob, account)
    )

    # Pages of the person.
    browser, title = sign_in(bob.email), state_of_title(bob, account)
    chips = [title, *(one["title"] for one in by_command["also"])]
    home, credentials, edit, keys = (
        words_of(browser, address)
        for address in (
            "/",
            "/profile/alm-credentials/",
            "/profile/alm-credentials/acme-jira/edit/",
            "/profile/client-keys/",
        )
    )
    for page in (home, credentials, edit):
        assert " ".join(chips) in page
        assert by_command["cause"] in page
    for page in (home, edit):
        assert by_command["next_step"] in page
        assert "Since" not in page
    assert ("Blocked" in keys) is not calls_go
    assert client_key["title"] in keys
    assert ("What needs you" in browser.get("/profile/client-keys/").content.decode()) is not is_fine
    if not calls_go:
        html = browser.get("/profile/alm-credentials/acme-jira/edit/").content.decode()
        assert "Connected since" not in html
        assert "Acting as Bob" not in edit
        assert "Signed in as" not in html or 'data-state="done"' not in html

    # Pages and exports of administrators.
    alices = sign_in(alice.email)
    assert f"{connected} of 2 connected" in words_of(alices, "/settings/coverage/")
    assert f"{connected} {'person' if connected == 1 else 'people'}" in words_of(
        alices, "/settings/alm-accounts/"
    )
    details = words_of(alices, reverse("coverage:details", args=[account.slug, bob.pk]))
    for words in (*chips, by_command["cause"], by_command["next_step"], client_key["title"]):
        assert words in details
    text = alices.get("/settings/coverage/export.csv").getvalue().decode()
    (line,) = [one for one in csv.DictReader(io.StringIO(text)) if one["e-mail"] == bob.email]
    assert (line["state"], line["also"]) == (title, ", ".join(chips[1:]))
    assert (line["cause"], line["connected"]) == (by_command["cause"], "yes" if calls_go else "no")
    assert line["client keys blocked"] == str(int(not calls_go))

    # A mail that an administrator asks for.
    Reminder.objects.all().delete()
    assert remind_now(bob, account, actor=alice, signed_in=JUST_NOW) is not is_fine
    if not is_fine:
        body = sent_body()
        for fact in by_command["also"]:
            assert " ".join(fact["cause"].split()) in body


CHANGES = (
    lose_scope,
    expire_in(4),
    expire_in(-5),
    refuse,
    silent,
    moved,
    grow,
    grow_later,
    date_over_yet_accepted,
)


@pytest.mark.parametrize("seed", range(24))
def test_after_any_history_nothing_contradicts_itself(
    seed: int, *, bob: User, account: AlmAccount, connect: Connect, key: ClientKey, said: Callable[..., Any]
) -> None:
    """Whatever happened, in whatever order, and also with a new token in between."""
    chance = random.Random(seed)  # noqa: S311 made-up histories
    row = connect(bob)
    for _ in range(chance.randint(1, 6)):
        if chance.random() < 0.15:
            row = connect(bob)
        chance.choice(CHANGES)(row)
    account.refresh_from_db()
    standing = queries.standing_of(bob, account, queries.credential_of(bob, account))
    ((by_command,), gateway) = said(status_command, user=bob.email, account=account.slug), gateway_status(key)
    ((by_keys,), (by_accounts,)) = said(key_list_command, user=bob.email), said(account_list_command)
    found = coverage_search.find(read_coverage(), coverage_search.Wanted())
    client_key, acting_as = gateway.pop("client_key"), gateway.pop("acting_as")
    del gateway["through_main"]
    assert gateway == by_command
    assert by_command == {"person": bob.email, "alm_account": account.slug, **standing.as_json()}
    assert {name: by_keys[name] for name in client_key} == client_key
    assert (client_key["state"] == "blocked") is (acting_as is None) is (not standing.is_usable)
    assert found.connected == by_accounts["connected_people"] == int(standing.is_usable)
    assert len(set(standing.states)) == len(standing.states), "nothing is said twice"
    days = (
        (row.expires_on - timezone.localdate()).days if (row := Credential.objects.get()).expires_on else None
    )
    if days is not None and days <= 30 and standing.state is not State.REFUSED:
        assert {State.EXPIRING, State.EXPIRED}.intersection(standing.states), "no other fact hides a date"


def state_of_title(user: User, account: AlmAccount) -> str:
    return queries.standing_of(user, account, queries.credential_of(user, account)).title


def sent_body() -> str:
    queue_reminders(timezone.now())

    while taken := queue.take_next("test"):
        assert queue.run_taken(taken)
    return " ".join(str(mail.outbox[-1].body).split())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_suspended_person_is_counted_nowhere(
    *,
    case: Case,
    bob: User,
    alice: User,
    account: AlmAccount,
    connect: Connect,
    key: ClientKey,
    said: Callable[..., Any],
) -> None:
    row = connect(bob)
    for change in case.changes:
        change(row)
    suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    (by_keys,) = said(key_list_command, user=bob.email)
    assert (by_keys["state"], by_keys["blocked_by"]) == ("blocked", "person-suspended")
    (by_accounts,) = said(account_list_command)
    assert by_accounts["connected_people"] == queries.account_rows()[0].connected == 0
    found = coverage_search.find(
        read_coverage(), coverage_search.Wanted(people=coverage_search.Whom.EVERYBODY)
    )
    assert (found.connected, found.attention) == (0, 1)
    assert not remind_now(bob, account, actor=alice, signed_in=JUST_NOW)
    assert key.revoked_at is None


@pytest.mark.parametrize("case", [case for case in CASES if case.name != "never"], ids=lambda case: case.name)
def test_a_main_credential_has_the_same_facts(
    case: Case, bob: User, account: AlmAccount, connect: Connect
) -> None:
    """The same columns make the same state, whoever's the credential is."""
    row = connect(bob)
    for change in case.changes:
        change(row)
    row.refresh_from_db()
    main = AlmAccount.objects.get(pk=account.pk)
    for name in ("state", "reason", "report", "expires_on", "checked_at", "since", "unanswered_since"):
        setattr(main, name, getattr(row, name))
    main.unanswered_times = row.unanswered_times
    assert state_of(with_derived(main), timezone.localdate()).states == case.states


def test_every_state_has_a_word_and_a_case() -> None:
    assert {state for case in CASES for state in case.states} == set(State) == set(STATES)


def test_the_main_credential_comes_first_and_charlie_is_unknown(
    account: AlmAccount, bob: User, said: Callable[..., Any]
) -> None:
    told = said(status_command, user=None, account=None)
    assert isinstance(told, list)
    assert [(one["person"], one["state"]) for one in told] == [
        (None, "connected"),
        ("alice@acme.example", "not-connected"),
        (bob.email, "not-connected"),
    ]
    assert {one["alm_account"] for one in told} == {account.slug}
    with pytest.raises(Exception, match="Nobody has this e-mail"):
        status_command(user="charlie@evil.example", account=None, as_json=True)


MEANWHILE = {
    "refuse": "",
    "read-only": "Until you connect, your tools act as Alice (main) and can only read.",
    "main": "Until you connect, your tools act as Alice (main).",
}


@pytest.mark.parametrize("policy", MEANWHILE)
def test_who_acts_for_a_person_who_is_not_connected_is_said_everywhere(
    *,
    policy: str,
    account: AlmAccount,
    bob: User,
    key: ClientKey,
    sign_in: SignIn,
    said: Callable[..., Any],
) -> None:
    AlmAccount.objects.update(policy=policy)
    told, (by_command,) = gateway_status(key), said(status_command, user=bob.email, account=account.slug)
    is_open = policy != "refuse"
    assert (told["state"], told["acting_as"], told["through_main"]) == (
        "not-connected",
        "alice@acme.example" if is_open else None,
        is_open,
    )
    assert told["client_key"]["state"] == ("active" if is_open else "blocked")
    assert by_command["meanwhile"] == told["meanwhile"] == MEANWHILE[policy]
    browser = sign_in(bob.email)
    for address in ("/", "/profile/alm-credentials/", "/profile/alm-credentials/acme-jira/edit/"):
        assert MEANWHILE[policy] in words_of(browser, address)
    assert ("Alice (main)" in words_of(browser, "/profile/alm-credentials/")) is is_open


def test_a_main_credential_that_does_not_work_acts_for_nobody(
    account: AlmAccount, bob: User, key: ClientKey, sign_in: SignIn
) -> None:
    AlmAccount.objects.update(policy="main")
    account.refresh_from_db()
    record_refused_in_use(account.pk, proven_count=account.proven_count)
    assert gateway_status(key)["client_key"] == {
        "state": "blocked",
        "title": "Blocked: main credential does not work",
        "blocked_by": "main-credential-unusable",
    }
    assert "your tools are refused: the main credential does not work" in words_of(sign_in(bob.email), "/")
