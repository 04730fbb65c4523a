"""Tasks are taken by one worker each, and one process is on duty, whatever is killed."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from ownkey.connections.lifecycle import duty, queue
from ownkey.connections.lifecycle.duty import GOOD_FOR
from ownkey.connections.lifecycle.schedule import KEEP_TASKS, tidy_up
from ownkey.connections.lifecycle.tasks import recheck_credential, send_reminder
from ownkey.console.background import BackgroundWork
from tests.cli.command import PATIENCE_S

NOBODY = "00000000-0000-4000-8000-000000000000"
pytestmark = pytest.mark.django_db


def test_one_process_is_on_duty_and_another_follows() -> None:
    now = timezone.now()
    assert duty.take("first", now=now)
    assert duty.take("first", now=now)
    assert not duty.take("second", now=now + GOOD_FOR / 2)
    assert duty.take("second", now=now + GOOD_FOR)
    assert not duty.take("first", now=now + GOOD_FOR)


def test_a_duty_that_is_given_back_is_free_at_once() -> None:
    now = timezone.now()
    duty.take("first", now=now)
    duty.give_back("second", now=now)
    assert not duty.take("second", now=now), "only its holder gives it back"
    duty.give_back("first", now=now)
    assert duty.take("second", now=now)


def test_a_claim_by_a_clock_that_was_ahead_does_not_last() -> None:
    now = timezone.now()
    duty.take("first", now=now + timedelta(days=365))
    assert duty.take("second", now=now)


def test_mails_go_before_checks() -> None:
    recheck_credential.enqueue(NOBODY, 1)
    send_reminder.enqueue(NOBODY)
    first = queue.take_next("test")
    assert first is not None
    assert first.task_path.endswith("send_reminder")


def test_a_task_is_taken_once() -> None:
    recheck_credential.enqueue(NOBODY, 1)
    assert queue.take_next("one") is not None
    assert queue.take_next("two") is None


def test_a_fault_is_kept_by_its_kind_and_place_without_its_words() -> None:
    send_reminder.enqueue("no id but a secret")
    taken = queue.take_next("test")
    assert taken is not None
    assert not queue.run_taken(taken)
    taken.refresh_from_db()
    assert taken.status == TaskResultStatus.FAILED
    assert taken.exception_class_path == "builtins.ValueError"
    assert "secret" not in taken.traceback
    assert queue.failed_since(timezone.now() - timedelta(minutes=1)) == [
        ("send_reminder", "builtins.ValueError")
    ]


def test_what_a_kill_cut_off_ends_and_what_is_old_is_forgotten() -> None:
    recheck_credential.enqueue(NOBODY, 1)
    queue.take_next("killed")
    now = timezone.now()
    tidy_up(now + queue.CUT_OFF_AFTER / 2)
    assert queue.waiting_count() == 1
    tidy_up(now + queue.CUT_OFF_AFTER)
    assert queue.waiting_count() == 0
    assert queue.failed_since(now - timedelta(minutes=1)) == [], "a kill is no fault of the task"
    tidy_up(now + KEEP_TASKS + timedelta(hours=1))
    assert not DBTaskResult.objects.exists()


def test_whoever_is_not_on_duty_does_nothing() -> None:
    duty.take("somebody else", now=timezone.now())
    recheck_credential.enqueue(NOBODY, 1)
    assert not BackgroundWork().run_once()
    assert queue.waiting_count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_stop_ends_what_runs_and_lets_another_follow() -> None:
    work = BackgroundWork(poll_s=0.01)
    recheck_credential.enqueue(NOBODY, 1)
    work.start()
    until = time.monotonic() + PATIENCE_S
    while queue.waiting_count() and time.monotonic() < until:
        time.sleep(0.02)
    work.stop(patience_s=PATIENCE_S)
    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL
    assert duty.take("another", now=timezone.now())
    assert duty.last_run() is not None
    connection.close()
