"""Reminders: the right step, once, to whom it concerns, judged anew at the moment of sending."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from ownkey.audit.models import Entry
from ownkey.connections import flows
from ownkey.connections.lifecycle import queue
from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.occasions import SCOPE_STEPS, STEPS, Occasion, due_by_date
from ownkey.connections.lifecycle.outbox import owe_by_date
from ownkey.connections.lifecycle.schedule import queue_reminders, tidy_up
from ownkey.connections.lifecycle.sending import CUT_OFF_AFTER, send_owed
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.reminders import remind_now
from ownkey.connections.saved_credentials import record_refused_in_use
from ownkey.connections.states import state_of
from ownkey.mail.models import Delivery
from ownkey.people.flows import add_user, make_administrator, suspend_user, unmake_administrator
from ownkey.people.models import User
from tests.connections.conftest import Connect
from tests.connections.planting import settle_all, with_derived
from tests.lifecycle.conftest import expiring_in
from tests.people.sign_ins import JUST_NOW

TODAY = date(2026, 11, 23)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def bobs(bob: User, connect: Connect) -> Credential:
    """Return Bob's credential, connected."""
    return connect(bob)


def owe_and_send(today: date | None = None) -> list[str]:
    """Do what the schedule does about reminders; return the subjects of the mails that left."""
    before = len(mail.outbox)
    owe_by_date(today=today or timezone.localdate())
    queue_reminders(timezone.now())
    while taken := queue.take_next("test"):
        assert queue.run_taken(taken)
    return [str(message.subject) for message in mail.outbox[before:]]


def stored(days: int | None, *, checked_at: datetime | None = None) -> Credential:
    return with_derived(
        Credential(
            alm_account=AlmAccount(required_scopes=[]),
            authentication="scoped-api-token",
            state=StoredState.CONNECTED,
            since=LONG_AGO,
            checked_at=checked_at or LONG_AGO,
            expires_on=None if days is None else TODAY + timedelta(days=days),
        )
    )


@given(days=st.integers(-400, 400))
def test_the_step_is_the_most_urgent_that_is_reached(days: int) -> None:
    row = stored(days, checked_at=datetime(2020, 1, 1, tzinfo=UTC))
    due = due_by_date(row, state_of(row, TODAY), TODAY)
    if days > 30:
        assert due is None
    elif days < -1:
        assert due is not None
        assert due.occasion is Occasion.EXPIRED
    else:
        reached = min(step for step in STEPS if days <= step)
        assert due is not None
        assert due.occasion is STEPS[reached]


def test_without_a_date_or_accepted_after_it_nothing_is_due() -> None:
    for row in (stored(None), stored(-3, checked_at=datetime(2026, 11, 22, tzinfo=UTC))):
        assert due_by_date(row, state_of(row, TODAY), TODAY) is None


