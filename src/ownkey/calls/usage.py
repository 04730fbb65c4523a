"""Who used what and when, counted in memory until somebody drains it to write it down in one batch."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from ownkey.calls.means import Means

if TYPE_CHECKING:
    from collections.abc import Iterator


class Outcome(StrEnum):
    """How a call ended, as far as counting goes."""

    ANSWERED = "answered"
    """Jira answered, with whatever status."""
    REFUSED = "refused"
    """Ownkey refused it; nothing was sent."""
    FAILED = "failed"
    """It was sent, and Atlassian or the client broke it off."""


class Counted(NamedTuple):
    """What one counter counts."""

    means: Means
    operation: str
    """Method and path template, or `unknown`."""
    outcome: Outcome
    through_main: bool = False
    """Whether Jira was asked as the ALM account's main credential rather than as the person."""


@dataclass(frozen=True, slots=True)
class UsageBatch:
    """What happened since the last batch.

    Attributes:
        last_used_at: When each means was last used.
        calls: How often each thing happened.
    """

    last_used_at: dict[Means, datetime]
    calls: dict[Counted, int]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.last_used_at and not self.calls

    def slices(self, most: int) -> "Iterator[UsageBatch]":
        """Yield it in parts of about this many counters, each means whole in one of them."""
        by_means: dict[Means, dict[Counted, int]] = {means: {} for means in self.last_used_at}
        for counted, number in self.calls.items():
            by_means.setdefault(counted.means, {})[counted] = number
        part = UsageBatch({}, {})
        for means, calls in by_means.items():
            part.calls.update(calls)
            if means in self.last_used_at:
                part.last_used_at[means] = self.last_used_at[means]
            if len(part.calls) >= most:
                yield part
                part = UsageBatch({}, {})
        if not part.is_empty:
            yield part


class Usage:
    """Counters for one process.

    What is not drained is lost when the process is killed: whoever drains decides how much that may be. A
    batch that could not be written is given back and counted on.
    """

    def __init__(self) -> None:
        self._last_used_at: dict[Means, datetime] = {}
        self._calls: Counter[Counted] = Counter()

    def record(
        self, *, means: Means, operation: str, outcome: Outcome, at: datetime, through_main: bool = False
    ) -> None:
        """Count one call."""
        self._last_used_at[means] = at
        self._calls[Counted(means, operation, outcome, through_main)] += 1

    def drain(self) -> UsageBatch:
        """Return what was counted and begin anew."""
        batch = UsageBatch(self._last_used_at, self._calls)
        self._last_used_at, self._calls = {}, Counter()
        return batch

    def give_back(self, batch: UsageBatch) -> None:
        """Take a batch back that could not be written."""
        self._calls.update(batch.calls)
        self._last_used_at = batch.last_used_at | self._last_used_at
