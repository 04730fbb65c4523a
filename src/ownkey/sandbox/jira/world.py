"""Everything that is in the pretend Jira, as values that change, and the record of each change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.jira.assets_data import Assets
    from ownkey.sandbox.people import Person


@dataclass(slots=True)
class Project:
    """A Jira project."""

    id: str
    key: str
    name: str
    lead: str


@dataclass(slots=True)
class Comment:
    """A comment on an issue; people are named by their e-mail address throughout."""

    id: str
    author: str
    text: str
    created_at: datetime


@dataclass(slots=True)
class Attachment:
    """A file on an issue."""

    id: str
    issue_id: str
    author: str
    filename: str
    media_type: str
    content: bytes
    created_at: datetime


@dataclass(slots=True)
class Issue:
    """An issue; an epic is an issue whose type says so. `epic_id` is the epic it belongs to."""

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
    epic_id: str | None = None
    sprint_id: int | None = None
    version_ids: list[str] = field(default_factory=list)
    comments: dict[str, Comment] = field(default_factory=dict)
    epic_color: str = "color_1"
    epic_done: bool = False


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


@dataclass(slots=True)
class Version:
    """A version of a project."""

    id: str
    project_id: str
    name: str
    is_released: bool = False
    description: str = ""


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


@dataclass(slots=True)
class World:
    """The whole of the pretend Jira. Whoever changes it calls `record`; `fingerprint` shows who forgot."""

    people: dict[str, Person]
    assets: Assets
    projects: dict[str, Project] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    boards: dict[int, Board] = field(default_factory=dict)
    sprints: dict[int, Sprint] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    avatars: dict[str, Avatar] = field(default_factory=dict)
    builds: dict[tuple[str, int], Build] = field(default_factory=dict)
    next_id: int = 20_000
    effects: list[Effect] = field(default_factory=list)

    def new_id(self) -> str:
        """Return an id that nothing here has had before."""
        self.next_id += 1
        return str(self.next_id)

    def record(self, at: datetime, actor: Person, action: str, subject: str) -> None:
        """Note a change of state."""
        self.effects.append(Effect(at, actor.email, action, subject))

    def fingerprint(self) -> str:
        """Return a digest of all state but the record: equal before and after means that nothing changed."""
        state = [(item.name, getattr(self, item.name)) for item in fields(self) if item.name != "effects"]
        return hashlib.sha256(repr(state).encode()).hexdigest()

    def issue(self, id_or_key: str) -> Issue | None:
        """Return an issue by its id or, in any case, its key."""
        found = self.issues.get(id_or_key)
        return found or next(
            (issue for issue in self.issues.values() if issue.key == id_or_key.upper()), None
        )

    def epic(self, id_or_key: str) -> Issue | None:
        """Return an epic by its id or key."""
        found = self.issue(id_or_key)
        return found if found is not None and found.issue_type == "Epic" else None

    def project(self, id_or_key: str) -> Project | None:
        """Return a project by its id or, in any case, its key."""
        found = self.projects.get(id_or_key)
        return found or next((item for item in self.projects.values() if item.key == id_or_key.upper()), None)

    def board(self, board_id: str) -> Board | None:
        """Return a board by its id in digits."""
        return self.boards.get(int(board_id)) if board_id.isdecimal() and len(board_id) < 19 else None

    def sprint(self, sprint_id: str) -> Sprint | None:
        """Return a sprint by its id in digits."""
        return self.sprints.get(int(sprint_id)) if sprint_id.isdecimal() and len(sprint_id) < 19 else None

    def person(self, account_id: str) -> Person | None:
        """Return a person by their Atlassian account id."""
        return next((person for person in self.people.values() if person.account_id == account_id), None)
