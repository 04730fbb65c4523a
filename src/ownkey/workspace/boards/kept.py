"""What is kept of a board that is open: a state of an issue that was shown is never followed by an older one.

Jira's search lags behind what was changed, by seconds or minutes; reading by id does not. So an issue's
values are those of its latest reading by id. Whether it is on the board is what search says, except where
search cannot know it yet: an issue that was changed a moment ago and has not changed since stays where it
was seen last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ownkey.workspace.jira.issues import Card

SETTLING: Final = timedelta(minutes=15)
"""How far search may lag."""
MOST_LEFT: Final = 2_000


@dataclass(slots=True)
class KeptBoard:
    """The issues of one board, as one person was shown them.

    Attributes:
        query: What finds them.
        stale: The ids and keys of those that have to be read again; None for all.
        order: The ids of those on the board, in order.
        cards: What was read of them, by id.
        left: Those that have left it a while ago, with what was read last of them; None if Jira shows them no
            more.
        compared_at: When the ids of all issues were compared last.
    """

    query: str = ""
    stale: frozenset[str] | None = None
    order: tuple[str, ...] = ()
    cards: dict[str, Card] = field(default_factory=dict)
    left: dict[str, Card | None] = field(default_factory=dict)
    compared_at: datetime | None = None
    _ids: dict[str, str] = field(default_factory=dict)

    def begin(self, query: str) -> None:
        """Have everything read again; what was shown is remembered if it is the same query."""
        if query != self.query:
            self.query, self.order = query, ()
            self.cards, self.left = {}, {}
        self.stale = None

    def id_of(self, name: str) -> str | None:
        """Return the id of an issue by its id or key, if it was read before."""
        return name if name in self.cards else self._ids.get(name)

    def note(self, cards: Iterable[Card]) -> None:
        """Take in what was read of some issues; nothing older than what is known replaces it."""
        for card in cards:
            self._ids[card.key] = card.id
            known = self.cards.get(card.id) or self.left.get(card.id)
            self.cards[card.id] = known if known is not None and _is_newer(known, card) else card

    def to_read(self, found: Sequence[str], *, now: datetime) -> tuple[str, ...]:
        """Return the ids of the issues that have to be read by id, given those that search has found."""
        if self.stale is None:
            wanted = dict.fromkeys(found)
        else:
            changed = (self.id_of(name) or name for name in sorted(self.stale))
            wanted = dict.fromkeys((*changed, *(each for each in found if each not in self.cards)))
        return tuple(wanted | dict.fromkeys(self.doubtful(found, now=now)))

    def doubtful(self, found: Sequence[str], *, now: datetime) -> tuple[str, ...]:
        """Return the ids on the board that search has not found, though it may not know them yet."""
        missing = frozenset(self.order).difference(found)
        return tuple(each for each in self.order if each in missing and self._settles(each, now))

    def take(
        self, found: Sequence[str], read: Sequence[Card], *, fresh: frozenset[str], now: datetime
    ) -> tuple[Card, ...]:
        """Return the issues on the board now, in order.

        Args:
            found: The ids that search has found.
            read: What was read by id.
            fresh: The ids that search has found as they are now.
            now: The time.
        """
        asked = self.to_read(found, now=now)
        before, left_before = dict(self.cards), dict(self.left)
        self.note(read)
        gone = set(asked).difference(card.id for card in read)
        members = [
            each
            for each in found
            if each in self.cards
            and each not in gone
            and (each in fresh or not self._has_left(each, before, now))
        ]
        members = self._with_those_that_stay(members, before, fresh=fresh, gone=gone, now=now)
        here = frozenset(members)
        for each in (*self.order, *left_before):
            if each not in here:
                self.left[each] = None if each in gone else self.cards.get(each) or left_before.get(each)
        for each in here:
            self.left.pop(each, None)
        while len(self.left) > MOST_LEFT:
            del self.left[next(iter(self.left))]
        self.cards = {each: self.cards[each] for each in members}
        self.order, self.stale = tuple(members), None
        return tuple(self.cards.values())

    def _has_left(self, issue_id: str, before: dict[str, Card], now: datetime) -> bool:
        """Whether an issue was seen to leave the board, has not changed since, and search may not know."""
        then = self.left.get(issue_id)
        if then is None or issue_id in before:
            return False
        return then.updated == self.cards[issue_id].updated and self._settles(issue_id, now)

    def _with_those_that_stay(
        self,
        members: list[str],
        before: dict[str, Card],
        *,
        fresh: frozenset[str],
        gone: set[str],
        now: datetime,
    ) -> list[str]:
        """Return the members with those that search does not know yet, each after its neighbour of before."""
        here = set(members)
        for number, each in enumerate(self.order):
            if each in here or each in gone or each in fresh or not self._settles(each, now):
                continue
            if self.cards[each].updated != before[each].updated:
                continue
            after = next((other for other in reversed(self.order[:number]) if other in here), None)
            members.insert(members.index(after) + 1 if after is not None else 0, each)
            here.add(each)
        return members

    def _settles(self, issue_id: str, now: datetime) -> bool:
        """Whether an issue on the board was changed so lately that search may not know it."""
        card = self.cards.get(issue_id)
        return card is not None and card.updated is not None and now - card.updated < SETTLING


def _is_newer(one: Card, other: Card) -> bool:
    return one.updated is not None and other.updated is not None and one.updated > other.updated
