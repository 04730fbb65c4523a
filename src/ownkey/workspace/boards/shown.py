"""A board as its page shows it: filters, lanes, totals, choices."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ownkey.workspace.boards.reading import BoardView, Column
from ownkey.workspace.jira.issues import Card
from ownkey.workspace.jira.values import Someone

AT_ONCE: Final = 200
"""How many cards of a column are shown at once; the others come as they are scrolled to, or by *Next*."""
EPIC_COLOURS: Final = 6
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader chose; empty means everything.

    Attributes:
        text: Words of key, summary or label.
        assignee: An account id, or `none`.
        kind: The name of a type.
        epic: The key of an epic, or `none`.
        jql: A query that is added to the board's.
        lanes: Whether epics are shown as lanes.
        place: The column, or the column of a lane, that does not begin with its first card.
        start: How many of its cards are passed over.
    """

    text: str = ""
    assignee: str = ""
    kind: str = ""
    epic: str = ""
    jql: str = ""
    lanes: bool = False
    place: str = ""
    start: int = 0

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filters":
        """Return the filters that an address names."""
        names = ("text", "assignee", "kind", "epic", "jql", "place")
        given = {name: str(query.get(name, "")).strip()[:1000] for name in names}
        start = str(query.get("start", ""))
        return cls(
            **given,
            lanes=query.get("lanes") == "epics",
            start=int(start) if _NUMBER.fullmatch(start) else 0,
        )

    @property
    def is_any(self) -> bool:
        """Whether the reader chose anything."""
        return bool(self.text or self.assignee or self.kind or self.epic or self.jql)


@dataclass(frozen=True, slots=True)
class Epic:
    """An epic or parent that cards belong to.

    Attributes:
        key: Its key.
        summary: Its summary.
        colour: The number of its colour.
        count: How many cards belong to it.
    """

    key: str
    summary: str
    colour: int
    count: int