@pytest.mark.parametrize("steps", [STEPS, SCOPE_STEPS], ids=["expiry", "new-scopes"])
def test_how_far_the_schedule_looks_ahead_follows_from_the_days(
    steps: dict[int, Occasion], bobs: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = timezone.localdate() + timedelta(days=45)
    bobs.expires_on = day if steps is STEPS else None
    with_derived(bobs).save()
    if steps is SCOPE_STEPS:
        account = AlmAccount.objects.get()
        more = ["read:servicedesk-request"]
        account.required_scopes, account.later_scopes = [*account.required_scopes, *more], more
        account.counts_from = day
        account.save()
        settle_all()
    owe_by_date(today=timezone.localdate())
    assert not Reminder.objects.exists()
    monkeypatch.setitem(steps, 45, steps[30])
    owe_by_date(today=timezone.localdate())
    assert [one.occasion for one in Reminder.objects.filter(is_main=False)] == [steps[30]]


def test_each_step_is_told_once_however_often_the_schedule_runs(bobs: Credential) -> None:
    told = []
    for days in range(40, -4, -1):
        expires_on = timezone.localdate() + timedelta(days=days)
        # The date stays and the days go by: seen from here the token's whole month passes.
        Credential.objects.filter(pk=bobs.pk).update(expires_on=expires_on, version=7, checked_at=LONG_AGO)
        Reminder.objects.update(about=f"7/{expires_on}")
        told += owe_and_send() + owe_and_send()
    assert [subject.rpartition("Acme Jira ")[2] for subject in told] == [
        "expires in 30 days",
        "expires in 14 days",
        "expires in 7 days",
        "expires tomorrow",
        "has expired",
    ]


@pytest.mark.parametrize(
    ("days", "subject"), [(9, "in 9 days"), (0, "today"), (-1, "within hours"), (-40, "has expired")]
)
def test_after_a_month_off_only_the_most_urgent_is_told(bobs: Credential, days: int, subject: str) -> None:
    expiring_in(bobs, days)
    (told,) = owe_and_send()
    assert subject in told


def test_a_clock_that_goes_back_tells_nothing_milder(bobs: Credential) -> None:
    expiring_in(bobs, 5)
    day = timezone.localdate()
    owe_by_date(today=day + timedelta(days=4))
    owe_by_date(today=day)
    assert [one.occasion for one in Reminder.objects.all()] == ["expires-1"]


def test_the_mail_says_what_happens_when_and_the_next_step(bobs: Credential) -> None:
    expiring_in(bobs, 7)
    owe_and_send()
    (message,) = mail.outbox
    last_day = timezone.localdate() + timedelta(days=7)
    assert message.to == ["bob@acme.example"]
    assert message.subject == "Your API token for Acme Jira expires in 7 days"
    body = str(message.body)
    assert f"its last day is {last_day.day} {last_day:%B %Y}" in body
    assert "http://127.0.0.1:8000/profile/alm-credentials/acme-jira/edit/" in body
    assert "Hello Bob Baker," in body
    assert message.content_subtype == "plain"
    entry = Entry.objects.filter(action="reminder.sent").latest("number")
    assert (entry.actor, entry.subject, entry.details["occasion"]) == (
        "schedule",
        "bob@acme.example",
        "expires-7",
    )


def test_what_was_put_right_meanwhile_is_not_told(bobs: Credential, connect: Connect, bob: User) -> None:
    expiring_in(bobs, 7)
    owe_by_date(today=timezone.localdate())
    connect(bob)
    assert owe_and_send() == []
    assert Reminder.objects.get().delivery == Delivery.DROPPED


def test_a_refusal_is_told_once_and_not_when_it_was_tested_since(bobs: Credential) -> None:
    record_refused_in_use(bobs.pk, proven_count=bobs.proven_count)
    assert owe_and_send() == ["Your API token for Acme Jira is refused by Atlassian"]
    assert "Ownkey has stopped sending it" in str(mail.outbox[-1].body)
    assert owe_and_send() == []
    Credential.objects.update(state=StoredState.CONNECTED)
    record_refused_in_use(bobs.pk, proven_count=bobs.proven_count)
    Credential.objects.update(state=StoredState.CONNECTED)
    assert owe_and_send() == []


def test_a_new_token_has_reminders_of_its_own(bobs: Credential, connect: Connect, bob: User) -> None:
    expiring_in(bobs, 7)
    assert len(owe_and_send()) == 1
    expiring_in(connect(bob), 7)
    assert len(owe_and_send()) == 1


def test_nobody_who_is_suspended_is_told(bobs: Credential, bob: User, alice: User) -> None:
    expiring_in(bobs, 7)
    owe_by_date(today=timezone.localdate())
    suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    assert owe_and_send() == []
    expiring_in(bobs, 1)
    assert owe_and_send() == []


def test_the_main_credentials_reminders_go_to_administrators(
    account: AlmAccount, alice: User, bob: User
) -> None:
    make_administrator(
        add_user("zoe@acme.example", name="Zoe", password="x" * 20, actor="test"),
        actor=alice,
        signed_in=JUST_NOW,
    )
    expiring_in(account, 14)
    assert owe_and_send() == ["The main credential of Acme Jira expires in 14 days"] * 2
    assert {address for message in mail.outbox for address in message.to} == {
        "alice@acme.example",
        "zoe@acme.example",
    }
    assert "/settings/alm-accounts/acme-jira/edit/" in str(mail.outbox[0].body)
    assert bob


def test_who_is_no_administrator_any_more_is_not_told(account: AlmAccount, alice: User, bob: User) -> None:
    make_administrator(bob, actor=alice, signed_in=JUST_NOW)
    expiring_in(account, 14)
    owe_by_date(today=timezone.localdate())
    unmake_administrator(bob, actor=alice, signed_in=JUST_NOW)
    assert len(owe_and_send()) == 1


def test_two_who_send_send_once(bobs: Credential) -> None:
    expiring_in(bobs, 7)
    owe_by_date(today=timezone.localdate())
    pk = Reminder.objects.get().pk
    assert [send_owed(pk), send_owed(pk)] == [Delivery.SENT, Delivery.DROPPED]
    assert len(mail.outbox) == 1


def test_a_mail_that_a_kill_cut_off_is_not_certain_and_not_sent_again(bobs: Credential) -> None:
    expiring_in(bobs, 7)
    owe_by_date(today=timezone.localdate())
    now = timezone.now()
    Reminder.objects.update(delivery=Delivery.SENDING, due_at=now)
    tidy_up(now + timedelta(minutes=1))
    assert Reminder.objects.get().delivery == Delivery.SENDING
    tidy_up(now + CUT_OFF_AFTER)
    assert Reminder.objects.get().delivery == Delivery.UNSURE
    assert owe_and_send() == []
    assert Entry.objects.get(action="reminder.sent").outcome == "unsure"


def test_names_make_no_headers(bobs: Credential, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(name="Bob\r\nBcc: charlie@evil.example")
    AlmAccount.objects.update(name="Acme\nTo: charlie@evil.example")
    expiring_in(bobs, 7)
    (subject,) = owe_and_send()
    assert "\n" not in subject
    assert mail.outbox[0].recipients() == ["bob@acme.example"]
    assert "\r\nBcc:" not in mail.outbox[0].message().as_string()


class TestAsked:
    """What an administrator asks for."""

    def test_one_who_never_connected_is_told_how(self, account: AlmAccount, alice: User, bob: User) -> None:
        assert remind_now(bob, account, actor=alice, signed_in=JUST_NOW)
        assert owe_and_send() == ["Please connect to Acme Jira"]
        assert "An administrator of Ownkey asked" in str(mail.outbox[0].body)
        asked = Entry.objects.get(action="reminder.asked")
        assert (asked.actor, asked.subject, asked.alm_account) == (
            "alice@acme.example",
            "bob@acme.example",
            "acme-jira",
        )

    def test_not_again_within_the_hour(self, account: AlmAccount, alice: User, bob: User) -> None:
        assert remind_now(bob, account, actor=alice, signed_in=JUST_NOW)
        assert not remind_now(bob, account, actor=alice, signed_in=JUST_NOW)
        owe_and_send()
        assert not remind_now(bob, account, actor=alice, signed_in=JUST_NOW)
        Reminder.objects.update(made_at=timezone.now() - timedelta(minutes=61))
        assert remind_now(bob, account, actor=alice, signed_in=JUST_NOW)

    def test_a_reminder_that_came_by_itself_counts(
        self, account: AlmAccount, alice: User, bobs: Credential
    ) -> None:
        expiring_in(bobs, 7)
        owe_and_send()
        assert not remind_now(bobs.user, account, actor=alice, signed_in=JUST_NOW)

    def test_nobody_who_has_nothing_to_do_or_is_suspended(
        self, account: AlmAccount, alice: User, bobs: Credential
    ) -> None:
        assert not remind_now(bobs.user, account, actor=alice, signed_in=JUST_NOW)
        flows.disconnect(bobs, actor=alice, signed_in=JUST_NOW)
        suspend_user(bobs.user, actor=alice, signed_in=JUST_NOW)
        assert not remind_now(bobs.user, account, actor=alice, signed_in=JUST_NOW)
        assert not Reminder.objects.exists()

    def test_who_connected_before_it_left_is_not_told(
        self, account: AlmAccount, alice: User, bob: User, connect: Connect
    ) -> None:
        remind_now(bob, account, actor=alice, signed_in=JUST_NOW)
        connect(bob)
        assert owe_and_send() == []


def test_what_is_old_is_forgotten_but_what_still_stands(bobs: Credential) -> None:
    expiring_in(bobs, -2)
    owe_and_send()
    expiring_in(bobs, 7)
    owe_and_send()
    assert Reminder.objects.count() == 2
    tidy_up(timezone.now() + timedelta(days=500))
    assert [one.occasion for one in Reminder.objects.all()] == ["expired"]
    assert queue.waiting_count() == 0
