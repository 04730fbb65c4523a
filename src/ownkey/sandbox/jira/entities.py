"""The things that are in the pretend Jira. People are named by their e-mail address throughout."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.content import Content
    from ownkey.sandbox.jira.text import RichText


@dataclass(slots=True)
class Project:
    """A Jira project."""

    id: str
    key: str
    name: str
    lead: str
    description: str = ""


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
    """A comment on an issue."""

    id: str
    author: str
    text: RichText
    created_at: datetime
    update_author: str
    updated_at: datetime


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


@dataclass(frozen=True, slots=True)
class IssueLink:
    """A link between two issues, read from the inward one: it blocks the outward one, for example."""

    id: str
    type_name: str
    inward_id: str
    outward_id: str


@dataclass(slots=True)
class Board:
    """A Scrum board and its properties."""

    id: int
    name: str
    project_id: str
    properties: dict[str, object] = field(default_factory=dict)


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


@dataclass(slots=True)
class Task:
    """A long-running task of the background."""

    id: str
    description: str
    submitted_by: str
    status: str = "RUNNING"


@dataclass(slots=True)
class Avatar:
    """An avatar that somebody uploaded."""

    id: str
    type: str
    owner_id: str


@dataclass(slots=True)
class Build:
    """A build that a build server has told Jira about; removable by its properties."""

    pipeline_id: str
    number: int
    state: str
    issue_keys: tuple[str, ...]
    properties: dict[str, str]


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of state: who did what to what."""

    at: datetime
    actor: str
    action: str
    subject: str
