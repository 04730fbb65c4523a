"""What a board says of itself, where the person's scopes open that: its issues, columns and estimate.

It is better than any rule. The planning profile opens none of it; *Planning, complete* does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ownkey.workspace.jira.asking import Jira, Query
from ownkey.workspace.jira.expected import list_in, object_in
from ownkey.workspace.jira.issues import IDS_AT_ONCE, Found
from ownkey.workspace.jira.remembered import remembered
from ownkey.workspace.jira.uses import BOARD_CONFIGURATION, BOARD_ISSUES
from ownkey.workspace.jira.values import id_of, list_of, mapping_of, text_of

NO_COLUMN: Final = "In no column of the board"


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column as it is set up in Jira.

    Attributes:
        name: Its name.
        status_ids: The statuses whose issues stand in it.
    """

    name: str
    status_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetUp:
    """How a board is set up in Jira; empty where its scopes are not there or Jira says nothing.

    Attributes:
        columns: Its columns, in order.
        points_field: The field that holds the estimate.
    """

    columns: tuple[OwnColumn, ...] = ()
    points_field: str = ""


async def set_up_of(jira: Jira, board_id: str) -> SetUp:
    """Return how a board is set up; remembered for a while. Nothing is asked where the scopes do not open it.

    Raises:
        JiraTroubleError: there is no answer.
    """
    parts = {"boardId": board_id}
    if not await jira.may(BOARD_CONFIGURATION, parts):
        return SetUp()

    async def ask() -> SetUp:
        return _set_up(object_in(await jira.json(BOARD_CONFIGURATION, parts)))

    return await remembered(jira.means, f"set-up of board {board_id}", ask)


async def own_ids(jira: Jira, board_id: str, jql: str, *, most: int) -> Found:
    """Return the ids of a board's own issues that a query narrows, in their rank.

    Raises:
        JiraTroubleError: there is no answer, or Jira does not understand the query.
    """
    ids: list[str] = []
    token: str | None = None
    while len(ids) < most:
        size = min(IDS_AT_ONCE, most - len(ids))
        query: Query = {"jql": jql, "fields": "id", "maxResults": size, "nextPageToken": token}
        answer = object_in(await jira.json(BOARD_ISSUES, {"boardId": board_id}, query=query))
        issues = list_in(answer, "issues")
        ids += filter(None, (text_of(issue, "id") for issue in issues))
        token = text_of(answer, "nextPageToken") or None
        if token is None or not issues:
            return Found(tuple(ids), is_all=True)
    return Found(tuple(ids), is_all=False)


def _set_up(answer: Mapping[str, Any]) -> SetUp:
    columns = tuple(
        OwnColumn(text_of(each, "name"), _ids(list_of(each.get("statuses"))))
        for each in list_of(mapping_of(answer.get("columnConfig")).get("columns"))
    )
    return SetUp(columns, text_of(answer, "estimation", "field", "fieldId"))


def _ids(values: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(filter(None, (id_of(each.get("id")) for each in values)))
