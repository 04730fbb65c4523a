"""The boards of a Jira, as its list tells of them."""

from dataclasses import dataclass
from typing import Any, Final

from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.uses import BOARDS

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Board:
    """One board.

    Attributes:
        id: Jira's id.
        name: Its name.
        kind: `scrum`, `kanban` or `simple`.
        project_key: The key of the project where it stands; empty if Jira names none.
        project_name: The project's name.
        project_id: The project's id.
    """

    id: str
    name: str
    kind: str
    project_key: str = ""
    project_name: str = ""
    project_id: str = ""


@dataclass(frozen=True, slots=True)
class BoardsFound:
    """One page of boards.

    Attributes:
        boards: In Jira's order.
        next_start: Where the next page begins, or None.
    """

    boards: tuple[Board, ...]
    next_start: int | None


async def board_page(jira: Jira, *, name: str = "", start: int = 0) -> BoardsFound:
    """Return one page of boards.

    Raises:
        JiraTroubleError: there is no answer.
    """
    query = {"startAt": start, "maxResults": PAGE_SIZE, "name": name or None}
    answer = await jira.json(BOARDS, query=query)
    values = answer.get("values", [])
    boards = tuple(board_of(value) for value in values)
    is_last = answer.get("isLast", True) or not values
    return BoardsFound(boards, None if is_last else start + len(values))


def board_of(value: dict[str, Any]) -> Board:
    """Return a board from its entry in Jira's list."""
    location = value.get("location") or {}
    return Board(
        id=str(value["id"]),
        name=str(value.get("name", "")),
        kind=str(value.get("type", "")),
        project_key=str(location.get("projectKey", "")),
        project_name=str(location.get("projectName", location.get("displayName", ""))),
        project_id=str(location.get("projectId", "")),
    )
