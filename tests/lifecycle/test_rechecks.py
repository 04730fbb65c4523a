"""Re-checks notice what changed at Atlassian, break nothing because Atlassian is away, and spare the dead."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from ownkey.atlassian.check import Verdict
from ownkey.audit.models import Entry
from ownkey.connections import flows
from ownkey.connections.lifecycle import pauses, queue
from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.rechecks import Ended, claim, is_for_the_schedule, recheck
from ownkey.connections.lifecycle.schedule import queue_rechecks
from ownkey.connections.lifecycle.turns import due_turns
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.saved_credentials import record_refused_in_use
from ownkey.connections.states import UNKNOWN_AFTER_FAILURES, State, state_of
from ownkey.people.flows import suspend_user
from ownkey.people.models import User
from tests.connections.conftest import Connect, FakeAtlassian, report_of
from tests.connections.planting import settle_all
from tests.lifecycle.conftest import expiring_in, which_is
from tests.people.sign_ins import JUST_NOW

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NEXT_WEEK = timedelta(days=7)


@pytest.fixture
def bobs(bob: User, connect: Connect) -> Credential:
    """Return Bob's credential, connected."""
    return connect(bob)


def state_now(row: AlmAccount | Credential) -> State:
    row.refresh_from_db()
    return state_of(row, timezone.localdate()).state


def due_ids() -> set[object]:
    now = timezone.now() + NEXT_WEEK
    return {turn.which.id for turn in due_turns(now, today=timezone.localdate(), most=10)}


def test_one_that_still_works_is_noted_and_nothing_else_changes(bobs: Credential) -> None:
    before = Credential.objects.get(pk=bobs.pk)
    assert recheck(which_is(bobs)) is Ended.CONNECTED
    after = Credential.objects.get(pk=bobs.pk)
    assert before.checked_at
    assert after.checked_at
    assert after.checked_at > before.checked_at
    changed = {
        field.name
        for field in Credential._meta.concrete_fields
        if getattr(before, field.name) != getattr(after, field.name)
    }
    assert changed == {"checked_at", "tried_at"}, "so the gateway keeps what it knows"


def test_it_probes_without_writing(bobs: Credential, atlassian: FakeAtlassian) -> None:
    atlassian.checks.clear()
    recheck(which_is(bobs))
    assert [check.allow_write_probes for check in atlassian.checks] == [False]


def test_it_goes_on_record_as_the_schedules(bobs: Credential) -> None:
    recheck(which_is(bobs))
    entry = Entry.objects.filter(action="credential.checked").latest("number")
    assert (entry.actor, entry.subject, entry.alm_account) == (
        "schedule",
        "bob@acme.example at acme-jira",
        "acme-jira",
    )


def test_a_revoked_one_is_refused_and_its_owner_is_owed_a_mail(
    bobs: Credential, atlassian: FakeAtlassian, bob: User
) -> None:
    for token in atlassian.tokens.values():
        token.is_revoked = True
    assert recheck(which_is(bobs)) is Ended.REFUSED
    assert state_now(bobs) is State.REFUSED
    reminder = Reminder.objects.get()
    assert (reminder.user, reminder.occasion) == (bob, "refused")


def test_a_lost_scope_is_a_gap_and_its_owner_is_owed_a_mail(
    bobs: Credential, atlassian: FakeAtlassian
) -> None:
    for token in atlassian.tokens.values():
        token.scopes -= {"read:sprint:jira-software"}
    assert recheck(which_is(bobs)) is Ended.GAPS
    standing = state_of(Credential.objects.get(pk=bobs.pk), timezone.localdate())
    assert standing.state is State.GAPS
    assert standing.missing == ("read:sprint:jira-software",)
    assert Reminder.objects.get().occasion == "gaps"


def test_gaps_that_somebody_accepted_are_no_news(connect: Connect, bob: User) -> None:
    gappy = connect(bob, without={"write:jira-work", "read:sprint:jira-software"})
    assert recheck(which_is(gappy)) is Ended.GAPS
    assert not Reminder.objects.exists()


def test_the_main_credential_is_rechecked_too(account: AlmAccount, atlassian: FakeAtlassian) -> None:
    for token in atlassian.tokens.values():
        token.is_revoked = True
    assert recheck(which_is(account)) is Ended.REFUSED
    assert state_now(account) is State.REFUSED
    assert Reminder.objects.get().is_main


