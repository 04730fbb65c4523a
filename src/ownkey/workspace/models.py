"""What the workspace remembers of a person: ids and dates, never anything that Jira says."""

from django.conf import settings
from django.db import models

from ownkey.connections.models import AlmAccount


class Thing(models.TextChoices):
    """What can be starred or was opened."""

    BOARD = "board", "Board"
    PROJECT = "project", "Project"
    ISSUE = "issue", "Issue"


class OfPerson(models.Model):
    """A row that belongs to one person at one ALM account, and goes when either goes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    alm_account = models.ForeignKey(AlmAccount, on_delete=models.CASCADE, related_name="+")

    class Meta:
        """No table of its own."""

        abstract = True


class Star(OfPerson):
    """A board or project that a person keeps at hand."""

    thing = models.CharField(max_length=16, choices=Thing.choices)
    ref = models.CharField(max_length=64)
    """Jira's id."""
    starred_at = models.DateTimeField()

    class Meta:
        """Starred once."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "alm_account", "thing", "ref"), name="workspace_star_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.thing} {self.ref}"


class Opened(OfPerson):
    """When a person last opened a board, project or issue."""

    thing = models.CharField(max_length=16, choices=Thing.choices)
    ref = models.CharField(max_length=64)
    """Jira's id."""
    opened_at = models.DateTimeField()

    class Meta:
        """One row a thing, found by time."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "alm_account", "thing", "ref"), name="workspace_opened_once"
            ),
        )
        indexes = (
            models.Index(
                fields=("user", "alm_account", "thing", "-opened_at"), name="workspace_opened_recent"
            ),
        )

    def __str__(self) -> str:
        return f"{self.thing} {self.ref}"


class BoardRule(OfPerson):
    """What a person has corrected about what a board shows; an empty field is worked out."""

    board_id = models.CharField(max_length=32)
    project_id = models.CharField(max_length=32, blank=True)
    filter_id = models.CharField(max_length=32, blank=True)
    points_field_id = models.CharField(max_length=64, blank=True)
    corrected_at = models.DateTimeField()

    class Meta:
        """One for each board."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "alm_account", "board_id"), name="workspace_board_rule_once"
            ),
        )

    def __str__(self) -> str:
        return f"board {self.board_id}"


class LastLook(OfPerson):
    """When a person last looked at what has changed, and the time before that."""

    looked_at = models.DateTimeField()
    before = models.DateTimeField(null=True)

    class Meta:
        """One for each ALM account."""

        constraints = (
            models.UniqueConstraint(fields=("user", "alm_account"), name="workspace_last_look_once"),
        )

    def __str__(self) -> str:
        return f"{self.looked_at:%Y-%m-%d %H:%M}"


class WorkspaceSettings(models.Model):
    """What an administrator has decided about the pages of one ALM account."""

    alm_account = models.OneToOneField(
        AlmAccount, on_delete=models.CASCADE, related_name="workspace", primary_key=True
    )
    is_on = models.BooleanField(default=True)
    left_out = models.JSONField(default=list)
    """The keys of projects that no page shows."""
    share = models.FloatField(default=0.2)
    """How much of the tenant's bucket of calls all open pages together may use: between 0 and 1."""

    class Meta:
        """A share is a share."""

        constraints = (
            models.CheckConstraint(
                condition=models.Q(share__gte=0) & models.Q(share__lte=1), name="workspace_share_is_a_share"
            ),
        )

    def __str__(self) -> str:
        return f"workspace {'on' if self.is_on else 'off'}"


class JiraWrite(models.Model):
    """A call through Ownkey that changed something in Jira: for pages that are open, which read it again.

    The newest alone are kept, for hours at most (`live/log.py`).
    """

    number = models.BigAutoField(primary_key=True)
    account_slug = models.CharField(max_length=64)
    person_id = models.CharField(max_length=64)
    """In whose name."""
    refs = models.JSONField(default=list)
    """Pairs of a kind and an id or key of Jira's, as far as the path of the call named them."""
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"write {self.number}"
