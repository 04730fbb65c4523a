"""What is stored about ALM accounts, the credentials and client keys for them, and tokens that wait."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from ownkey.atlassian.kinds import KINDS
from ownkey.atlassian.wire import Authentication
from ownkey.connections.state_columns import CredentialCount, StateColumns, StoredState
from ownkey.connections.stored_report import StoredReport

if TYPE_CHECKING:
    from ownkey.people.models import User

__all__ = [
    "AlmAccount",
    "Candidate",
    "ClientKey",
    "ClientKeyCalls",
    "Credential",
    "CredentialCount",
    "Kind",
    "PersonCalls",
    "Policy",
    "SealedCredential",
    "StoredState",
]


class Kind(models.TextChoices):
    """The kinds of Jira that an ALM account can be."""

    JIRA_CLOUD = "jira-cloud", "Jira Cloud"
    JIRA_DATA_CENTER = "jira-data-center", "Jira Data Center"


_AUTHENTICATION_CHOICES = [(name, kind.title) for name, kind in KINDS.items()]


class Policy(models.TextChoices):
    """What happens to people who are not connected."""

    REFUSE = "refuse", "Refuse"
    READ_ONLY = "read-only", "Read only"
    MAIN = "main", "Main"


class SealedCredential(StateColumns):
    """A credential at rest: the sealed secret, whose it is, and what the last check said."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authentication = models.CharField(max_length=32, choices=_AUTHENTICATION_CHOICES)
    login = models.CharField(max_length=254, blank=True)
    envelope = models.BinaryField(default=bytes)
    version = models.PositiveIntegerField(default=0)
    # Counted up by every save and every successful test: only then does the gateway send it again if refused.
    proven_count = models.PositiveIntegerField(default=0)
    atlassian_account_id = models.CharField(max_length=128, blank=True)
    display_name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=254, blank=True)
    reason = models.CharField(max_length=64, blank=True)
    since = models.DateTimeField()
    report = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True, blank=True)
    # What the schedule notes down. These columns alone change nothing that a client key grants, so no trigger
    # of the gateway's minds them: see migration 0006.
    tried_at = models.DateTimeField(null=True)
    unanswered_since = models.DateTimeField(null=True)
    unanswered_times = models.PositiveSmallIntegerField(null=True)

    class Meta:
        """No table of its own."""

        abstract = True

    @property
    def signs_in_by(self) -> Authentication:
        """How the credential signs in."""
        return Authentication(self.authentication)

    @property
    def is_sealed(self) -> bool:
        """Whether a secret is kept here."""
        return bool(self.envelope)


def _has_envelope_unless_disconnected(name: str) -> models.CheckConstraint:
    disconnected = models.Q(state=StoredState.DISCONNECTED)
    empty = models.Q(envelope=b"")
    return models.CheckConstraint(condition=(disconnected & empty) | (~disconnected & ~empty), name=name)


