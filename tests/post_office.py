"""Sending what waits, as the schedule does, so that a test can read it."""

from django.core import mail
from django.core.mail import EmailMessage

from ownkey.mail.models import Delivery, StoredMail
from ownkey.mail.sending import send_stored
from ownkey.people.password_reset import write_reset


def sent_mail() -> list[EmailMessage]:
    """Send every mail that waits, and return all that was sent in this test."""
    for pk in (
        StoredMail.objects.filter(delivery=Delivery.WAITING).order_by("made_at").values_list("pk", flat=True)
    ):
        send_stored(pk, write=write_reset)
    return mail.outbox