def test_a_refused_one_is_never_sent_again_but_by_its_owner(
    bobs: Credential, atlassian: FakeAtlassian
) -> None:
    assert record_refused_in_use(bobs.pk, proven_count=bobs.proven_count)
    atlassian.checks.clear()
    assert recheck(which_is(bobs)) is Ended.NOT_NEEDED
    assert not atlassian.checks
    assert bobs.pk not in due_ids()


@pytest.mark.parametrize(
    "values",
    [
        {"state": StoredState.UNKNOWN, "reason": "site-changed"},
        {"state": StoredState.DISCONNECTED, "envelope": b""},
        {"expires_on": LONG_AGO.date(), "checked_at": LONG_AGO},
    ],
    ids=["moved", "disconnected", "expired"],
)
def test_some_are_for_their_owners_alone(
    bobs: Credential, atlassian: FakeAtlassian, values: dict[str, object]
) -> None:
    Credential.objects.filter(pk=bobs.pk).update(**values)
    atlassian.checks.clear()
    assert recheck(which_is(bobs)) is Ended.NOT_NEEDED
    assert bobs.pk not in due_ids()
    assert not atlassian.checks


@pytest.mark.parametrize("checked", [None, 0, 1, 2, 3, 4])
@pytest.mark.parametrize("ended", [-1, 0, 1, 2, 3])
def test_the_query_for_turns_and_the_state_agree_on_which_day_is_over(
    bobs: Credential, ended: int, checked: int | None
) -> None:
    day = timezone.localdate()
    moment = datetime.combine(day, time(23, 59), tzinfo=UTC)
    Credential.objects.filter(pk=bobs.pk).update(
        expires_on=day - timedelta(days=ended),
        checked_at=None if checked is None else moment - timedelta(days=checked),
        tried_at=None,
    )
    settle_all()
    bobs.refresh_from_db()
    turns = due_turns(moment + timedelta(days=9), today=day, most=100)
    assert (bobs.pk in {turn.which.id for turn in turns}) is is_for_the_schedule(bobs, day)


def test_nobody_who_is_suspended_is_looked_after(
    bobs: Credential, bob: User, alice: User, atlassian: FakeAtlassian
) -> None:
    suspend_user(bob, actor=alice, signed_in=JUST_NOW)
    atlassian.checks.clear()
    assert recheck(which_is(bobs)) is Ended.NOT_NEEDED
    assert bobs.pk not in due_ids()
    assert not atlassian.checks


def test_one_that_was_accepted_after_its_date_is_rechecked(bobs: Credential) -> None:
    expiring_in(bobs, -3)
    Credential.objects.filter(pk=bobs.pk).update(checked_at=timezone.now() - timedelta(days=1))
    settle_all()
    assert bobs.pk in due_ids()
    assert recheck(which_is(bobs)) is Ended.CONNECTED


def test_a_replaced_one_is_left_to_its_successors_turn(bobs: Credential) -> None:
    old = which_is(bobs)
    Credential.objects.filter(pk=bobs.pk).update(version=bobs.version + 1)
    assert recheck(old) is Ended.NOT_NEEDED


def test_silence_leaves_the_state_as_it_was_proven(bobs: Credential, atlassian: FakeAtlassian) -> None:
    atlassian.is_down = True
    assert recheck(which_is(bobs)) is Ended.UNANSWERED
    bobs.refresh_from_db()
    standing = state_of(bobs, timezone.localdate())
    assert standing.state is State.CONNECTED
    assert standing.unanswered_since is not None
    assert "could not be re-checked since" in standing.note
    assert not Reminder.objects.exists()


def test_long_silence_makes_it_unknown_and_one_answer_connected_again(
    bobs: Credential, atlassian: FakeAtlassian
) -> None:
    atlassian.is_down = True
    states = []
    for _ in range(UNKNOWN_AFTER_FAILURES):
        pauses.forget_old_pauses(timezone.now() + timedelta(days=1))
        assert recheck(which_is(bobs)) is Ended.UNANSWERED
        states.append(state_now(bobs))
    assert states == [State.CONNECTED] * (UNKNOWN_AFTER_FAILURES - 1) + [State.UNKNOWN]
    standing = state_of(bobs, timezone.localdate())
    assert not standing.needs_attention, "there is nothing that its owner could do"
    assert standing.since == bobs.unanswered_since
    atlassian.is_down = False
    pauses.forget_old_pauses(timezone.now() + timedelta(days=1))
    assert recheck(which_is(bobs)) is Ended.CONNECTED
    assert state_now(bobs) is State.CONNECTED
    assert bobs.unanswered_times is None


