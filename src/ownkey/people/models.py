"""Users and the links that let somebody in for the first time."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

LONGEST_NAME = 120
LONGEST_HASH = 64 + 1 + 64  # a key's id, a dot, and the hash


def normalise_email(text: str) -> str:
    """Return `text` as Ownkey keeps e-mail addresses: trimmed and in lower case."""
    return text.strip().lower()


class UserManager(BaseUserManager["User"]):
    """Finds users by e-mail, in whatever case it is typed; allauth and Django expect this manager."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user with this e-mail."""
        return self.get(email=normalise_email(username or ""))


class User(AbstractBaseUser):
    """Somebody who may sign in. The e-mail is the login."""

    email = models.EmailField("e-mail", max_length=254, unique=True)
    name = models.CharField("name", max_length=LONGEST_NAME)
    is_administrator = models.BooleanField("administrator", default=False)
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
    def initials(self) -> str:
        """One or two letters that stand for the person where a picture would."""
        words = self.name.split() or [self.email]
        letters = words[0][:1] + (words[-1][:1] if len(words) > 1 else "")
        return letters.upper()


class Invitation(models.Model):
    """A link that lets one person in. Only a keyed hash of its secret is kept."""

    email = models.EmailField("e-mail", max_length=254)
    name = models.CharField("name", max_length=LONGEST_NAME)
    is_administrator = models.BooleanField("administrator", default=False)
    secret_hash = models.CharField(max_length=LONGEST_HASH, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

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

    def has_expired(self) -> bool:
        """Whether the link is too old to be used."""
        return self.expires_at <= timezone.now()


class SetUpLink(models.Model):
    """The one-time link of the first start. Only a keyed hash of its secret is kept."""

    secret_hash = models.CharField(max_length=LONGEST_HASH, unique=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return "Set-up link"
