"""Puts issues into a project of the pretend Jira, with the history that leads to what they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.entities import Change, Comment, History, Issue
from ownkey.sandbox.jira.fields import FIELDS, SPRINT
from ownkey.sandbox.jira.issue.text import RichText
from ownkey.sandbox.jira.schemes import workflow_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ownkey.sandbox.jira.entities import Project
    from ownkey.sandbox.jira.schemes import Status
    from ownkey.sandbox.jira.world import World

ADA, BO, GRACE = "ada@acme.example", "bo@acme.example", "grace@acme.example"
CHARLIE = "charlie@acme.example"
BOT = "release-bot-5e4a1ce0@serviceaccount.atlassian.com"
_NAMES = {item.id: item.name for item in FIELDS}


@dataclass(slots=True)
class Plan:
    """What an issue is to be. It was made `age_days` ago, and reached its status by `moved_days` ago."""

    kind: str
    summary: str
    status: str = "To Do"
    reporter: str = GRACE
    assignee: str | None = None
    parent: str | None = None
    sprints: tuple[int, ...] = ()
    points: float | None = None
    priority: str = "Medium"
    age_days: float = 30
    moved_days: float = 2
    labels: tuple[str, ...] = ()
    due_in_days: int | None = None
    is_flagged: bool = False
    security_id: str | None = None
    versions: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    description: RichText | None = None
    watchers: tuple[str, ...] = ()
    voters: tuple[str, ...] = ()


@dataclass(slots=True)
class Builder:
    """Builds one project's issues, with ids above `first_id` and keys from `first_number` on.

    `day` is today's midnight.
    """

    world: World
    project: Project
    day: datetime
    first_id: int
    first_number: int = 1
    made: dict[str, Issue] = field(default_factory=dict)

    def add(self, plan: Plan) -> Issue:
        """Make the next issue; return it."""
        number = self.first_number + len(self.made)
        key, made_at = f"{self.project.key}-{number}", self.day - timedelta(days=plan.age_days)
        parent = self.made.get(plan.parent or "")
        issue = Issue(
            str(self.first_id + len(self.made) + 1), key, self.project.id, plan.kind, plan.summary, plan.status,
            plan.reporter, made_at, made_at,
            assignee=plan.assignee, parent_id=parent.id if parent else None, priority=plan.priority, labels=plan.labels,
            points=plan.points, is_flagged=plan.is_flagged, security_id=plan.security_id,
            version_ids=plan.versions, component_ids=plan.components, creator=plan.reporter,
            description=plan.description, watchers=list(plan.watchers), voters=list(plan.voters),
        )  # fmt: skip
        if plan.sprints:
            issue.past_sprint_ids, issue.sprint_id = plan.sprints[:-1], plan.sprints[-1]
        if plan.due_in_days is not None:
            issue.due = f"{self.day + timedelta(days=plan.due_in_days):%Y-%m-%d}"
        self._tell(issue, plan)
        self.made[key] = self.world.issues[issue.id] = issue
        self.world.ranking.append(issue.id)
        return issue

    def _tell(self, issue: Issue, plan: Plan) -> None:
        """Write the history of an issue: sprints, points, and each status on the way."""
        steps = [*self._planning(issue, plan), *self._moves(plan)]
        first, span = plan.age_days, plan.age_days - plan.moved_days
        for place, (change, author) in enumerate(steps, 1):
            at = (
                self.day
                - timedelta(days=first - span * place / len(steps))
                + timedelta(hours=9, minutes=place)
            )
            issue.histories.append(History(f"{issue.id}{place:02d}", author, at, (change,)))
            issue.updated_at = at
        if workflow_of(self.project)[-1].name == issue.status:
            issue.resolved_at = issue.updated_at

    def _planning(self, issue: Issue, plan: Plan) -> Iterable[tuple[Change, str]]:
        before: tuple[int, ...] = ()
        if issue.points is not None:
            name = self.project.points_field
            yield Change(_NAMES[name], name, None, None, None, f"{issue.points:g}"), plan.reporter
        for number in plan.sprints:
            after = (*before, number)
            yield Change(_NAMES[SPRINT], SPRINT, *self._sprints(before), *self._sprints(after)), plan.reporter
            before = after

    def _sprints(self, numbers: tuple[int, ...]) -> tuple[str | None, str | None]:
        names = ", ".join(self.world.sprints[number].name for number in numbers)
        return ", ".join(map(str, numbers)) or None, names or None

    def _moves(self, plan: Plan) -> Iterable[tuple[Change, str]]:
        statuses = workflow_of(self.project)
        reached = next(place for place, status in enumerate(statuses) if status.name == plan.status)
        for old, new in pairwise(statuses[: reached + 1]):
            yield status_change(old, new), plan.assignee or plan.reporter

    def comment(
        self, key: str, author: str, text: RichText | str, *, days_ago: float, role: str | None = None
    ) -> None:
        """Add a comment to an issue, for everybody who sees it or for one role."""
        issue, at = self.made[key], self.day - timedelta(days=days_ago) + timedelta(hours=15)
        number = f"{issue.id}{50 + len(issue.comments)}"
        body = RichText(text) if isinstance(text, str) else text
        issue.comments[number] = Comment(number, author, body, at, author, at, role)
        issue.updated_at = max(issue.updated_at, at)


def status_change(old: Status, new: Status) -> Change:
    """Return the entry that a move from one status to another leaves in a history."""
    return Change("status", "status", old.id, old.name, new.id, new.name)
