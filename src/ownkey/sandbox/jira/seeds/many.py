"""Many issues, on request: their names, people and histories follow from their numbers, so all runs agree."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ownkey.sandbox.jira.entities import STORY_POINTS, Board, IssueLink, Project, Sprint
from ownkey.sandbox.jira.schemes import PRIORITIES, workflow_of
from ownkey.sandbox.jira.seeds.builder import ADA, BO, GRACE, Builder, Plan

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.jira.entities import Issue
    from ownkey.sandbox.jira.world import World

MOST = 10_000
KEY, _PROJECT, _BOARD, _FIRST_SPRINT = "MANY", "10008", 9, 101
_SPRINTS = ("closed", "closed", "active", "future", "future")
_VERBS = (
    "Count",
    "Paint",
    "Order",
    "Repair",
    "Measure",
    "Photograph",
    "Label",
    "Return",
    "Weigh",
    "Test",
    "Pack",
)
_THINGS = (
    "the chairs", "the curtains", "the tickets", "the spotlights", "the cables", "the posters", "the doors",
    "the programmes", "the microphones", "the costumes", "the ladders", "the drums", "the signs",
)  # fmt: skip
_PEOPLE = (ADA, BO, GRACE, None)
_POINTS = (1.0, 2.0, 3.0, 5.0, 8.0, None)
_LABELS = ("front", "back", "left", "right")
_EPIC_EVERY, _SUBTASK_EVERY, _FLAG_EVERY, _LINK_EVERY, _DUE_EVERY = 50, 10, 40, 25, 7


def add_many(
    world: World, count: int, now: datetime, *, key: str = KEY, status: str | None = None
) -> list[Issue]:
    """Add issues to a project and return them; the project MANY is made when it is first filled.

    They are epics, stories, tasks, bugs and subtasks, in sprints where the project has any; with `status`,
    they are all cards of one column and in no sprint that is over.
    """
    if not count:
        return []
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    project = world.project(key) or _made_project(world, day)
    taken = [int(one.key.rpartition("-")[2]) for one in world.issues.values() if one.project_id == project.id]
    builder = Builder(world, project, day, world.next_id, first_number=max(taken, default=0) + 1)
    world.next_id += count
    sprints = _sprints_of(world, project)
    made = [builder.add(_plan(builder, place, sprints, status)) for place in range(count)]
    _link(world, made)
    return made


def count_of_many(world: World) -> int:
    """Return how many issues the project MANY has."""
    return sum(issue.project_id == _PROJECT for issue in world.issues.values())


def _made_project(world: World, day: datetime) -> Project:
    project = Project(_PROJECT, KEY, "Many things to do", GRACE, points_field=STORY_POINTS)
    world.projects[_PROJECT] = project
    world.boards[_BOARD] = Board(_BOARD, f"{KEY} board", _PROJECT)
    for place, state in enumerate(_SPRINTS):
        number, first = _FIRST_SPRINT + place, day + timedelta(days=14 * (place - 2) - 5)
        start, end = (f"{first + timedelta(days=n):%Y-%m-%dT09:00:00.000Z}" for n in (0, 14))
        completed = end if state == "closed" else None
        name = f"{KEY} Sprint {place + 1}"
        world.sprints[number] = Sprint(number, _BOARD, name, state, "", start, end, completed)
    return project


def _sprints_of(world: World, project: Project) -> dict[str, list[int]]:
    """Return the sprints of a project's boards by their state."""
    boards = {board.id for board in world.boards.values() if board.project_id == project.id}
    found: dict[str, list[int]] = {"closed": [], "active": [], "future": []}
    for sprint in world.sprints.values():
        if sprint.board_id in boards:
            found[sprint.state].append(sprint.id)
    return found


def _plan(builder: Builder, place: int, sprints: dict[str, list[int]], status: str | None) -> Plan:
    statuses = [one.name for one in workflow_of(builder.project)]
    plan = Plan(
        _kind(place) if status is None else ("Story", "Task", "Bug")[place % 3],
        f"{_VERBS[place % len(_VERBS)]} {_THINGS[place % len(_THINGS)]} ({builder.first_number + place})",
        status or statuses[(place * 7 + place // 4) % len(statuses)],
        reporter=(ADA, BO, GRACE)[place % 3],
        assignee=_PEOPLE[(place // 3) % len(_PEOPLE)],
        priority=PRIORITIES[(place * 3) % len(PRIORITIES)],
        age_days=20 + place % 60,
        moved_days=place % 20,
        labels=(_LABELS[place % len(_LABELS)],) if place % 2 else (),
        points=_POINTS[(place * 5) % len(_POINTS)],
        is_flagged=place % _FLAG_EVERY == _FLAG_EVERY - 1,
        due_in_days=place % 30 - 10 if place % _DUE_EVERY == 0 else None,
    )
    if plan.kind == "Epic":
        plan.points = None
        return plan
    plan.parent = _parent(builder, place, plan.kind) if status is None else None
    if plan.kind != "Subtask":
        plan.sprints = _sprint(
            sprints, place, is_done=plan.status == statuses[-1], is_column=status is not None
        )
    return plan


def _kind(place: int) -> str:
    if place % _EPIC_EVERY == 0:
        return "Epic"
    if place % _SUBTASK_EVERY == _SUBTASK_EVERY - 1:
        return "Subtask"
    return ("Story", "Task", "Bug")[place % 3]


def _parent(builder: Builder, place: int, kind: str) -> str:
    """Return the key of the epic, or for a subtask of the issue before it, under which an issue hangs."""
    before = 1 if kind == "Subtask" else place % _EPIC_EVERY
    return f"{builder.project.key}-{builder.first_number + place - before}"


def _sprint(sprints: dict[str, list[int]], place: int, *, is_done: bool, is_column: bool) -> tuple[int, ...]:
    """Return the sprints of an issue: done in a closed one, under way in the active one, or waiting."""
    if is_column:
        return tuple(sprints["active"][:1])
    closed, active, future = sprints["closed"], sprints["active"], sprints["future"]
    if is_done and closed and place % 3:
        return (closed[place % len(closed)],)
    waiting = [*active, *future]
    return (waiting[place % len(waiting)],) if waiting and place % 4 else ()


def _link(world: World, made: list[Issue]) -> None:
    """Let every twenty-fifth issue block the one after the next."""
    for first, second in zip(made[::_LINK_EVERY], made[2::_LINK_EVERY], strict=False):
        number = world.new_id()
        world.links[number] = IssueLink(number, "Blocks", first.id, second.id)
