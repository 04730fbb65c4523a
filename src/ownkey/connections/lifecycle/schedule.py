"""The schedule: looks what is due and puts it into the queue, every second or so, by whoever is on duty."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from ownkey import days
from ownkey.connections import candidates
from ownkey.connections.lifecycle import queue
from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.occasions import Occasion
from ownkey.connections.lifecycle.outbox import owe_by_date
from ownkey.connections.lifecycle.pauses import forget_old_pauses
from ownkey.connections.lifecycle.rechecks import claim
from ownkey.connections.lifecycle.sending import call_off_cut_off, claim_due
from ownkey.connections.lifecycle.tasks import recheck_credential, send_mail, send_reminder
from ownkey.connections.lifecycle.turns import due_turns
from ownkey.mail import sending as mail_sending
from ownkey.mail.models import Delivery

MOST_WAITING: Final = 20
"""How many tasks may wait: what is due is looked at again by the time that these are done."""

KEEP_TASKS: Final = timedelta(days=14)
KEEP_REMINDERS: Final = timedelta(days=400)
"""Longer than any step's time lasts: a reminder that is forgotten while it stands would be sent again."""


def queue_rechecks(now: datetime) -> int:
    """Put the credentials whose turn has come into the queue, and return how many those were."""
    room = MOST_WAITING - queue.waiting_count()
    queued = 0
    for turn in due_turns(now, today=days.today(), most=max(room, 0)):
        with transaction.atomic():
            if claim(turn.which.id, turn.which.version, seen=turn.tried_at, now=now):
                recheck_credential.enqueue(str(turn.which.id), turn.which.version)
                queued += 1
    return queued


@transaction.atomic
def queue_reminders(now: datetime) -> int:
    """Put the reminders that are owed into the queue, and return how many those were."""
    found = claim_due(now, most=MOST_WAITING)
    for pk in found:
        send_reminder.enqueue(str(pk))
    return len(found)


@transaction.atomic
def queue_mails(now: datetime) -> int:
    """Put the mails that wait into the queue, and return how many those were."""
    found = mail_sending.claim_due(now, most=MOST_WAITING)
    for pk in found:
        send_mail.enqueue(str(pk))
    return len(found)


def tidy_up(now: datetime) -> None:
    """End what a kill has cut off, and forget what nobody needs any more."""
    candidates.destroy_overdue(now)
    queue.fail_cut_off(now)
    call_off_cut_off(now)
    mail_sending.put_back_cut_off(now)
    mail_sending.forget_old_mail(now)
    forget_old_pauses(now)
    queue.prune(before=now - KEEP_TASKS)
    ended = Reminder.objects.exclude(delivery__in=(Delivery.WAITING, Delivery.SENDING))
    # What has expired stays so for as long as its owner lets it.
    stays = (Occasion.EXPIRED, Occasion.SCOPES_DUE)
    ended.exclude(occasion__in=stays).filter(made_at__lt=now - KEEP_REMINDERS).delete()


@dataclass(slots=True)
class Schedule:
    """What is due how often, and when it was done last."""

    monotonic: Callable[[], float] = time.monotonic
    _done: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Do what is due."""
        now = timezone.now()
        if self._is_time_for("tidying", every_s=60):
            tidy_up(now)
        if self._is_time_for("dates", every_s=300):
            owe_by_date(today=days.today())
        if self._is_time_for("rechecks", every_s=15):
            queue_rechecks(now)
        queue_mails(timezone.now())
        # What has just been owed is sent as well.
        queue_reminders(timezone.now())

    def _is_time_for(self, what: str, *, every_s: float) -> bool:
        now = self.monotonic()
        if now - self._done.get(what, float("-inf")) < every_s:
            return False
        self._done[what] = now
        return True
