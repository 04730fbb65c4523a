"""What is on a board: the issues that its filter finds, in the statuses of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ownkey.sandbox.jira.entities import Column
from ownkey.sandbox.jira.schemes import workflow_of
from ownkey.sandbox.jira.searching.jql import parse
from ownkey.sandbox.jira.searching.jql_tree import Both, Clause, Condition, Literal
from ownkey.sandbox.jira.searching.matching import matching

if TYPE_CHECKING:
    from ownkey.sandbox.jira.call import Call
    from ownkey.sandbox.jira.entities import Board, Issue
    from ownkey.sandbox.jira.world import World


def columns_of(world: World, board: Board) -> tuple[Column, ...]:
    """Return a board's columns; without own ones, each status of its project has one."""
    statuses = workflow_of(world.projects[board.project_id])
    return board.columns or tuple(Column(status.name, (status.name,)) for status in statuses)


def jql_of(world: World, board: Board) -> str:
    """Return the query of a board's filter; without a filter, it shows its project."""
    held = world.filters.get(board.filter_id or "")
    return f"project = {world.projects[board.project_id].key} ORDER BY Rank ASC" if held is None else held.jql


def board_issues(call: Call, board: Board) -> list[Issue]:
    """Return the issues on a board, the highest-ranked first; epics are not on boards that have sprints."""
    names = {name for column in columns_of(call.world, board) for name in column.statuses}
    return [
        issue
        for issue in matching(call, jql_of(call.world, board), is_saved=True)
        if issue.status in names and not (board.has_sprints and issue.issue_type == "Epic")
    ]


def board_projects(call: Call, board: Board) -> frozenset[str]:
    """Return the ids of the projects to which a board belongs: its own, and those that its filter names."""
    named = _named(parse(jql_of(call.world, board)).clause)
    found = (call.seen.project(name) for name in named)
    return frozenset((board.project_id, *(project.id for project in found if project is not None)))


def _named(clause: Clause | None) -> list[str]:
    """Return the projects to which a query is confined."""
    if isinstance(clause, Both):
        return [name for part in clause.parts for name in _named(part)]
    if isinstance(clause, Condition) and clause.field.lower() == "project" and clause.operator in ("=", "in"):
        return [part.text for part in clause.operands if isinstance(part, Literal) and part.text]
    return []
