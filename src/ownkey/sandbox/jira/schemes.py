"""Issue types, statuses, priorities and link types: shared, or a team-managed project's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ownkey.sandbox.jira.entities import Project


@dataclass(frozen=True, slots=True)
class IssueType:
    """A type of issue; `level` is its place in the hierarchy, epics being 1 and subtasks -1.

    `project_id` is the one team-managed project that it belongs to.
    """

    id: str
    name: str
    level: int
    description: str
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A status of a workflow, and the transition that leads to it from everywhere.

    `project_id` is the one team-managed project that it belongs to.
    """

    id: str
    name: str
    category: str
    transition_id: str
    transition_name: str
    project_id: str | None = None


@dataclass(frozen=True, slots=True)
class LinkType:
    """A way in which two issues can be linked."""

    id: str
    name: str
    inward: str
    outward: str


Thing = TypeVar("Thing", IssueType, Status)

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
_IN_REVIEW = Status("10003", "In Review", "indeterminate", "41", "Ask for a review")
_SELECTED = Status("10004", "Selected for Development", "new", "51", "Select")
# In the order in which work goes through them; a project names its workflow.
WORKFLOWS: Mapping[str, tuple[Status, ...]] = {
    "simple": STATUSES,
    "review": (STATUSES[0], STATUSES[1], _IN_REVIEW, STATUSES[2]),
    "kanban": (STATUSES[0], _SELECTED, STATUSES[1], STATUSES[2]),
}
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
RESOLUTION = ("10000", "Done", "Work has been completed on this issue.")
LINK_TYPES = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Cloners", "is cloned by", "clones"),
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
)


def workflow_of(project: Project) -> tuple[Status, ...]:
    """Return a project's statuses, in the order in which work goes through them."""
    return (
        _own_statuses(project.id, project.workflow)
        if project.is_team_managed
        else WORKFLOWS[project.workflow]
    )


def types_of(project: Project) -> tuple[IssueType, ...]:
    """Return the types that a project's issues have."""
    return _own_types(project.id) if project.is_team_managed else ISSUE_TYPES


@cache
def _own_statuses(project_id: str, workflow: str) -> tuple[Status, ...]:
    first = 11_000 + 10 * (int(project_id) % 1000)
    statuses = enumerate(WORKFLOWS[workflow])
    return tuple(replace(one, id=str(first + place), project_id=project_id) for place, one in statuses)


@cache
def _own_types(project_id: str) -> tuple[IssueType, ...]:
    first = 21_000 + 10 * (int(project_id) % 1000)
    types = enumerate(ISSUE_TYPES)
    return tuple(replace(one, id=str(first + place), project_id=project_id) for place, one in types)


def all_statuses(projects: Iterable[Project]) -> list[Status]:
    """Return every status once: those that are shared, and the own ones of some projects."""
    return [
        *_shared_statuses(),
        *(status for project in _team_managed(projects) for status in workflow_of(project)),
    ]


def all_types(projects: Iterable[Project]) -> list[IssueType]:
    """Return every issue type once: those that are shared, and the own ones of some projects."""
    return [*ISSUE_TYPES, *(kind for project in _team_managed(projects) for kind in types_of(project))]


def _shared_statuses() -> tuple[Status, ...]:
    return tuple(dict.fromkeys(status for workflow in WORKFLOWS.values() for status in workflow))


def _team_managed(projects: Iterable[Project]) -> Iterator[Project]:
    return (project for project in projects if project.is_team_managed)


def called(things: Iterable[Thing], name_or_id: str) -> Thing | None:
    """Return the issue type or status with a name, in any case, or an id."""
    wanted = name_or_id.casefold()
    return next((one for one in things if wanted in (one.id, one.name.casefold())), None)


def priority_called(name_or_id: str) -> str | None:
    """Return a priority's name by that name, in any case, or its id: 1 for the highest."""
    if name_or_id in ("1", "2", "3", "4", "5"):
        return PRIORITIES[int(name_or_id) - 1]
    return next((name for name in PRIORITIES if name.casefold() == name_or_id.casefold()), None)


def link_type_called(name_or_id: str) -> LinkType | None:
    """Return a link type by its name, in any case, or its id."""
    wanted = name_or_id.casefold()
    return next((kind for kind in LINK_TYPES if wanted in (kind.id, kind.name.casefold())), None)


def status_in(project: Project, name: str) -> Status:
    """Return the status of a project's workflow that an issue is in, by its name."""
    return called(workflow_of(project), name) or workflow_of(project)[0]


def type_in(project: Project, name: str) -> IssueType:
    """Return the type that an issue of a project has, by its name."""
    return called(types_of(project), name) or types_of(project)[0]
