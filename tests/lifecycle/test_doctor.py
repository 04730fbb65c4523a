"""The doctor says when the schedule does not run, when tasks fail, and when reminders do not reach people."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from ownkey.connections.lifecycle import duty, queue
from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.tasks import send_reminder
from ownkey.connections.models import AlmAccount
from ownkey.console.doctor.findings import Finding, Verdict
from ownkey.console.doctor.schedule import examine_schedule
from ownkey.environment.process import current_environment
from ownkey.environment.values import WorkerPlace
from ownkey.mail.models import Delivery
from ownkey.people.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def examined(worker: WorkerPlace = WorkerPlace.IN_PROCESS) -> dict[str, Finding]:
    return {one.check: one for one in examine_schedule(replace(current_environment(), worker=worker))}


def test_a_schedule_that_never_ran_is_to_be_started() -> None:
    assert examined()["schedule"].verdict is Verdict.WARN
    assert "ownkey serve" in examined()["schedule"].next_step
    assert "ownkey worker" in examined(WorkerPlace.SEPARATE)["schedule"].next_step


@pytest.mark.parametrize(
    ("ago", "verdict"),
    [
        (timedelta(minutes=1), Verdict.OK),
        (timedelta(hours=1), Verdict.WARN),
        (-timedelta(hours=1), Verdict.WARN),
    ],
    ids=["just-now", "an-hour-ago", "still-to-come"],
)
def test_when_it_ran_last(ago: timedelta, verdict: Verdict) -> None:
    duty.take("somebody", now=timezone.now())
    duty.note_run("somebody", now=timezone.now() - ago)
    assert examined()["schedule"].verdict is verdict


def test_tasks_that_failed_are_counted_by_name() -> None:
    assert examined()["tasks"].verdict is Verdict.OK
    send_reminder.enqueue("no id")
    taken = queue.take_next("test")
    assert taken is not None
    queue.run_taken(taken)
    assert examined()["tasks"].verdict is Verdict.WARN
    assert "send_reminder (1)" in examined()["tasks"].says


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"delivery": Delivery.WAITING, "tries": 2}, "1 could not be sent yet"),
        ({"delivery": Delivery.FAILED}, "1 could not be delivered"),
        ({"delivery": Delivery.UNSURE}, "1 may not have left"),
        ({"delivery": Delivery.SENT}, ""),
    ],
    ids=["struggling", "failed", "unsure", "sent"],
)
def test_mails_that_reach_nobody_are_counted(
    account: AlmAccount, alice: User, values: dict[str, object], words: str
) -> None:
    reminder = Reminder(user=alice, alm_account=account, occasion="asked", about="x", ended_at=timezone.now())
    for name, value in values.items():
        setattr(reminder, name, value)
    reminder.save()
    found = examined()["reminders"]
    assert found.verdict is (Verdict.WARN if words else Verdict.OK)
    assert words in found.says
