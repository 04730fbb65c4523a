"""Users and the links that let somebody in for the first time."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from ownkey.mail.models import StoredMail
from ownkey.mail.outbox import call_off
from ownkey.mail.words import delivery_words
from ownkey.people.names import initials_of
from ownkey.people.roles import HasRole, Role

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "LONGEST_EMAIL",
    "LONGEST_HASH",
    "LONGEST_NAME",
    "Attempts",
    "FactorSecret",
    "Invitation",
    "InvitationQuerySet",
    "Role",
    "SetUpLink",
    "User",
    "normalise_email",
]

LONGEST_NAME = 120
LONGEST_EMAIL = 254
LONGEST_HASH = 64 + 1 + 64  # a key's id, a dot, and the hash


def normalise_email(text: str) -> str:
    """Return `text` as Ownkey keeps e-mail addresses: trimmed and in lower case."""
    return text.strip().lower()


class UserManager(BaseUserManager["User"]):
    """Finds users by e-mail, in whatever case it is typed; allauth and Django expect this manager."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user with this e-mail."""
        return self.get(email=normalise_email(username or ""))


class User(HasRole, AbstractBaseUser):
    """Somebody who may sign in. The e-mail is the login."""

    email = models.EmailField("e-mail", max_length=LONGEST_EMAIL, unique=True)
    name = models.CharField("name", max_length=LONGEST_NAME)
    is_active = models.BooleanField("active", default=True)
    joined_at = models.DateTimeField("joined", default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        """People are listed by name."""

        ordering: ClassVar[list[str]] = ["name", "email"]
        verbose_name = "person"
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 Django's own signature
        """Save, with the e-mail normalised, so that no two rows differ by case."""
        self.email = normalise_email(self.email)
        super().save(*args, **kwargs)

    @property
    def reads_the_record(self) -> bool:
        """Whether the record, the coverage and the use of every ALM account are open to the person."""
        return self.role is not Role.PERSON

    @property
    def initials(self) -> str:
        """One or two letters that stand for the person where a picture would."""
        return initials_of(self.name, otherwise=self.email)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations, and which of them still stand."""

    def open(self) -> Self:
        """Return those that nobody has accepted or revoked, also such as are too old by now."""
        return self.filter(accepted_at=None, revoked_at=None)

    def usable(self) -> Self:
        """Return those whose link lets somebody in."""
        return self.open().filter(expires_at__gt=timezone.now())

    def close(self, **values: datetime) -> int:
        """Note that these were accepted or revoked, call their mails off, and return how many they were."""
        call_off([pk for pk in self.values_list("mail", flat=True) if pk is not None])
        return self.update(**values)


class Invitation(HasRole):
    """A link that lets one person in. Only a keyed hash of its secret is kept."""

    email = models.EmailField("e-mail", max_length=LONGEST_EMAIL)
    name = models.CharField("name", max_length=LONGEST_NAME)
    secret_hash = models.CharField(max_length=LONGEST_HASH, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    mail = models.ForeignKey(StoredMail, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        """The newest first; one open invitation for an e-mail."""

        ordering: ClassVar[list[str]] = ["-invited_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_for_an_email",
            )
        ]

    def __str__(self) -> str:
        return f"Invitation for {self.email}"

    @property
    def delivery_words(self) -> str:
        """What an administrator should know about the mail with the link, "" if all is well."""
        return delivery_words(self.mail)

    def has_expired(self) -> bool:
        """Whether the link is too old to be used."""
        return self.expires_at <= timezone.now()


class SetUpLink(models.Model):
    """The one-time link of the first start. Only a keyed hash of its secret is kept."""

    secret_hash = models.CharField(max_length=LONGEST_HASH, unique=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return "Set-up link"


class FactorSecret(models.Model):
    """What a second factor is checked with, sealed: an authenticator app's secret, or recovery codes' seed.

    allauth's own row refers to it; see `second_factors.sealing`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    envelope = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        """Never without its sealed secret."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(envelope=b""), name="factor_secret_is_sealed"),
        ]

    def __str__(self) -> str:
        return f"factor secret {self.id}"


class Attempts(models.Model):
    """How often something was tried; `key` is a keyed hash, so nothing that was typed stands here."""

    key = models.CharField(primary_key=True, max_length=64)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        """As many as are counted."""

        verbose_name_plural = "attempts"

    def __str__(self) -> str:
        return f"{self.count} attempts"
