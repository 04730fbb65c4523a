"""One issue as its page shows it: plain, frozen values."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils.safestring import SafeString

from ownkey.workspace.jira.issues import Card, Link
from ownkey.workspace.jira.values import Someone, Status

PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What a browser may show as a picture; SVG and everything else is downloaded."""
PLAIN_TEXT: Final = "text/plain"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment.

    Attributes:
        author: Who wrote it.
        at: When.
        body: Its text, as HTML that is safe.
        seen_by: The role or group that alone sees it; empty for everybody who sees the issue.
    """

    author: Someone | None
    at: datetime | None
    body: SafeString
    seen_by: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one field.

    Attributes:
        author: Who changed it.
        at: When.
        field: Which field.
        before: What stood there; empty if nothing did.
        after: What stands there since.
    """

    author: Someone | None
    at: datetime | None
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attached file.

    Attributes:
        id: Jira's id.
        name: Its name.
        size: How large it is, in bytes.
        kind: Its media type, as Jira says.
        author: Who attached it.
        at: When.
        has_thumbnail: Whether Jira has a small picture of it.
    """

    id: str
    name: str
    size: int
    kind: str
    author: Someone | None
    at: datetime | None
    has_thumbnail: bool

    @property
    def can_be_looked_at(self) -> bool:
        """Whether a browser may show it: a plain picture, or plain text."""
        return self.kind in PICTURES or self.kind == PLAIN_TEXT


@dataclass(frozen=True, slots=True)
class Work:
    """An entry of the work log."""

    author: Someone | None
    at: datetime | None
    spent: str
    words: str


@dataclass(frozen=True, slots=True)
class SubTask:
    """A sub-task, or an issue below an epic."""

    key: str
    summary: str
    status: Status


@dataclass(frozen=True, slots=True)
class Page:
    """A page elsewhere that the issue links to."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class IssueView:
    """An issue.

    Attributes:
        card: What lists show of it.
        description: Its description, as HTML that is safe.
        project: The name of its project.
        is_archived: Whether it, or its project, is archived.
        reporter: Who reported it.
        created: When.
        due: Its due date.
        components: The names of its components.
        versions: The names of its fix versions.
        sprints: The names of its sprints.
        watchers: How many watch it.
        watched_by: Who does, where Jira tells.
        votes: How many voted for it.
        voted_by: Who did, where Jira tells.
        comments: The newest, oldest first.
        comments_left_out: How many older ones there are.
        newer_left_out: How many newer ones there are.
        changes: The newest first.
        changes_left_out: How many older ones there are.
        attachments: Its files.
        work: Its work log.
        work_in_all: The sum of it, in words; empty for none.
        sub_tasks: What lies below it.
        links: Its links to other issues.
        pages: Its links elsewhere.
        further: Further fields that hold something: name and text.
        troubles: What could not be read, in sentences.
    """

    card: Card
    description: SafeString
    project: str
    is_archived: bool
    reporter: Someone | None
    created: datetime | None
    due: date | None
    components: tuple[str, ...]
    versions: tuple[str, ...]
    sprints: tuple[str, ...]
    watchers: int
    watched_by: tuple[Someone, ...]
    votes: int
    voted_by: tuple[Someone, ...]
    comments: tuple[Comment, ...]
    comments_left_out: int
    newer_left_out: int
    changes: tuple[Change, ...]
    changes_left_out: int
    attachments: tuple[Attachment, ...]
    work: tuple[Work, ...]
    work_in_all: str
    sub_tasks: tuple[SubTask, ...]
    links: tuple[Link, ...]
    pages: tuple[Page, ...]
    further: tuple[tuple[str, str], ...]
    troubles: tuple[str, ...] = ()

    @property
    def older_start(self) -> int:
        """How many of the newest comments the next page passes over."""
        return self.newer_left_out + len(self.comments)
