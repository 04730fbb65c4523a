"""How fast calls leave: per place (cloud id), method and route, fair between people.

Atlassian's burst limits count by exactly that, over all tokens of a tenant (facts.md, section 4). Within
them a call passes at once. Beyond them it waits its turn, one person after another, and for seconds at most:
then it is refused with 429 and `Retry-After`, as Atlassian would have done. A 429 or 503 that says when to
come back holds the bucket until then; one that says that it is about a single issue (`RateLimit-Reason`)
holds what writes to that issue, and nothing else.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil
from typing import NamedTuple

DEFAULT_RATES = {"GET": 100.0, "HEAD": 100.0, "POST": 100.0, "PUT": 50.0, "DELETE": 50.0, "PATCH": 50.0}
"""Calls a second and endpoint, as Atlassian documents them."""

LONGEST_PAUSE_S = 3600.0
MOST_HELD_ISSUES = 10_000


class RateLimitError(Exception):
    """A call would have to wait too long."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


class RateKey(NamedTuple):
    """What one limit counts by."""

    place: str
    method: str
    route: str


class HeldIssues:
    """Issues that Atlassian wants written to more slowly: no other issue and no reading is held for them."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def hold(self, place: str, issue: str, seconds: float, *, now: float) -> None:
        """Let nothing be written to an issue for a while."""
        if len(self._until) >= MOST_HELD_ISSUES:
            self._until = {each: until for each, until in self._until.items() if until > now}
        if len(self._until) < MOST_HELD_ISSUES:
            self._until[place, issue] = now + min(seconds, LONGEST_PAUSE_S)

    def wait_s(self, place: str, issue: str, *, now: float) -> float:
        """Return how long a call that writes to an issue has to wait."""
        if not self._until:
            return 0.0
        return max(self._until.get((place, issue), now) - now, 0.0)


class RateBucket:
    """The calls of one place, method and route: pure bookkeeping, told the time."""

    __slots__ = ("_burst", "_paused_until", "_rate", "_tokens", "_updated_at", "_waiting", "waiting_count")

    def __init__(self, rate: float, *, now: float) -> None:
        self._rate = rate
        self._burst = max(rate, 1.0)
        self._tokens = self._burst
        self._updated_at = now
        self._paused_until = 0.0
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self.waiting_count = 0

    def may_pass(self, now: float) -> bool:
        """Whether a call passes at once; it then has."""
        return not self.waiting_count and self._take(now)

    def pause(self, seconds: float, *, now: float) -> None:
        """Let nothing pass for a while."""
        self._paused_until = max(self._paused_until, now + min(seconds, LONGEST_PAUSE_S))

    def expected_wait(self, person_id: str, now: float) -> float:
        """Return the seconds after which a further call of a person can expect its turn."""
        queue = self._waiting.get(person_id)
        rounds = len(queue) + 1 if queue else 1
        ahead = sum(min(len(other), rounds) for person, other in self._waiting.items() if person != person_id)
        position = ahead + rounds
        return max(self._paused_until - now, 0.0) + max(position - self._tokens_at(now), 0.0) / self._rate

    def queue(self, person_id: str, turn: asyncio.Future[None]) -> None:
        """Let a call wait for its turn."""
        self._waiting.setdefault(person_id, deque()).append(turn)
        self.waiting_count += 1

    def release(self, now: float) -> None:
        """Give their turn to all whose time has come, one of each person after the other."""
        while self.waiting_count:
            person_id, turns = next(iter(self._waiting.items()))
            if turns[0].done():  # its client has left
                self._leave(person_id, turns)
            elif self._take(now):
                self._leave(person_id, turns).set_result(None)
                if turns:
                    self._waiting.move_to_end(person_id)
            else:
                return

    def next_turn_at(self, now: float) -> float:
        """Return when the next call may pass."""
        return max(self._paused_until, now + max(1.0 - self._tokens_at(now), 0.0) / self._rate)

    def _leave(self, person_id: str, turns: deque[asyncio.Future[None]]) -> asyncio.Future[None]:
        self.waiting_count -= 1
        turn = turns.popleft()
        if not turns:
            del self._waiting[person_id]
        return turn

    def _tokens_at(self, now: float) -> float:
        return min(self._burst, self._tokens + (now - self._updated_at) * self._rate)

    def _take(self, now: float) -> bool:
        if now < self._paused_until:
            return False
        self._tokens = self._tokens_at(now)
        self._updated_at = now
        # A hair's breadth less than one whole: the sums of fractions come out below it.
        if self._tokens < 1.0 - 1e-9:
            return False
        self._tokens -= 1.0
        return True


class RateLimiter:
    """All buckets, and the timers that move them on."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        rates: dict[str, float] = DEFAULT_RATES,
        longest_wait_s: float = 10.0,
    ) -> None:
        self._monotonic = monotonic
        self._rates = rates
        self._longest_wait_s = longest_wait_s
        self._buckets: dict[RateKey, RateBucket] = {}
        self._timers: dict[RateKey, asyncio.TimerHandle] = {}
        self._issues = HeldIssues()

    async def wait_for_issue(self, place: str, issue: str) -> None:
        """Wait until an issue may be written to again.

        Raises:
            RateLimitError: it would take too long.
        """
        seconds = self._issues.wait_s(place, issue, now=self._monotonic())
        if seconds > self._longest_wait_s:
            raise RateLimitError(ceil(seconds))
        if seconds:
            await asyncio.sleep(seconds)

    def hold_issue(self, place: str, issue: str, seconds: float) -> None:
        """Hold what writes to one issue, because Atlassian asked for it."""
        self._issues.hold(place, issue, seconds, now=self._monotonic())

    def may_pass(self, key: RateKey) -> bool:
        """Whether a call passes at once; it then has. The usual way, without waiting for anything."""
        return self._bucket(key).may_pass(self._monotonic())

    async def wait(self, key: RateKey, person_id: str) -> None:
        """Wait for a person's turn.

        Raises:
            RateLimitError: it would take too long.
        """
        bucket = self._bucket(key)
        now = self._monotonic()
        expected = bucket.expected_wait(person_id, now)
        if expected > self._longest_wait_s:
            raise RateLimitError(ceil(expected))
        turn = asyncio.get_running_loop().create_future()
        bucket.queue(person_id, turn)
        self._move_on(key)
        await turn

    def pause(self, key: RateKey, seconds: float) -> None:
        """Hold a bucket, because Atlassian asked for it."""
        self._bucket(key).pause(seconds, now=self._monotonic())

    def _bucket(self, key: RateKey) -> RateBucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            rate = self._rates.get(key.method, 50.0)
            bucket = self._buckets[key] = RateBucket(rate, now=self._monotonic())
        return bucket

    def _move_on(self, key: RateKey) -> None:
        bucket = self._buckets[key]
        now = self._monotonic()
        bucket.release(now)
        if bucket.waiting_count and key not in self._timers:
            delay = max(bucket.next_turn_at(now) - now, 0.001)
            self._timers[key] = asyncio.get_running_loop().call_later(delay, self._on_timer, key)

    def _on_timer(self, key: RateKey) -> None:
        del self._timers[key]
        self._move_on(key)
