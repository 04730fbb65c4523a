"""Sending what is owed: claimed before it is sent, judged anew at that moment, and tried again if it must be.

"Never twice" outranks "always once". A mail that was being sent when the process was killed, or when the
server went away in the middle, may or may not have left: it is called *not certain* and never sent again. So
a kill loses at most the mails that were under way at that moment. The banner says the same all the while, and
the next step towards an expiry date is a mail of its own.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from ownkey import days
from ownkey.audit.record import SCHEDULE, Outcome, record
from ownkey.connections.lifecycle.mails import mail_of, message_of
from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.occasions import Due, Occasion, still_stands
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.queries import credential_of, standing_of
from ownkey.connections.states import Standing, state_of
from ownkey.mail.handing_over import Sent, hand_over
from ownkey.mail.models import Delivery

BACK_OFF: Final = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long to wait after the first, second… try that failed; after the last one there is no other."""

LONGEST_WAIT: Final = timedelta(hours=25)
CUT_OFF_AFTER: Final = timedelta(minutes=10)
"""Nothing takes this long: whoever claimed a mail so long ago was killed."""


def send_owed(reminder_id: uuid.UUID) -> Delivery:
    """Send one reminder if it is still owed, and return how far it has come."""
    now = timezone.now()
    claimed = Reminder.objects.filter(pk=reminder_id, delivery=Delivery.WAITING).update(
        delivery=Delivery.SENDING, due_at=now
    )
    if not claimed:
        return Delivery.DROPPED
    reminder = Reminder.objects.select_related("user", "alm_account").get(pk=reminder_id)
    today = days.today()
    row, standing = _now(reminder)
    due = Due(Occasion(reminder.occasion), reminder.about)
    if not _may_be_told(reminder) or not still_stands(due, row, standing, today):
        return _end(reminder, Delivery.DROPPED)
    message = message_of(mail_of(reminder, standing, today=today), to=reminder.user.email)
    match hand_over(message).sent:
        case Sent.YES:
            return _end(reminder, Delivery.SENT)
        case Sent.UNSURE:
            return _end(reminder, Delivery.UNSURE)
        case Sent.NOT_NOW if reminder.tries < len(BACK_OFF):
            return _try_again(reminder, now=timezone.now())
        case _:
            return _end(reminder, Delivery.FAILED)


def claim_due(now: datetime, *, most: int) -> list[uuid.UUID]:
    """Return reminders to be sent now; none is returned again for a while."""
    waiting = Reminder.objects.filter(delivery=Delivery.WAITING)
    # A time that no wait reaches was written down by a clock that was ahead.
    due = waiting.filter(due_at__lte=now) | waiting.filter(due_at__gt=now + LONGEST_WAIT)
    found = []
    for pk, due_at in due.order_by("due_at").values_list("pk", "due_at")[:most]:
        if Reminder.objects.filter(pk=pk, due_at=due_at).update(due_at=now + CUT_OFF_AFTER):
            found.append(pk)
    return found


def call_off_cut_off(now: datetime) -> None:
    """Call those mails not certain whose sending was cut off by a kill."""
    sending = Reminder.objects.filter(delivery=Delivery.SENDING)
    cut_off = sending.filter(due_at__lte=now - CUT_OFF_AFTER) | sending.filter(due_at__gt=now + LONGEST_WAIT)
    for reminder in cut_off.select_related("user", "alm_account"):
        _end(reminder, Delivery.UNSURE)


def _now(reminder: Reminder) -> tuple[AlmAccount | Credential | None, Standing]:
    account = reminder.alm_account
    if reminder.is_main:
        return account, state_of(account, days.today())
    row = credential_of(reminder.user, account)
    return row, standing_of(reminder.user, account, row)


def _may_be_told(reminder: Reminder) -> bool:
    user = reminder.user
    return user.is_active and (user.is_administrator or not reminder.is_main)


def _try_again(reminder: Reminder, *, now: datetime) -> Delivery:
    Reminder.objects.filter(pk=reminder.pk, delivery=Delivery.SENDING).update(
        delivery=Delivery.WAITING, due_at=now + BACK_OFF[reminder.tries], tries=reminder.tries + 1
    )
    return Delivery.WAITING


_OUTCOMES: Final = {
    Delivery.SENT: Outcome.DONE,
    Delivery.FAILED: Outcome.FAILED,
    Delivery.UNSURE: Outcome.UNSURE,
}


@transaction.atomic
def _end(reminder: Reminder, delivery: Delivery) -> Delivery:
    ended = Reminder.objects.filter(pk=reminder.pk, delivery=Delivery.SENDING).update(
        delivery=delivery, ended_at=timezone.now()
    )
    if ended and delivery in _OUTCOMES:
        record(
            "reminder.sent",
            actor=SCHEDULE,
            subject=reminder.user,
            alm_account=reminder.alm_account.slug,
            outcome=_OUTCOMES[delivery],
            details={"occasion": reminder.occasion, "main_credential": reminder.is_main},
        )
    return delivery
