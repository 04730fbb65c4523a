"""Sending what waits: claimed before it is sent, tried again if it must be, opened at the last moment.

"Always once" outranks "never twice" here, other than for reminders: a person waits for the link in the mail,
and the same link twice does no harm. So a mail that was cut off in the middle is sent again.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from ownkey.audit.record import SCHEDULE, Outcome, record
from ownkey.mail.handing_over import Handed, Sent, hand_over
from ownkey.mail.letters import Letter, LetterUnreadableError, Request, message_of, open_letter
from ownkey.mail.models import Delivery, StoredMail
from ownkey.mail.troubles import Trouble, words_of

BACK_OFF: Final = (
    timedelta(seconds=20),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
"""How long to wait after the first, second… try that failed; the last one is repeated while it is of use."""

CUT_OFF_AFTER: Final = timedelta(minutes=10)
"""No mail takes this long: the process that claimed it was killed."""

LONGEST_WAIT: Final = timedelta(hours=25)
KEEP: Final = timedelta(days=14)

Write = Callable[[Request], Letter | None]
"""Writes the mail that was asked for, or returns None if nobody has that address."""


def send_stored(mail_id: uuid.UUID, *, write: Write, to: BaseEmailBackend | None = None) -> StoredMail | None:
    """Send one mail if it still waits; return it as it is afterwards, None if another process has it.

    Args:
        mail_id: Which.
        write: Writes mails that are only asked for so far.
        to: The server, if several mails go to it.
    """
    now = timezone.now()
    waiting = StoredMail.objects.filter(pk=mail_id, delivery=Delivery.WAITING)
    if not waiting.update(delivery=Delivery.SENDING, due_at=now):
        return None
    row = StoredMail.objects.get(pk=mail_id)
    letter, handed = _try(row, write=write, to=to)
    match handed.sent:
        case Sent.YES:
            return _end(row, Delivery.SENT, handed)
        case Sent.NEVER if handed.trouble is None:
            return _end(row, Delivery.DROPPED, handed)
        case Sent.NEVER:
            return _end(row, Delivery.FAILED, handed, recipient=letter.to if letter else "")
        case _:
            return _try_again(row, handed, now=timezone.now())


def claim_due(now: datetime, *, most: int) -> list[uuid.UUID]:
    """Return mails to be sent now; none is returned again for a while."""
    waiting = StoredMail.objects.filter(delivery=Delivery.WAITING)
    # A time that no wait reaches was written down by a clock that was ahead.
    due = waiting.filter(due_at__lte=now) | waiting.filter(due_at__gt=now + LONGEST_WAIT)
    return [
        pk
        for pk, due_at in due.order_by("due_at").values_list("pk", "due_at")[:most]
        if waiting.filter(pk=pk, due_at=due_at).update(due_at=now + CUT_OFF_AFTER)
    ]


def put_back_cut_off(now: datetime) -> None:
    """Let mails wait again whose sending was cut off by a kill."""
    sending = StoredMail.objects.filter(delivery=Delivery.SENDING)
    cut_off = sending.filter(due_at__lte=now - CUT_OFF_AFTER) | sending.filter(due_at__gt=now + LONGEST_WAIT)
    cut_off.update(delivery=Delivery.WAITING, due_at=now)


def forget_old_mail(now: datetime) -> None:
    """Remove what is left of mails that ended long ago."""
    StoredMail.objects.filter(ended_at__lt=now - KEEP).delete()


def _try(row: StoredMail, *, write: Write, to: BaseEmailBackend | None) -> tuple[Letter | None, Handed]:
    """Return what a mail says, as far as it could be read, and what came of handing it over."""
    try:
        content = open_letter(row)
    except LetterUnreadableError:
        return None, Handed(Sent.NEVER, Trouble.SEAL)
    letter = write(content) if isinstance(content, Request) else content
    if letter is None:
        return None, Handed(Sent.NEVER)  # nobody has that address
    if row.good_until <= timezone.now():
        return letter, Handed(Sent.NEVER, Trouble.TOO_LATE)
    return letter, hand_over(message_of(letter), to=to)


def _try_again(row: StoredMail, handed: Handed, *, now: datetime) -> StoredMail:
    row.delivery, row.tries = Delivery.WAITING, row.tries + 1
    row.due_at = now + BACK_OFF[min(row.tries, len(BACK_OFF)) - 1]
    row.trouble, row.answer = handed.trouble or Trouble.UNKNOWN, handed.answer
    mine = StoredMail.objects.filter(pk=row.pk, delivery=Delivery.SENDING)
    mine.update(
        delivery=row.delivery, tries=row.tries, due_at=row.due_at, trouble=row.trouble, answer=row.answer
    )
    return row


@transaction.atomic
def _end(row: StoredMail, delivery: Delivery, handed: Handed, *, recipient: str = "") -> StoredMail:
    row.delivery, row.ended_at, row.envelope = delivery, timezone.now(), b""
    row.trouble, row.answer = handed.trouble or "", handed.answer
    mine = StoredMail.objects.filter(pk=row.pk, delivery=Delivery.SENDING)
    ended = mine.update(
        delivery=delivery, ended_at=row.ended_at, envelope=b"", trouble=row.trouble, answer=row.answer
    )
    if ended and delivery is Delivery.FAILED:
        record(
            "mail.sent",
            actor=SCHEDULE,
            subject=recipient,
            outcome=Outcome.FAILED,
            details={"mail": row.kind, "why": words_of(row.trouble, row.answer)},
        )
    return row
