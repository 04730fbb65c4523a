"""The schedule: whether it runs, whether its tasks end well, and whether reminders reach people."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from ownkey.connections.lifecycle import duty, queue
from ownkey.connections.lifecycle.models import Reminder
from ownkey.console.doctor.findings import Finding, fine, warn
from ownkey.environment.values import Environment, WorkerPlace
from ownkey.mail.models import Delivery

LATE = timedelta(minutes=10)
LOOK_BACK = timedelta(days=7)


def examine_schedule(environment: Environment) -> Iterator[Finding]:
    """Look at what the schedule has noted down; nothing is run and nothing is sent."""
    now = timezone.now()
    try:
        last_run = duty.last_run()
        failed = Counter(name for name, _ in queue.failed_since(now - LOOK_BACK))
        ended = Counter(
            Reminder.objects.filter(ended_at__gte=now - LOOK_BACK).values_list("delivery", flat=True)
        )
        struggling = Reminder.objects.filter(delivery=Delivery.WAITING, tries__gt=0).count()
    finally:
        connection.close()
    yield _running(last_run, now, environment)
    yield _tasks(failed)
    yield _mails(struggling, ended)


def _running(last_run: datetime | None, now: datetime, environment: Environment) -> Finding:
    program = "ownkey worker" if environment.worker is WorkerPlace.SEPARATE else "ownkey serve"
    start = f"Start {program}: until then no credential is re-checked and nobody is reminded."
    if last_run is None:
        return warn("schedule", "The schedule has never run.", start)
    told = f"{last_run:%Y-%m-%d %H:%M} UTC"
    if last_run > now + LATE:
        return warn("schedule", f"The schedule last ran at {told}, which is still to come.", "Set the clock.")
    if now - last_run > LATE:
        return warn("schedule", f"The schedule last ran at {told}.", start)
    return fine("schedule", f"The schedule runs: last at {told}.")


def _tasks(failed: Counter[str]) -> Finding:
    if not failed:
        return fine("tasks", "No task has failed within a week.")
    kinds = ", ".join(f"{name} ({count})" for name, count in sorted(failed.items()))
    return warn(
        "tasks",
        f"Tasks failed within a week: {kinds}.",
        "Look for task_failed in the log; that is a fault of Ownkey, which its developers like to hear of.",
    )


def _mails(struggling: int, ended: Counter[str]) -> Finding:
    problems = [
        f"{number} {words}"
        for number, words in (
            (struggling, "could not be sent yet and are tried again"),
            (ended[Delivery.FAILED], "could not be delivered within a week"),
            (ended[Delivery.UNSURE], "may not have left, and are not sent twice"),
        )
        if number
    ]
    if not problems:
        return fine("reminders", "No reminder waits for the mail server.")
    return warn(
        "reminders",
        f"Of the reminders, {'; '.join(problems)}.",
        "See the mail server below, and Administration → Record for whom they were.",
    )
