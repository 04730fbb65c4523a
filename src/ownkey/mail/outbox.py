"""The outbox: mails that are owed. A row is written together with the change that requires the mail.

Nothing is sent here, so no page waits for a mail server or fails by it; `sending` takes the rows up.
"""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from ownkey.environment.process import current_environment
from ownkey.mail.letters import Letter, Request, seal_letter
from ownkey.mail.models import Delivery, StoredMail
from ownkey.mail.troubles import Trouble

NOTICE_LASTS: Final = timedelta(days=3)
"""How long a notice without a link is worth sending."""


def post(content: Letter | Request, *, kind: str, good_until: datetime | None = None) -> StoredMail:
    """Have a mail sent soon, in the caller's transaction; return its row.

    Args:
        content: The mail, or whom one is to be written for.
        kind: What it is for; administrators read it.
        good_until: When what it says, or the link in it, is worth nothing any more.

    Raises:
        ownkey.vault.errors.VaultError: There is no usable key to seal it with.
    """
    row = StoredMail(kind=kind, good_until=good_until or timezone.now() + NOTICE_LASTS)
    row.envelope = seal_letter(content, row)
    row.save(force_insert=True)
    return row


def call_off(mail_ids: Collection[uuid.UUID]) -> None:
    """Have mails not sent that wait, because their links are worth nothing any more."""
    waiting = StoredMail.objects.filter(pk__in=mail_ids, delivery=Delivery.WAITING)
    waiting.update(delivery=Delivery.DROPPED, envelope=b"", ended_at=timezone.now())


def give_up(mail_ids: Collection[uuid.UUID]) -> None:
    """Note that mails cannot be sent, for what they say does not open any more."""
    StoredMail.objects.filter(pk__in=mail_ids).exclude(envelope=b"").update(
        delivery=Delivery.FAILED, envelope=b"", trouble=Trouble.SEAL, ended_at=timezone.now()
    )


def reaches_people() -> bool:
    """Whether people can read what is sent: by a mail server, or on the demo's Mail page.

    Otherwise mail is only kept in the data directory.
    """
    return bool(current_environment().mail.host) or current_environment().is_demo
