"""A board as its page shows it: filters, lanes, totals, choices."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ownkey.workspace.boards.reading import BoardView, Column
from ownkey.workspace.jira.issues import Card
from ownkey.workspace.jira.values import Someone

SHOWN_AT_ONCE: Final = 200
"""How many cards of a column are shown before the reader asks for more."""
EPIC_COLOURS: Final = 6


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
        more: The column of which more cards are shown.
    """

    text: str = ""
    assignee: str = ""
    kind: str = ""
    epic: str = ""
    jql: str = ""
    lanes: bool = False
    more: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filters":
        """Return the filters that an address names."""
        names = ("text", "assignee", "kind", "epic", "jql", "more")
        given = {name: str(query.get(name, "")).strip()[:1000] for name in names}
        return cls(**given, lanes=query.get("lanes") == "epics")

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
class Lane:
    """The cards of one epic, column by column."""

    title: str
    key: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """How much is assigned to one person in one sprint."""

    person: Someone
    points: str
    cards: int


@dataclass(frozen=True, slots=True)
class ShownBoard:
    """What the template needs.

    Attributes:
        board: The board with the cards that match.
        epics: All epics, for the chips.
        people: All assignees, for the filter.
        kinds: All types, for the filter.
        lanes: The cards by epic; empty if the columns are shown as they are.
        colours: The number of each epic's colour, by its key.
        loads: For each sprint, what each person has.
        total: How many cards there are without filters.
        count: How many match.
    """

    board: BoardView
    epics: tuple[Epic, ...]
    people: tuple[Someone, ...]
    kinds: tuple[str, ...]
    lanes: tuple[Lane, ...]
    colours: Mapping[str, int]
    loads: Mapping[str, tuple[Load, ...]]
    total: int
    count: int


def shown_board(board: BoardView, *, everything: BoardView, lanes: bool) -> ShownBoard:
    """Return a board as its page shows it; the choices come from all of its cards."""
    cards = everything.cards
    epics = _epics(cards)
    people = {card.assignee.account_id: card.assignee for card in cards if card.assignee is not None}
    return ShownBoard(
        board=board,
        epics=epics,
        people=tuple(sorted(people.values(), key=lambda person: person.name.casefold())),
        kinds=tuple(sorted({card.kind for card in cards if card.kind})),
        lanes=_lanes(board, epics) if lanes else (),
        colours={epic.key: epic.colour for epic in epics},
        loads={column.id: _loads(column) for column in board.columns if column.sprint is not None},
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


def _lanes(board: BoardView, epics: tuple[Epic, ...]) -> tuple[Lane, ...]:
    """Return a lane for each epic that has cards here, and one for cards without an epic."""
    by_epic = [_grouped(column.cards, lambda card: card.parent_key) for column in board.columns]
    used = frozenset(key for groups in by_epic for key in groups)
    chosen = [(epic.summary, epic.key) for epic in epics] + [("Without an epic", "")]
    return tuple(
        Lane(
            title,
            key,
            tuple(
                Column(column.id, column.title, tuple(groups.get(key, ())), column.sprint)
                for column, groups in zip(board.columns, by_epic, strict=True)
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
