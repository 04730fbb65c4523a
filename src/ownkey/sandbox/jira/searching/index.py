"""What search knows of the issues: with a lag, what they were that many seconds ago."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from datetime import datetime

    from ownkey.sandbox.jira.entities import Issue
    from ownkey.sandbox.jira.world import World

# A change that search does not know yet: from when on it will, which issue, and what it is then.
Waiting = tuple["datetime", str, "Issue | None"]


@dataclass(slots=True)
class SearchIndex:
    """Copies of the issues as search knows them; without a lag there are none, and search sees the world.

    Whoever changes the world calls `note` afterwards, once for all that was changed at that moment.
    """

    lag_s: float = 0
    _shown: dict[str, Issue] = field(default_factory=dict, repr=False)
    _latest: dict[str, Issue] = field(default_factory=dict, repr=False)
    _waiting: deque[Waiting] = field(default_factory=deque, repr=False)

    def set_lag(self, lag_s: float, world: World, now: datetime) -> None:
        """Let search lag from now on; a shorter lag brings forward what waits already."""
        if lag_s <= 0:
            self.lag_s = 0
            for held in (self._shown, self._latest, self._waiting):
                held.clear()
            return
        if not self._latest:
            self._latest = {number: issue.copy() for number, issue in world.issues.items()}
            self._shown = dict(self._latest)
        else:
            self.note(world, now)
        latest = now + timedelta(seconds=lag_s)
        self._waiting = deque((min(due, latest), number, issue) for due, number, issue in self._waiting)
        self.lag_s = lag_s

    def note(self, world: World, now: datetime) -> None:
        """Take note of what has changed in the world."""
        if not self.lag_s:
            return
        due = now + timedelta(seconds=self.lag_s)
        for number, issue in world.issues.items():
            if self._latest.get(number) != issue:
                self._latest[number] = issue.copy()
                self._waiting.append((due, number, self._latest[number]))
        for number in [number for number in self._latest if number not in world.issues]:
            del self._latest[number]
            self._waiting.append((due, number, None))

    def issues(self, world: World, now: datetime, *, fresh: Container[str] = ()) -> Mapping[str, Issue]:
        """Return the issues by id as search knows them; those with an id in `fresh` are as they are."""
        if not self.lag_s:
            return world.issues
        self._catch_up(now)
        current = {number: issue for number, issue in world.issues.items() if number in fresh}
        known = {number: issue for number, issue in self._shown.items() if number not in fresh}
        return known | current

    def _catch_up(self, now: datetime) -> None:
        while self._waiting and self._waiting[0][0] <= now:
            _due, number, issue = self._waiting.popleft()
            if issue is None:
                self._shown.pop(number, None)
            else:
                self._shown[number] = issue
