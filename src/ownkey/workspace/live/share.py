"""How often open pages may ask Jira by themselves: all together at most the administrator's share.

What a person opens or presses is not counted here: it goes the way of every call. Pure bookkeeping, given
the time.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

TENANT_RATE: Final = 100.0
"""Calls a second that Atlassian grants a tenant for one endpoint (`calls/rate_limits.py`)."""
AT_LEAST_S: Final = 3.0
OPEN_FOR_S: Final = 90.0
"""A page that has not asked for as long is closed or hidden."""
MOST_PAGES: Final = 100_000
NEVER_S: Final = 3_600.0


@dataclass(slots=True)
class _Open:
    asked_at: float
    may_ask_at: float = 0.0


class Share:
    """The share of one ALM account's pages.

    Args:
        rate: Calls a second that all pages together may make; 0 for none.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._pages: OrderedDict[Hashable, _Open] = OrderedDict()
        self._left = self._burst
        self._counted_at: float | None = None

    @property
    def open_pages(self) -> int:
        """How many pages have asked a moment ago."""
        return len(self._pages)

    @property
    def _burst(self) -> float:
        return max(self.rate, 1.0)

    def wait_s(self, page: Hashable, *, now: float, is_urgent: bool = False) -> float:
        """Return how long a page has to wait before it may ask; if 0, one call is set aside for it.

        Args:
            page: Names the page.
            now: The time, in seconds.
            is_urgent: Whether something was written that concerns it: it need not wait for its turn.
        """
        if self.rate <= 0:
            return NEVER_S
        found = self._pages.setdefault(page, _Open(now))
        found.asked_at = now
        self._pages.move_to_end(page)
        self._forget(now)
        self._refill(now)
        wait = 0.0 if is_urgent else max(found.may_ask_at - now, 0.0)
        if self._left < 1.0:
            wait = max(wait, (1.0 - self._left) / self.rate)
        if wait <= 0.0:
            self._left -= 1.0
        return wait

    def spent(self, page: Hashable, calls: int, *, now: float) -> float:
        """Take note of how many calls a page has made in all; return in how many seconds it may ask again."""
        if self.rate <= 0:
            return NEVER_S
        self._refill(now)
        self._left -= calls - 1.0
        pause = max(AT_LEAST_S, calls * len(self._pages) / self.rate)
        found = self._pages.get(page)
        if found is not None:
            found.may_ask_at = now + pause
        return pause

    def _refill(self, now: float) -> None:
        if self._counted_at is not None:
            self._left = min(self._burst, self._left + (now - self._counted_at) * self.rate)
        self._counted_at = now

    def _forget(self, now: float) -> None:
        while self._pages:
            page, oldest = next(iter(self._pages.items()))
            if len(self._pages) <= MOST_PAGES and now - oldest.asked_at < OPEN_FOR_S:
                return
            del self._pages[page]


class Shares:
    """The shares of all ALM accounts in this process."""

    def __init__(self) -> None:
        self._shares: dict[str, Share] = {}

    def of(self, account_slug: str, share: float) -> Share:
        """Return that of one ALM account, with the share that its administrator has decided, 0 to 1."""
        rate = TENANT_RATE * share
        found = self._shares.get(account_slug)
        if found is None:
            found = self._shares[account_slug] = Share(rate)
        found.rate = rate
        return found


shares: Final = Shares()
"""Those of this process."""
