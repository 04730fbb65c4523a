"""Calls that are open: by which means each is made, and how one is cut."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from enum import StrEnum
from typing import TypeAlias

from ownkey.calls.grants import Snapshot
from ownkey.calls.means import Means
from ownkey.calls.refusals import Code, Refusal, RefusedError

WAITING_FOR_EACH_PLACE = 4
"""How many calls by one means may wait for each that may be open."""

Objection: TypeAlias = Callable[[Snapshot], Refusal | None]
"""Says why a call that is under way could not go on under a new snapshot, or None."""


class Cut(StrEnum):
    """Why a call was cut off while it was open."""

    CLIENT_GONE = "client-gone"
    NO_LONGER_ALLOWED = "no-longer-allowed"


class OpenCall:
    """A call between its first and its last byte."""

    __slots__ = (
        "allowed_by",
        "cut_because",
        "gone",
        "has_place",
        "has_started",
        "means",
        "objection",
        "operation_name",
        "refusal",
        "request_id",
        "snapshot",
        "status",
        "task",
        "was_seen",
        "watcher",
    )

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.task = asyncio.current_task()
        self.has_place = False
        self.has_started = False
        """Whether the caller has got the beginning of Jira's answer: it cannot be refused any more."""
        self.status = 0
        self.cut_because: Cut | None = None
        self.refusal: Refusal | None = None
        self.means: Means | None = None
        self.snapshot: Snapshot | None = None
        self.operation_name = "none"
        self.allowed_by: Snapshot | None = None
        """The snapshot by which it was decided last that the call may go on."""
        self.objection: Objection | None = None
        self.gone: Callable[[], Awaitable[None]] | None = None
        self.was_seen = False
        self.watcher: asyncio.Future[None] | None = None

    @property
    def is_by_session(self) -> bool:
        """Whether a page makes it, rather than a tool through the gateway."""
        return self.means is not None and self.means.kind == "session"

    def cut(self, because: Cut, refusal: Refusal | None = None) -> None:
        """End it now: its connection to Atlassian is dropped.

        A caller that has no answer yet gets the refusal; one that is in the middle of it sees it break off.
        """
        if self.cut_because is None and self.task is not None:
            self.cut_because = because
            self.refusal = refusal
            self.task.cancel()

    def uncancel(self) -> None:
        """Go on with the task after the cut, to answer the caller."""
        if self.task is not None:
            self.task.uncancel()

    def watch_caller(self) -> None:
        """Cut the call as soon as its caller has left; servers do not tell a handler that is busy sending."""
        if self.gone is not None and self.watcher is None:
            self.watcher = asyncio.ensure_future(self.gone())
            self.watcher.add_done_callback(self._on_gone)

    def forget_caller(self) -> None:
        """Stop watching whether the caller has left."""
        if self.watcher is not None:
            self.watcher.remove_done_callback(self._on_gone)
            self.watcher.cancel()

    def _on_gone(self, watcher: "asyncio.Future[None]") -> None:
        if not watcher.cancelled() and watcher.exception() is None:
            self.cut(Cut.CLIENT_GONE)


class OpenCalls:
    """All calls that are open in this process."""

    def __init__(self) -> None:
        self._open: set[OpenCall] = set()
        self._by_means: Counter[Means] = Counter()
        self._waiting: dict[Means, deque[tuple[OpenCall, asyncio.Future[None]]]] = {}

    def add(self, call: OpenCall) -> None:
        """Take a call in; the same caller of this removes it."""
        self._open.add(call)

    def remove(self, call: OpenCall) -> None:
        """Take a call off that has ended."""
        self._open.discard(call)
        call.forget_caller()
        if call.has_place and call.means is not None:
            call.has_place = False
            self._give_place_back(call.means)

    async def take_place(self, opened: OpenCall, means: Means, *, most: int, within_s: float) -> None:
        """Wait until a call has one of its means' places.

        No more calls wait than can be open four times over: the rest is turned away at once.

        Raises:
            RefusedError: no place became free in time, or too many calls wait already.
        """
        if self._by_means[means] < most:
            self._by_means[means] += 1
            opened.has_place = True
            return
        waiting = self._waiting.setdefault(means, deque())
        if len(waiting) >= most * WAITING_FOR_EACH_PLACE:
            raise RefusedError(too_many_open(most, means))
        turn = asyncio.get_running_loop().create_future()
        waiting.append((opened, turn))
        try:
            async with asyncio.timeout(within_s):
                await turn
        except TimeoutError:
            if not opened.has_place:
                raise RefusedError(too_many_open(most, means)) from None

    def _give_place_back(self, means: Means) -> None:
        """Pass a place on to the call that has waited for the longest."""
        waiting = self._waiting.get(means, deque())
        while waiting:
            opened, turn = waiting.popleft()
            if not turn.done() and opened in self._open:
                opened.has_place = True
                turn.set_result(None)
                break
        else:
            self._by_means[means] -= 1
            if not self._by_means[means]:
                del self._by_means[means]
        if not waiting:
            self._waiting.pop(means, None)

    def tasks(self) -> "set[asyncio.Task[object]]":
        """Return the tasks that serve them."""
        return {call.task for call in self._open if call.task is not None}

    def __iter__(self) -> Iterator[OpenCall]:
        return iter(tuple(self._open))

    def __len__(self) -> int:
        return len(self._open)


def too_many_open(most: int, means: Means) -> Refusal:
    """Return the answer to a call that found no place beside its means' others."""
    name = "client key" if means.kind == "client-key" else "session"
    return Refusal(
        Code.TOO_MANY_CALLS,
        f"This {name} has {most} calls open, which is Ownkey's own limit; Atlassian was not asked.",
        "Let some of them end first, or use several client keys.",
        headers=((b"retry-after", b"1"),),
    )
