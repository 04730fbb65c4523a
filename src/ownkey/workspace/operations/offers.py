"""What a person is offered where a parameter is typed: their recent projects, boards and issues."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ownkey.workspace.boards.listing import board_page
from ownkey.workspace.jira.asking import Jira, together
from ownkey.workspace.jira.expected import list_in
from ownkey.workspace.jira.remembered import remembered
from ownkey.workspace.jira.trouble import JiraTroubleError
from ownkey.workspace.jira.uses import RECENT_PROJECTS
from ownkey.workspace.jira.values import text_of

MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """One value that a person may mean.

    Attributes:
        value: What is filled in.
        label: What it is.
    """

    value: str
    label: str


async def offers_for(
    jira: Jira, names: Iterable[str], issues: tuple[str, ...]
) -> Mapping[str, tuple[Offer, ...]]:
    """Return what is offered for some parameters, by their names; nothing for those that nothing is known of.

    Args:
        jira: Jira, as the person.
        names: The parameters' names.
        issues: The keys of the issues that the person opened last.
    """
    wanted = {name: source for name in names if (source := _SOURCES.get(name))}
    asked = await together(*(_known(jira, source) for source in wanted.values()))
    found = dict(zip(wanted, asked, strict=True))
    keys = tuple(Offer(key, "opened lately") for key in issues)
    return found | {name: keys for name in names if name in _ISSUES and keys}


_Source = Callable[[Jira], Awaitable[tuple[Offer, ...]]]


async def _known(jira: Jira, source: _Source) -> tuple[Offer, ...]:
    """Return what a source offers; an offer is a courtesy, so a trouble with it is none of the page's."""
    try:
        return await remembered(jira.means, f"offers {source.__name__}", lambda: source(jira))
    except JiraTroubleError:
        return ()


async def _projects(jira: Jira) -> tuple[Offer, ...]:
    answer = list_in(await jira.json(RECENT_PROJECTS))
    return tuple(Offer(text_of(each, "key"), text_of(each, "name")) for each in answer[:MOST])


async def _boards(jira: Jira) -> tuple[Offer, ...]:
    boards = (await board_page(jira)).boards
    return tuple(Offer(board.id, board.name) for board in boards[:MOST])


_ISSUES: Final = frozenset({"issueIdOrKey", "issueKey", "issueId"})
_SOURCES: Final[Mapping[str, _Source]] = {
    "projectIdOrKey": _projects,
    "projectKeyOrId": _projects,
    "projectKey": _projects,
    "boardId": _boards,
}
