"""Mail that waits to be sent, and how far each has come."""

import uuid

from django.db import models
from django.utils import timezone

from ownkey.mail.troubles import LONGEST_ANSWER


class Delivery(models.TextChoices):
    """How far a mail has come."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    DROPPED = "dropped", "Not needed any more"
    FAILED = "failed", "Not deliverable"
    UNSURE = "unsure", "Not certain"


class StoredMail(models.Model):
    """One mail that has to leave; its address and words lie sealed in it until it has ended.

    Attributes:
        kind: What the mail is for, such as "invitation"; it names the mail to administrators.
        envelope: The sealed `letters.Letter`, or what one is made from; empty once the mail has ended.
        due_at: When it is next taken up.
        good_until: When nobody needs it any more.
        tries: How often it was tried.
        trouble: Why the last try failed: a value of `troubles.Trouble`, or "".
        answer: What the mail server said to that, where it may be kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=24)
    envelope = models.BinaryField()
    delivery = models.CharField(max_length=8, choices=Delivery, default=Delivery.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=32, blank=True, default="")
    answer = models.CharField(max_length=LONGEST_ANSWER, blank=True, default="")
    made_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    good_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Found by what is due."""

        indexes = (models.Index(fields=("delivery", "due_at"), name="mail_next"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
