"""The boards of a Jira, as its list tells of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ownkey.workspace.jira.asking import Jira
from ownkey.workspace.jira.paging import value_page
from ownkey.workspace.jira.remembered import remember
from ownkey.workspace.jira.uses import BOARDS
from ownkey.workspace.jira.values import id_of, mapping_of, text_of


@dataclass(frozen=True, slots=True)
class Board:
    """One board.

    Attributes:
        id: Jira's id.
        name: Its name.
        kind: `scrum`, `kanban` or `simple`.
        project_key: The key of the project where it stands; empty if Jira names none.
        project_name: The project's name.
    """

    id: str
    name: str
    kind: str
    project_key: str = ""
    project_name: str = ""


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
    """Return one page of boards, and remember each.

    Raises:
        JiraTroubleError: there is no answer.
    """
    page = await value_page(jira, BOARDS, {"name": name or None}, start=start)
    found = (board for board in map(board_of, page.values) if board.id.isdecimal())
    boards = tuple(board for board in found if not jira.leaves_out(board.project_key))
    for board in boards:
        remember(jira.means, f"board {board.id}", board)
    return BoardsFound(boards, page.next_start)


def board_of(value: Mapping[str, Any]) -> Board:
    """Return a board from its entry in Jira's list; without an id if the entry has none."""
    location = mapping_of(value.get("location"))
    return Board(
        id=id_of(value.get("id")),
        name=text_of(value, "name"),
        kind=text_of(value, "type"),
        project_key=text_of(location, "projectKey"),
        project_name=text_of(location, "projectName") or text_of(location, "displayName"),
    )
