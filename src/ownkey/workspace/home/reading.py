"""What changed since a person last looked, by whom; and what is open and theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ownkey.workspace.jira.asking import Jira, together
from ownkey.workspace.jira.expected import list_in, object_in
from ownkey.workspace.jira.fields import Fields, fields_of
from ownkey.workspace.jira.issues import MY_OPEN_ISSUES, Card, found_cards
from ownkey.workspace.jira.remembered import remembered
from ownkey.workspace.jira.uses import CHANGELOGS, MYSELF
from ownkey.workspace.jira.values import Someone, list_of, moment_of, someone_of, text_of

MOST_OPEN: Final = 30
MOST_CHANGED: Final = 50
MOST_LINES: Final = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One change, in the words of a line.

    Attributes:
        card: The issue.
        words: What was changed.
        at: When.
    """

    card: Card
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ByPerson:
    """What one person changed.

    Attributes:
        person: Who; None where Jira names nobody.
        lines: The newest of their changes.
        count: How many there are.
    """

    person: Someone | None
    lines: tuple[Line, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """The person's open issues in one status."""

    name: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class HomeView:
    """What *Home* shows of one ALM account.

    Attributes:
        changes: Those of other people, by person, the latest first.
        change_count: How many changes there are.
        groups: My open issues, by status.
        open_count: How many there are, at most as many as were asked for.
        is_all: Whether these are all.
    """

    changes: tuple[ByPerson, ...]
    change_count: int
    groups: tuple[Group, ...]
    open_count: int
    is_all: bool


async def read_home(jira: Jira, since: datetime) -> HomeView:
    """Return what changed since a moment and what is open and mine; two rounds of calls.

    Raises:
        JiraTroubleError: there is no answer.
    """
    fields, own_id = await together(fields_of(jira), own_account_id(jira))
    mine, changed = await together(
        found_cards(jira, MY_OPEN_ISSUES, fields, most=MOST_OPEN),
        _changed(jira, fields, since),
    )
    by_person = await _by_person(jira, changed, since, own_id) if changed else ()
    return HomeView(
        changes=by_person,
        change_count=sum(each.count for each in by_person),
        groups=_groups(mine.cards),
        open_count=len(mine.cards),
        is_all=len(mine.cards) < MOST_OPEN,
    )


async def _changed(jira: Jira, fields: Fields, since: datetime) -> tuple[Card, ...]:
    """Return the issues that changed; JQL knows minutes, so the changes themselves are compared later."""
    minutes = max(int((datetime.now(UTC) - since).total_seconds() // 60) + 1, 1)
    query = f"updated >= -{minutes}m ORDER BY updated DESC"
    return (await found_cards(jira, query, fields, most=MOST_CHANGED)).cards


async def own_account_id(jira: Jira) -> str:
    """Return Jira's id of the person who asks; remembered.

    Raises:
        JiraTroubleError: there is no answer.
    """

    async def ask() -> str:
        return text_of(object_in(await jira.json(MYSELF)), "accountId")

    return await remembered(jira.means, "own account id", ask)


async def _by_person(jira: Jira, cards: Sequence[Card], since: datetime, own_id: str) -> tuple[ByPerson, ...]:
    """Return the changes of everybody else, by person."""
    by_id = {card.id: card for card in cards}
    document = {"issueIdsOrKeys": list(by_id), "maxResults": 1_000}
    answer = await jira.json(CHANGELOGS, document=document)
    found: dict[str, tuple[Someone | None, list[Line]]] = {}
    for log in list_in(answer, "issueChangeLogs"):
        card = by_id.get(text_of(log, "issueId"))
        for history in list_of(log.get("changeHistories")):
            at = moment_of(history.get("created"))
            if card is None or at is None or at < since:
                continue
            person = someone_of(history.get("author"))
            if person is not None and person.account_id == own_id:
                continue
            lines = found.setdefault(person.account_id if person else "", (person, []))[1]
            lines += [Line(card, words_of(item), at) for item in list_of(history.get("items"))]
    people = [
        ByPerson(
            person, tuple(sorted(lines, key=lambda line: line.at, reverse=True)[:MOST_LINES]), len(lines)
        )
        for person, lines in found.values()
        if lines
    ]
    return tuple(sorted(people, key=lambda each: each.lines[0].at, reverse=True))


def words_of(item: Mapping[str, Any]) -> str:
    """Return what a change did, in a few words."""
    field, after = text_of(item, "field"), text_of(item, "toString")
    match field.casefold():
        case "status":
            return f"is now {after}"
        case "assignee":
            return f"was assigned to {after}" if after else "was taken from its assignee"
        case "sprint":
            return f"was moved to {after}" if after else "was taken out of its sprint"
        case "summary" | "description" | "comment":
            return f"has another {field}"
        case _:
            return f"has {field} {after}"[:120] if after else f"has no {field} any more"


def _groups(cards: Sequence[Card]) -> tuple[Group, ...]:
    by_status: dict[str, list[Card]] = {}
    for card in cards:
        by_status.setdefault(card.status.name, []).append(card)
    return tuple(Group(name, tuple(own)) for name, own in by_status.items())
