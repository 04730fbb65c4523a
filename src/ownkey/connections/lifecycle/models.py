"""What is stored about reminders, about who runs the schedule, and about sites that asked for a pause."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

from ownkey.connections.models import AlmAccount
from ownkey.mail.models import Delivery

if TYPE_CHECKING:
    from ownkey.people.models import User


class Reminder(models.Model):
    """One mail to one person about one occasion: there is one row of each, so it is never sent twice.

    Attributes:
        is_main: Whether it is about the ALM account's own credential; then it goes to an administrator.
        occasion: What happened: a value of `occasions.Occasion`.
        about: Which token and which date or refusal; another token's occasions are others.
        due_at: When it is next taken up.
        tries: How often the mail server was tried.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    alm_account = models.ForeignKey(AlmAccount, on_delete=models.CASCADE, related_name="+")
    is_main = models.BooleanField(default=False)
    occasion = models.CharField(max_length=16)
    about = models.CharField(max_length=80)
    delivery = models.CharField(max_length=8, choices=Delivery, default=Delivery.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One row for each person, credential, occasion and cause."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "alm_account", "is_main", "occasion", "about"), name="reminder_only_once"
            ),
        )
        indexes = (models.Index(fields=("delivery", "due_at"), name="reminder_next"),)

    def __str__(self) -> str:
        return f"{self.occasion} for {self.user_id}"


class Duty(models.Model):
    """Who runs the schedule at the moment, until when unless they say so again, and when it last ran."""

    name = models.CharField(primary_key=True, max_length=16)
    holder = models.CharField(max_length=64, blank=True)
    held_until = models.DateTimeField()
    ran_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class SitePause(models.Model):
    """A Jira that asked for fewer requests or did not answer: nothing is re-checked there until then."""

    place = models.CharField(primary_key=True, max_length=255)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.place} until {self.until}"
