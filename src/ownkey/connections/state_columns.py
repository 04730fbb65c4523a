"""The columns that decide the state of a credential: what the last check left behind, and dates.

Lists and counts ask these columns alone, and compare the dates. None changes because a day goes by.
"""

from django.db import models


class StoredState(models.TextChoices):
    """What the last check left behind; `causes` adds what time and changed settings do to it."""

    CONNECTED = "connected", "Connected"
    GAPS = "gaps", "Gaps"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Unknown"
    DISCONNECTED = "disconnected", "Disconnected"


class StateColumns(models.Model):
    """The columns that a credential's state follows from; kept by `derived` with each change of the rest.

    Attributes:
        state: What the last check left behind.
        missing_count: How many of the scopes that count on every day the last check proved missing.
        missing_later_count: The same of the scopes that count from the ALM account's `counts_from` on.
        untested_count: How many of the scopes that count on every day no check has looked at.
        untested_later_count: The same of the scopes that count from `counts_from` on.
        awaits_recheck: Whether the required scopes were changed after the last check, and Atlassian answers.
        is_silent: Whether so many re-checks in a row had no answer that nothing is known any more.
        expires_on: The token's last day as its owner gave it.
        accepted_past_on: The day on which Atlassian accepted the token although that last day was over.
    """

    state = models.CharField(max_length=16, choices=StoredState, default=StoredState.DISCONNECTED)
    missing_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    missing_later_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    untested_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    untested_later_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    awaits_recheck = models.BooleanField(default=False, db_default=False)
    is_silent = models.BooleanField(default=False, db_default=False)
    expires_on = models.DateField(null=True, blank=True)
    accepted_past_on = models.DateField(null=True)

    class Meta:
        """No table of its own."""

        abstract = True


class CredentialCount(StateColumns):
    """How many people's credentials of an ALM account have the same `StateColumns`; triggers keep it.

    What is true of a credential follows from those columns and a day, so each count by state is a sum over
    few rows.
    """

    alm_account = models.ForeignKey("connections.AlmAccount", on_delete=models.CASCADE, related_name="+")
    is_active = models.BooleanField()
    number = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.number} {self.state} at {self.alm_account_id}"
