"""What every project here shares: issue types, statuses and their order, priorities and link types."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IssueType:
    """A type of issue; `level` is its place in the hierarchy, epics being 1 and subtasks -1."""

    id: str
    name: str
    level: int
    description: str


@dataclass(frozen=True, slots=True)
class Status:
    """A status of the workflow, and the transition that leads to it from everywhere."""

    id: str
    name: str
    category: str
    transition_id: str
    transition_name: str


@dataclass(frozen=True, slots=True)
class LinkType:
    """A way in which two issues can be linked."""

    id: str
    name: str
    inward: str
    outward: str


ISSUE_TYPES = (
    IssueType("10000", "Epic", 1, "A big piece of work that is broken down."),
    IssueType("10001", "Story", 0, "Something that somebody wants, told as they would."),
    IssueType("10002", "Task", 0, "A small piece of work."),
    IssueType("10003", "Bug", 0, "Something that does not work as it should."),
    IssueType("10004", "Subtask", -1, "A part of another issue."),
)
# The category's id and colour are Jira's own.
CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
STATUSES = (
    Status("10000", "To Do", "new", "11", "To Do"),
    Status("10001", "In Progress", "indeterminate", "21", "In Progress"),
    Status("10002", "Done", "done", "31", "Done"),
)
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
RESOLUTION = ("10000", "Done", "Work has been completed on this issue.")
LINK_TYPES = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Cloners", "is cloned by", "clones"),
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
)


def issue_type_called(name_or_id: str) -> IssueType | None:
    """Return an issue type by its name, in any case, or its id."""
    wanted = name_or_id.casefold()
    return next((kind for kind in ISSUE_TYPES if wanted in (kind.id, kind.name.casefold())), None)


def status_called(name_or_id: str) -> Status | None:
    """Return a status by its name, in any case, or its id."""
    wanted = name_or_id.casefold()
    return next((status for status in STATUSES if wanted in (status.id, status.name.casefold())), None)


def priority_called(name_or_id: str) -> str | None:
    """Return a priority's name by that name, in any case, or its id: 1 for the highest."""
    if name_or_id in ("1", "2", "3", "4", "5"):
        return PRIORITIES[int(name_or_id) - 1]
    return next((name for name in PRIORITIES if name.casefold() == name_or_id.casefold()), None)


def link_type_called(name_or_id: str) -> LinkType | None:
    """Return a link type by its name, in any case, or its id."""
    wanted = name_or_id.casefold()
    return next((kind for kind in LINK_TYPES if wanted in (kind.id, kind.name.casefold())), None)