@dataclass(frozen=True, slots=True)
class Load:
    """How much is assigned to one person in one sprint."""

    person: Someone
    points: str
    cards: int


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column, or the part of it in one lane, with the cards that are shown at once.

    Attributes:
        column: The column with all of its cards.
        place: Names it in addresses.
        anchor: Names it on the page.
        cards: The cards that are shown.
        start: How many are passed over before them.
        rest: The ids of the cards after them, in order.
        loads: What each person has, if it is a sprint.
    """

    column: Column
    place: str
    anchor: str
    cards: tuple[Card, ...]
    start: int
    rest: tuple[str, ...]
    loads: tuple[Load, ...] = ()

    @property
    def next_start(self) -> int:
        """How many cards are passed over by *Next*."""
        return self.start + len(self.cards)

    @property
    def previous_start(self) -> int:
        """How many cards are passed over by *Previous*."""
        return max(self.start - AT_ONCE, 0)


@dataclass(frozen=True, slots=True)
class Lane:
    """The cards of one epic, column by column."""

    title: str
    key: str
    columns: tuple[ShownColumn, ...]


@dataclass(frozen=True, slots=True)
class ShownBoard:
    """What the template needs.

    Attributes:
        board: The board with the cards that match.
        epics: All epics, for the chips.
        has_no_epic: Whether some cards belong to none.
        people: All assignees, for the filter.
        has_nobody: Whether some cards are assigned to nobody.
        kinds: All types, for the filter.
        columns: The columns; empty if lanes are shown.
        lanes: The cards by epic; empty if the columns are shown as they are.
        colours: The number of each epic's colour, by its key.
        total: How many cards there are without filters.
        count: How many match.
    """

    board: BoardView
    epics: tuple[Epic, ...]
    has_no_epic: bool
    people: tuple[Someone, ...]
    has_nobody: bool
    kinds: tuple[str, ...]
    columns: tuple[ShownColumn, ...]
    lanes: tuple[Lane, ...]
    colours: Mapping[str, int]
    total: int
    count: int


def shown_board(board: BoardView, filters: Filters, *, everything: BoardView) -> ShownBoard:
    """Return a board as its page shows it; the choices come from all of its cards."""
    cards = everything.cards
    epics = _epics(cards)
    people = {card.assignee.account_id: card.assignee for card in cards if card.assignee is not None}
    return ShownBoard(
        board=board,
        epics=epics,
        has_no_epic=bool(epics) and not all(card.parent_key for card in cards),
        people=tuple(sorted(people.values(), key=lambda person: person.name.casefold())),
        has_nobody=bool(people) and not all(card.assignee for card in cards),
        kinds=tuple(sorted({card.kind for card in cards if card.kind})),
        columns=() if filters.lanes else _columns(board.columns, filters),
        lanes=_lanes(board, epics, filters) if filters.lanes else (),
        colours={epic.key: epic.colour for epic in epics},
        total=len(cards),
        count=len(board.cards),
    )


def _epics(cards: tuple[Card, ...]) -> tuple[Epic, ...]:
    counts = Counter(card.parent_key for card in cards if card.parent_key)
    names = {card.parent_key: card.parent for card in cards if card.parent_key}
    return tuple(
        Epic(key, names[key] or key, number % EPIC_COLOURS, counts[key])
        for number, key in enumerate(sorted(names, key=lambda key: (names[key].casefold(), key)))
    )


def _columns(columns: Sequence[Column], filters: Filters, *, lane: str = "") -> tuple[ShownColumn, ...]:
    return tuple(
        _shown(column, f"{lane}~{column.id}" if lane else column.id, f"column{lane}-{number}", filters)
        for number, column in enumerate(columns)
    )


def _shown(column: Column, place: str, anchor: str, filters: Filters) -> ShownColumn:
    count = len(column.cards)
    # A start beyond the end, such as after cards went away, shows the last ones.
    last = (count - 1) // AT_ONCE * AT_ONCE if count else 0
    start = min(filters.start, last) if place == filters.place else 0
    cards = column.cards[start : start + AT_ONCE]
    rest = tuple(card.id for card in column.cards[start + AT_ONCE :])
    loads = _loads(column) if column.sprint is not None else ()
    return ShownColumn(column, place, anchor, cards, start, rest, loads)


def _lanes(board: BoardView, epics: tuple[Epic, ...], filters: Filters) -> tuple[Lane, ...]:
    """Return a lane for each epic that has cards here, and one for cards without an epic."""
    by_epic = [_grouped(column.cards, lambda card: card.parent_key) for column in board.columns]
    used = frozenset(key for groups in by_epic for key in groups)
    chosen = [(epic.summary, epic.key) for epic in epics] + [("Without an epic", "")]
    return tuple(
        Lane(
            title,
            key,
            _columns(
                [
                    Column(column.id, column.title, tuple(groups.get(key, ())), column.sprint)
                    for column, groups in zip(board.columns, by_epic, strict=True)
                ],
                filters,
                lane=f"-{key or 'none'}",
            ),
        )
        for title, key in chosen
        if key in used
    )


def _loads(column: Column) -> tuple[Load, ...]:
    assigned = [card for card in column.cards if card.assignee is not None]
    people = {card.assignee.account_id: card.assignee for card in assigned if card.assignee is not None}
    by_person = _grouped(assigned, lambda card: card.assignee.account_id if card.assignee else "")
    loads = (
        Load(people[account_id], f"{sum(card.points or 0 for card in own):g}", len(own))
        for account_id, own in by_person.items()
    )
    return tuple(sorted(loads, key=lambda load: load.person.name.casefold()))


def _grouped(cards: Iterable[Card], group_of: Callable[[Card], str]) -> dict[str, list[Card]]:
    groups: dict[str, list[Card]] = {}
    for card in cards:
        groups.setdefault(group_of(card), []).append(card)
    return groups
