"""Counters on their way into the database: in batches, every few seconds and when the server stops.

A large batch is written in slices, each in a transaction of its own, with pauses in which others write. At a
crash the calls of the last `WRITE_EVERY_S` seconds (and of as long as the database was away) go uncounted; at
a clean stop none.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import structlog
from django.db import Error as DatabaseFault
from django.db import connection

from ownkey import days
from ownkey.calls.means import ByAdministrator, ByClientKey, BySession
from ownkey.calls.usage import UsageBatch
from ownkey.connections.client_key_usage import KEPT_FOR, KeyCalls, forget_usage
from ownkey.connections.person_usage import PageCalls, add_calls, forget_person_usage

if TYPE_CHECKING:
    from datetime import date

WRITE_EVERY_S = 3.0
SLICE = 2_000
"""Counters that are written in one transaction; more would keep others from writing for too long."""
PAUSE_S = 0.05
"""How long the database is left to others between two slices: they look whether it is free that often."""


class Counting(Protocol):
    """Whoever counts: `ownkey.gateway.app.Gateway`."""

    def drain_usage(self) -> UsageBatch:
        """Return what was counted since the last time."""

    def give_back_usage(self, batch: UsageBatch) -> None:
        """Take back what could not be written down."""


class BatchWriter:
    """Writes slices down, and once a day removes the counters that are too old, some with each slice."""

    def __init__(self) -> None:
        self._forgotten_on: date | None = None

    def __call__(self, batch: UsageBatch) -> None:
        """Write a slice down, and leave the database to others until the next one."""
        try:
            add_calls(
                _calls_by_keys(batch),
                last_used_at=_keys_last_used(batch),
                by_pages=_calls_by_sessions(batch),
            )
            # The slice is written: what goes wrong from here on must not have it counted again.
            with suppress(DatabaseFault):
                self._forget()
        finally:
            connection.close()

    def _forget(self) -> None:
        today = days.today()
        if self._forgotten_on == today:
            return
        removed = [
            forget(before=today - KEPT_FOR, most=SLICE) for forget in (forget_usage, forget_person_usage)
        ]
        if max(removed) < SLICE:
            self._forgotten_on = today


def _calls_by_keys(batch: UsageBatch) -> list[KeyCalls]:
    return [
        KeyCalls(each.means.key_id, each.operation, each.outcome.value, number, each.through_main)
        for each, number in batch.calls.items()
        if isinstance(each.means, ByClientKey)
    ]


def _calls_by_sessions(batch: UsageBatch) -> list[PageCalls]:
    return [
        PageCalls(
            each.means.person_id,
            each.means.account_slug,
            batch.last_used_at[each.means].date(),
            each.operation,
            each.outcome.value,
            number,
            each.through_main,
        )
        for each, number in batch.calls.items()
        if isinstance(each.means, BySession | ByAdministrator) and each.means in batch.last_used_at
    ]


def _keys_last_used(batch: UsageBatch) -> dict[str, datetime]:
    return {means.key_id: at for means, at in batch.last_used_at.items() if isinstance(means, ByClientKey)}


class UsageWriter:
    """Writes down what a gateway counts."""

    def __init__(
        self,
        counting: Counting,
        *,
        write: Callable[[UsageBatch], None] | None = None,
        every_s: float = WRITE_EVERY_S,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._counting = counting
        self._write = write or BatchWriter()
        self._every_s = every_s
        self._pause_s = pause_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ownkey-usage")
        self._task: asyncio.Task[None] | None = None
        self._writing: asyncio.Future[None] | None = None
        self._log = structlog.get_logger("ownkey.gateway")

    def start(self) -> None:
        """Begin to write in the running loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write down what is left and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._writing is not None:
            await asyncio.wait([self._writing])
        try:
            await self.write_now()
        except (DatabaseFault, OSError):
            self._log.error("usage_lost")
        self._thread.shutdown()

    async def write_now(self) -> None:
        """Write down what was counted since the last time; what cannot be written is counted on."""
        batch = self._counting.drain_usage()
        if batch.is_empty:
            return
        left = [batch]
        self._writing = asyncio.get_running_loop().run_in_executor(self._thread, self._write_slices, left)
        self._writing.add_done_callback(lambda done: self._settle(done, left))
        # Shielded, so that a stop in the middle of writing neither loses the batch nor writes it twice.
        await asyncio.shield(self._writing)

    def _write_slices(self, left: list[UsageBatch]) -> None:
        """Write slice by slice what is left, and take each off it once it is written."""
        left[:] = [part for batch in left for part in batch.slices(SLICE)]
        while left:
            self._write(left[-1])
            left.pop()
            if left:
                time.sleep(self._pause_s)

    def _settle(self, done: "asyncio.Future[None]", left: list[UsageBatch]) -> None:
        error = done.exception()
        if error is not None:
            for part in left:
                self._counting.give_back_usage(part)
            self._log.warning("usage_not_written", error=type(error).__name__)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.write_now()
            except (DatabaseFault, OSError):
                continue  # said and given back already
