"""What open pages show: kept in memory, for the session that opened them alone, and bounded.

It is what a page needs to say whether anything on it is different now, without reading all of it again.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ownkey.calls.means import BySession

if TYPE_CHECKING:
    from ownkey.workspace.live.watching import Watch

MOST_PAGES: Final = 5_000
MOST_WEIGHT: Final = 200_000
"""How many issues are kept, all pages together."""


@dataclass(eq=False, slots=True)
class PageMemory:
    """One page that is open, or was a while ago.

    Attributes:
        means: Whose session opened it.
        address: Its path and query.
        heard: The place in the log of writes up to which it shows what was written.
        read_at: When it was read last; None if it has not been read.
        digest: Of what was shown then.
        refs: The ids and keys of issues that it shows, as `issue:10001`, and of its board and sprints.
        seen: When the issues that a search found were changed last, by id; None before the first search.
        state: What the page's own code keeps.
        watch: How the page finds out that it has to be read again; None if it is not.
        weight: How many issues that is.
        lock: Held while it is read, so that one reading does not overtake another.
    """

    means: BySession
    address: str
    heard: int = 0
    read_at: datetime | None = None
    digest: bytes = b""
    refs: frozenset[str] = frozenset()
    seen: dict[str, str] | None = None
    state: Any = None
    watch: "Watch | None" = None
    weight: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class PageMemories:
    """All of them in this process; the ones that were used longest ago are given up first."""

    def __init__(self, *, most_pages: int = MOST_PAGES, most_weight: int = MOST_WEIGHT) -> None:
        self._most_pages = most_pages
        self._most_weight = most_weight
        self._pages: OrderedDict[tuple[BySession, str], PageMemory] = OrderedDict()
        self._by_session: dict[BySession, set[str]] = {}
        self._weight = 0

    def of(self, means: BySession, address: str) -> PageMemory:
        """Return the memory of a page, a new one if there is none."""
        key = means, address
        found = self._pages.get(key)
        if found is None:
            found = self._pages[key] = PageMemory(means, address)
            self._by_session.setdefault(means, set()).add(address)
        self._pages.move_to_end(key)
        self._bound()
        return found

    def weigh(self, memory: PageMemory, weight: int) -> None:
        """Take note of how many issues a page keeps now."""
        if self._pages.get((memory.means, memory.address)) is memory:
            self._weight += weight - memory.weight
            memory.weight = weight
            self._bound()

    def open_by(self, means: BySession) -> list[PageMemory]:
        """Return the pages that a session has opened."""
        return [self._pages[means, address] for address in self._by_session.get(means, ())]

    def sessions(self) -> list[BySession]:
        """Return the sessions that pages are kept of."""
        return list(self._by_session)

    def forget(self, means: BySession) -> None:
        """Forget all pages of a session."""
        for address in tuple(self._by_session.get(means, ())):
            self._drop((means, address))

    def _bound(self) -> None:
        while len(self._pages) > 1 and (
            len(self._pages) > self._most_pages or self._weight > self._most_weight
        ):
            self._drop(next(iter(self._pages)))

    def _drop(self, key: tuple[BySession, str]) -> None:
        dropped = self._pages.pop(key)
        self._weight -= dropped.weight
        means, address = key
        own = self._by_session[means]
        own.discard(address)
        if not own:
            del self._by_session[means]


memories: Final = PageMemories()
"""Those of this process."""
