"""Everything that is in the pretend Jira, as values that change, and the record of each change."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.entities import Effect
from ownkey.sandbox.jira.searching.index import SearchIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ownkey.sandbox.jira.assets_data import Assets
    from ownkey.sandbox.jira.background_data import Avatar, Build, Task
    from ownkey.sandbox.jira.entities import (
        Attachment,
        Board,
        Component,
        Filter,
        Issue,
        IssueLink,
        Project,
        RemoteLink,
        SecurityLevel,
        Sprint,
        Version,
    )
    from ownkey.sandbox.people import Person

# Where the media host is, what it signs its links with, and what search knows already are how the world is
# shown, not what is in it.
NO_STATE = frozenset(("effects", "media_key", "media_origin", "index"))


def media_key() -> bytes:
    """Return a new key for the media host's links."""
    return secrets.token_bytes(32)


@dataclass(slots=True)
class World:
    """The whole of the pretend Jira. Whoever changes it calls `record`; `fingerprint` shows who forgot."""

    people: dict[str, Person]
    assets: Assets
    projects: dict[str, Project] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    ranking: list[str] = field(default_factory=list)
    links: dict[str, IssueLink] = field(default_factory=dict)
    boards: dict[int, Board] = field(default_factory=dict)
    sprints: dict[int, Sprint] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    avatars: dict[str, Avatar] = field(default_factory=dict)
    builds: dict[tuple[str, int], Build] = field(default_factory=dict)
    filters: dict[str, Filter] = field(default_factory=dict)
    remote_links: dict[str, RemoteLink] = field(default_factory=dict)
    security_levels: dict[str, SecurityLevel] = field(default_factory=dict)
    next_id: int = 20_000
    effects: list[Effect] = field(default_factory=list)
    media_key: bytes = field(default_factory=media_key)
    media_origin: str | None = None
    index: SearchIndex = field(default_factory=SearchIndex)

    def new_id(self) -> str:
        """Return an id that nothing here has had before."""
        self.next_id += 1
        return str(self.next_id)

    def record(self, at: datetime, actor: Person, action: str, subject: str) -> None:
        """Note a change of state."""
        self.effects.append(Effect(at, actor.email, action, subject))

    def fingerprint(self) -> str:
        """Return a digest of all state but the record: equal before and after means that nothing changed."""
        state = [(item.name, getattr(self, item.name)) for item in fields(self) if item.name not in NO_STATE]
        return hashlib.sha256(repr(state).encode()).hexdigest()

    def issue(self, id_or_key: str) -> Issue | None:
        """Return an issue by its id or, in any case, its key."""
        found = self.issues.get(id_or_key)
        return found or next(
            (issue for issue in self.issues.values() if issue.key == id_or_key.upper()), None
        )

    def ranked(self) -> Iterator[Issue]:
        """Return all issues, the highest-ranked first."""
        return (self.issues[issue_id] for issue_id in self.ranking)

    def project(self, id_or_key: str) -> Project | None:
        """Return a project by its id or, in any case, its key or a former one."""
        found, key = self.projects.get(id_or_key), id_or_key.upper()
        others = (item for item in self.projects.values() if key == item.key or key in item.former_keys)
        return found or next(others, None)

    def board(self, board_id: str) -> Board | None:
        """Return a board by its id in digits."""
        return self.boards.get(int(board_id)) if board_id.isdecimal() and len(board_id) < 19 else None

    def sprint(self, sprint_id: str) -> Sprint | None:
        """Return a sprint by its id in digits."""
        return self.sprints.get(int(sprint_id)) if sprint_id.isdecimal() and len(sprint_id) < 19 else None

    def person(self, account_id: str) -> Person | None:
        """Return a person by their Atlassian account id."""
        return next((person for person in self.people.values() if person.account_id == account_id), None)