def test_silence_pauses_the_whole_jira(
    account: AlmAccount, bobs: Credential, atlassian: FakeAtlassian
) -> None:
    assert {account.pk, bobs.pk} <= due_ids()
    atlassian.is_down = True
    recheck(which_is(account))
    atlassian.checks.clear()
    assert recheck(which_is(bobs)) is Ended.PAUSED
    assert not atlassian.checks
    now = timezone.now()
    assert not due_turns(now, today=timezone.localdate(), most=10)
    assert bobs.pk in due_ids(), "its turn comes when the pause is over"


def test_a_rate_limit_pauses_longer_than_an_outage(account: AlmAccount) -> None:
    now = timezone.now()
    pauses.pause(account, reason="atlassian_down", now=now)
    assert not pauses.paused_places(now + timedelta(minutes=5))
    pauses.pause(account, reason="rate_limited", now=now)
    assert pauses.paused_places(now + timedelta(minutes=5)) == {account.cloud_id}
    assert not pauses.paused_places(now - timedelta(days=1)), "a pause by a clock that was ahead"


def test_what_a_call_found_out_meanwhile_is_newer(
    bobs: Credential, atlassian: FakeAtlassian, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_check = atlassian.run_check

    async def refused_meanwhile(request: object, client: object) -> object:
        async for event in run_check(request, client):  # type: ignore[arg-type]
            await Credential.objects.filter(pk=bobs.pk).aupdate(state=StoredState.REFUSED)
            yield event

    monkeypatch.setattr("ownkey.connections.checking.run_check", refused_meanwhile)
    assert recheck(which_is(bobs)) is Ended.NOT_NEEDED
    assert state_now(bobs) is State.REFUSED


def test_a_token_that_does_not_open_is_the_operators_to_put_right(bobs: Credential) -> None:
    Credential.objects.filter(pk=bobs.pk).update(envelope=b"damaged")
    assert recheck(which_is(bobs)) is Ended.NOT_OPENED
    assert state_now(bobs) is State.CONNECTED
    entry = Entry.objects.filter(action="credential.checked").latest("number")
    assert (entry.outcome, entry.details) == ("failed", {"reason": "secret-unreadable"})


def test_a_turn_is_claimed_by_one_alone(bobs: Credential) -> None:
    now = timezone.now()
    assert claim(bobs.pk, bobs.version, seen=None, now=now)
    assert not claim(bobs.pk, bobs.version, seen=None, now=now)


def test_whoever_queues_twice_queues_once(bobs: Credential, account: AlmAccount) -> None:
    now = timezone.now() + NEXT_WEEK
    assert queue_rechecks(now) == 2
    assert queue_rechecks(now) == 0
    ends = set()
    while taken := queue.take_next("test"):
        assert queue.run_taken(taken)
        taken.refresh_from_db()
        ends.add(taken.return_value)
    assert ends == {"connected"}
    for row in (bobs, account):
        seen = row.checked_at
        row.refresh_from_db()
        assert row.checked_at != seen


def test_the_owner_who_sees_it_refused_gets_no_mail_about_it(
    bobs: Credential, bob: User, alice: User
) -> None:
    from ownkey.connections.saved_credentials import record_check  # noqa: PLC0415

    report = report_of(Verdict.REFUSED, "credential_refused", "Make a new one.")
    record_check(bobs, report, actor=bob)
    assert not Reminder.objects.exists()
    Credential.objects.filter(pk=bobs.pk).update(state=StoredState.CONNECTED)
    record_check(Credential.objects.get(pk=bobs.pk), report, actor=alice)
    assert Reminder.objects.get().user == bob


def test_a_disconnected_one_forgets_the_silence(bobs: Credential, bob: User) -> None:
    Credential.objects.filter(pk=bobs.pk).update(unanswered_since=timezone.now(), unanswered_times=9)
    flows.disconnect(Credential.objects.get(pk=bobs.pk), actor=bob, signed_in=JUST_NOW)
    bobs.refresh_from_db()
    assert bobs.unanswered_times is None
