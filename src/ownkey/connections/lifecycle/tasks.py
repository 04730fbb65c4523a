"""The tasks: what waits in the queue by name, with plain arguments, and does its work when it is taken up."""

import uuid

from django_tasks import task

from ownkey.connections.lifecycle.rechecks import Which, recheck
from ownkey.connections.lifecycle.sending import send_owed
from ownkey.mail.sending import send_stored
from ownkey.people.password_reset import write_reset

MAIL_FIRST = 10


@task()
def recheck_credential(credential_id: str, version: int) -> str:
    """Re-check one credential and return how that ended."""
    return recheck(Which(uuid.UUID(credential_id), version)).value


@task(priority=MAIL_FIRST)
def send_reminder(reminder_id: str) -> str:
    """Send one reminder and return how far it has come."""
    return send_owed(uuid.UUID(reminder_id)).value


@task(priority=MAIL_FIRST + 1)
def send_mail(mail_id: str) -> str:
    """Send one mail that somebody waits for and return how far it has come."""
    mail = send_stored(uuid.UUID(mail_id), write=write_reset)
    return mail.delivery if mail is not None else "taken"