class AlmAccount(SealedCredential):
    """One Jira that the organisation works with; the credential in it is the main one."""

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=32, choices=Kind, default=Kind.JIRA_CLOUD)
    site_url = models.CharField(max_length=255)
    cloud_id = models.CharField(max_length=36, blank=True)
    profile_name = models.CharField(max_length=64)
    required_scopes = models.JSONField(default=list)
    # What the main credential itself must have; None: the same as people's. Either may be NULL, so that
    # adding them leaves the triggers alone.
    main_scopes: "models.JSONField[list[str] | None, list[str] | None]" = models.JSONField(null=True)
    main_scopes_changed_at = models.DateTimeField(null=True)
    policy = models.CharField(max_length=16, choices=Policy, default=Policy.REFUSE)
    passes_unknown_operations = models.BooleanField(default=False)
    other_email_allowed = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    profile_changed_at = models.DateTimeField(null=True)
    # Those of the required scopes that count only from a day on: until then states and counts go by the rest.
    later_scopes: "models.JSONField[list[str] | None, list[str] | None]" = models.JSONField(null=True)
    counts_from = models.DateField(null=True)

    class Meta:
        """Listed by name, which is there once in whatever case."""

        ordering = (Lower("name"),)
        constraints = (
            models.UniqueConstraint(Lower("name"), name="alm_account_name_unique"),
            models.CheckConstraint(
                condition=~models.Q(kind=Kind.JIRA_CLOUD) | ~models.Q(cloud_id=""),
                name="alm_account_cloud_has_cloud_id",
            ),
            models.CheckConstraint(
                condition=models.Q(policy__in=Policy.values), name="alm_account_policy_is_known"
            ),
            _has_envelope_unless_disconnected("alm_account_sealed_unless_disconnected"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_cloud(self) -> bool:
        """Whether this is Jira Cloud, where tokens have scopes."""
        return self.kind == Kind.JIRA_CLOUD

    @property
    def scopes_needed(self) -> list[str]:
        """The scopes that the main credential must have, in the order of its profile."""
        return list(self.required_scopes if self.main_scopes is None else self.main_scopes)

    @property
    def scopes_changed_at(self) -> datetime | None:
        """When the scopes that the main credential must have were last changed, if they ever were."""
        if self.main_scopes is None:
            return self.main_scopes_changed_at or self.profile_changed_at
        return self.main_scopes_changed_at


class Credential(SealedCredential):
    """One person's own credential for one ALM account.

    After *Disconnect* the row stays without its secret, so that the Atlassian account stays bound.
    """

    user: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alm_credentials"
    )
    alm_account = models.ForeignKey(AlmAccount, on_delete=models.CASCADE, related_name="credentials")
    connected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One row a person and ALM account; one person an Atlassian account."""

        constraints = (
            models.UniqueConstraint(fields=("user", "alm_account"), name="credential_one_per_person"),
            models.UniqueConstraint(
                fields=("alm_account", "atlassian_account_id"),
                condition=~models.Q(atlassian_account_id="") & ~models.Q(state=StoredState.DISCONNECTED),
                name="credential_atlassian_account_has_one_person",
            ),
            _has_envelope_unless_disconnected("credential_sealed_unless_disconnected"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} at {self.alm_account_id}"

    @property
    def scopes_needed(self) -> list[str]:
        """The scopes that the credential must have, in the order of the scope profile."""
        return list(self.alm_account.required_scopes)

    @property
    def scopes_changed_at(self) -> datetime | None:
        """When the scopes that the credential must have were last changed, if they ever were."""
        return self.alm_account.profile_changed_at


class Candidate(models.Model):
    """A token that was tested and waits, sealed, for *Save*: nobody pastes twice, no field is refilled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user: "models.ForeignKey[User | None, User | None]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    alm_account = models.ForeignKey(AlmAccount, null=True, on_delete=models.CASCADE, related_name="+")
    is_main = models.BooleanField()
    authentication = models.CharField(max_length=32, choices=_AUTHENTICATION_CHOICES)
    login = models.CharField(max_length=254, blank=True)
    envelope = models.BinaryField()
    replaces_version = models.PositiveIntegerField()
    site_url = models.CharField(max_length=255)
    cloud_id = models.CharField(max_length=36, blank=True)
    required_scopes = models.JSONField(default=list)
    report: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)
    # As it was typed for the test, so that a page that is opened again shows it again.
    expires_on = models.DateField(null=True)
    tested_at = models.DateTimeField()
    waits_until = models.DateTimeField(db_index=True)

    class Meta:
        """Never without its sealed secret."""

        constraints = (models.CheckConstraint(condition=~models.Q(envelope=b""), name="candidate_is_sealed"),)

    def __str__(self) -> str:
        return f"candidate {self.id}"

    @property
    def signs_in_by(self) -> Authentication:
        """How the credential signs in."""
        return Authentication(self.authentication)

    @property
    def has_gaps(self) -> bool:
        """Whether required scopes are missing."""
        return StoredReport.from_json(self.report).has_gaps


class ClientKey(models.Model):
    """What lets a tool call one ALM account as one person; of the key itself only a keyed hash is kept."""

    id = models.CharField(primary_key=True, max_length=16, editable=False)
    user: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="client_keys"
    )
    alm_account = models.ForeignKey(AlmAccount, on_delete=models.CASCADE, related_name="client_keys")
    name = models.CharField(max_length=80)
    key_hash = models.BinaryField()
    # The id of the vault's key that the hash was made with; None for a key that is older than this column.
    hashed_with = models.CharField(max_length=64, null=True)  # noqa: DJ001 adding it leaves the triggers alone
    scopes: "models.JSONField[list[str] | None, list[str] | None]" = models.JSONField(null=True)
    read_only = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        """The newest first."""

        ordering = ("-created_at", "id")
        constraints = (
            models.CheckConstraint(condition=~models.Q(key_hash=b""), name="client_key_is_hashed"),
        )

    def __str__(self) -> str:
        return f"client key {self.id}"


class ClientKeyCalls(models.Model):
    """How often a client key made one operation end in one way, on one day."""

    client_key = models.ForeignKey(ClientKey, on_delete=models.CASCADE, related_name="daily_calls")
    day = models.DateField()
    operation = models.CharField(max_length=200)
    outcome = models.CharField(max_length=16)
    # Whether Jira was asked as the ALM account's main credential, by its policy for people not connected.
    through_main = models.BooleanField(default=False)
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        """One row for each key, day, operation, outcome and identity."""

        constraints = (
            models.UniqueConstraint(
                fields=("client_key", "day", "operation", "outcome", "through_main"),
                name="client_key_calls_one_row",
            ),
        )
        indexes = (
            models.Index(fields=["day"], name="client_key_calls_day"),
            models.Index(
                fields=["day"], condition=models.Q(through_main=True), name="client_key_calls_main_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.calls} × {self.operation} {self.outcome} on {self.day}"


class PersonCalls(models.Model):
    """How often a person's pages made one operation end in one way at an ALM account, on one day."""

    user: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    alm_account = models.ForeignKey(AlmAccount, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    operation = models.CharField(max_length=200)
    outcome = models.CharField(max_length=16)
    # Whether Jira was asked as the ALM account's main credential, by its policy for people not connected.
    through_main = models.BooleanField(default=False)
    calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        """One row for each person, ALM account, day, operation, outcome and identity."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "alm_account", "day", "operation", "outcome", "through_main"),
                name="person_calls_one_row",
            ),
        )
        indexes = (models.Index(fields=["day"], name="person_calls_day"),)

    def __str__(self) -> str:
        return f"{self.calls} × {self.operation} {self.outcome} on {self.day}"
