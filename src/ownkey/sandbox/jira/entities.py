"""The things that are in the pretend Jira. People are named by their e-mail address throughout."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.content import Content
    from ownkey.sandbox.jira.issue.text import RichText

# The fields that hold story points: Jira has made two of them, and a project uses one.
POINTS, STORY_POINTS = "customfield_10016", "customfield_10028"


@dataclass(slots=True)
class Project:
    """A Jira project. `style` is classic (company-managed) or next-gen (team-managed).

    `access` has the people of each role (`ownkey.sandbox.jira.access`); without it, everybody is a member.
    """

    id: str
    key: str
    name: str
    lead: str
    description: str = ""
    style: str = "classic"
    workflow: str = "simple"
    points_field: str = POINTS
    access: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_archived: bool = False
    former_keys: tuple[str, ...] = ()

    @property
    def is_team_managed(self) -> bool:
        """Whether the team keeps its own types and statuses: Jira calls that next-gen, or simplified."""
        return self.style == "next-gen"


@dataclass(frozen=True, slots=True)
class SecurityLevel:
    """A security level of a project: people in one of its roles, or named, see the issues that have it."""

    id: str
    project_id: str
    name: str
    description: str = ""
    roles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(slots=True)
class Component:
    """A component of a project."""

    id: str
    project_id: str
    name: str
    description: str = ""


@dataclass(slots=True)
class Version:
    """A version of a project."""

    id: str
    project_id: str
    name: str
    is_released: bool = False
    is_archived: bool = False
    description: str = ""
    start_date: str | None = None
    release_date: str | None = None


@dataclass(slots=True)
class Comment:
    """A comment on an issue; `visible_to` is the one project role whose people see it."""

    id: str
    author: str
    text: RichText
    created_at: datetime
    update_author: str
    updated_at: datetime
    visible_to: str | None = None


@dataclass(slots=True)
class Attachment:
    """A file on an issue; `media_id` is its name at the media host."""

    id: str
    media_id: str
    issue_id: str
    author: str
    filename: str
    media_type: str
    content: Content
    created_at: datetime


@dataclass(slots=True)
class Worklog:
    """Time that somebody spent on an issue."""

    id: str
    author: str
    seconds: int
    text: RichText | None
    started_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change: its name and id, and the values as Jira keeps them and as it shows them."""

    field: str
    field_id: str
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None


@dataclass(frozen=True, slots=True)
class History:
    """What one person changed on an issue at one moment."""

    id: str
    author: str
    at: datetime
    changes: tuple[Change, ...]


@dataclass(slots=True)
class Issue:
    """An issue; an epic is an issue whose type says so. `parent_id` is the epic or issue it belongs to."""

    id: str
    key: str
    project_id: str
    issue_type: str
    summary: str
    status: str
    reporter: str
    created_at: datetime
    updated_at: datetime
    assignee: str | None = None
    parent_id: str | None = None
    sprint_id: int | None = None
    description: RichText | None = None
    priority: str = "Medium"
    labels: tuple[str, ...] = ()
    component_ids: tuple[str, ...] = ()
    version_ids: tuple[str, ...] = ()
    affects_ids: tuple[str, ...] = ()
    due: str | None = None
    points: float | None = None
    resolved_at: datetime | None = None
    creator: str = ""
    comments: dict[str, Comment] = field(default_factory=dict)
    worklogs: dict[str, Worklog] = field(default_factory=dict)
    histories: list[History] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)
    epic_color: str = "color_1"
    epic_done: bool = False
    past_sprint_ids: tuple[int, ...] = ()
    is_flagged: bool = False
    security_id: str | None = None
    voters: list[str] = field(default_factory=list)

    def copy(self) -> Issue:
        """Return a copy that no change of this issue reaches."""
        return replace(self, **{name: copy(getattr(self, name)) for name in _HELD})


# What hangs on an issue, and is added to it in place.
_HELD = ("comments", "worklogs", "histories", "watchers", "voters")


@dataclass(frozen=True, slots=True)
class IssueLink:
    """A link between two issues, read from the inward one: it blocks the outward one, for example."""

    id: str
    type_name: str
    inward_id: str
    outward_id: str


@dataclass(frozen=True, slots=True)
class RemoteLink:
    """A link from an issue to a page elsewhere."""

    id: str
    issue_id: str
    url: str
    title: str
    summary: str = ""
    relationship: str = ""
    application: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a board: the names of its statuses, and how few and how many issues it should hold."""

    name: str
    statuses: tuple[str, ...]
    least: int | None = None
    most: int | None = None


@dataclass(slots=True)
class Board:
    """A board and its properties; `kind` is scrum, kanban, or simple for one of a team-managed project.

    Without `columns`, each status of its project has one.
    """

    id: int
    name: str
    project_id: str
    properties: dict[str, object] = field(default_factory=dict)
    kind: str = "scrum"
    has_sprints: bool = True
    filter_id: str | None = None
    columns: tuple[Column, ...] = ()
    sub_query: str = ""
    quick_filters: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Filter:
    """A search that a person has saved. It is shared with everybody, or with the people of one project."""

    id: str
    name: str
    owner: str
    jql: str
    description: str = ""
    is_shared: bool = False
    shared_project_id: str | None = None
    favourite_of: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Sprint:
    """A sprint of a board; `state` is future, active or closed."""

    id: int
    board_id: int
    name: str
    state: str
    goal: str = ""
    start: str | None = None
    end: str | None = None
    completed: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of state: who did what to what."""

    at: datetime
    actor: str
    action: str
    subject: str
