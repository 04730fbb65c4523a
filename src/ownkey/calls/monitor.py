"""Cancels open calls within a second once they are no longer allowed or their caller has disconnected."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from ownkey.calls.grant_cache import GrantCache
from ownkey.calls.grants import GrantsUnavailableError, Snapshot
from ownkey.calls.means import Means
from ownkey.calls.open_calls import Cut, OpenCall, OpenCalls
from ownkey.calls.refusals import Code, Refusal

SWEEP_EVERY_S = 0.125
"""Most calls are over by then, and cost nothing to look after."""


class OpenCallMonitor:
    """Looks through the open calls of one process, eight times a second."""

    def __init__(self, *, calls: OpenCalls, cache: GrantCache, clock: Callable[[], datetime]) -> None:
        self._calls = calls
        self._cache = cache
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def ensure_running(self) -> None:
        """Start in the running loop, unless that has happened."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def sweep(self) -> None:
        """Cut the open calls that are no longer allowed.

        While the grants cannot be read nothing is cut: no new call is let in either, and what was allowed a
        moment ago may finish. Calls that were open the last time as well have their caller watched from now
        on.
        """
        for call in self._calls:
            if call.was_seen:
                call.watch_caller()
            call.was_seen = True
            if call.objection is not None:
                try:
                    await self._look_at(call)
                except GrantsUnavailableError:
                    continue

    async def _look_at(self, call: OpenCall) -> None:
        if call.means is None:
            return
        refusal = self._problem_of(call, call.means, await self._cache.snapshot(call.means))
        if refusal is not None:
            call.cut(Cut.NO_LONGER_ALLOWED, refusal)

    def _problem_of(self, call: OpenCall, means: Means, snapshot: Snapshot | None) -> Refusal | None:
        if snapshot is None or snapshot.has_expired(self._clock()):
            return gone_refusal(means)
        # The same object: no change concerned it since it allowed the call.
        if snapshot is call.allowed_by or call.objection is None:
            return None
        call.allowed_by = snapshot
        return call.objection(snapshot)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            await self.sweep()


def gone_refusal(means: Means) -> Refusal:
    """Return the answer to a call by a means that grants nothing any more."""
    return Refusal(Code.CLIENT_KEY_REFUSED if means.kind == "client-key" else Code.SESSION_ENDED)
