"""Counters on their way into the database: in batches, every few seconds and when the server stops.

At a crash the calls of the last `WRITE_EVERY_S` seconds (and of as long as the database was away) go
uncounted; at a clean stop none.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import structlog
from django.db import Error as DatabaseFault
from django.db import connection

from ownkey import days
from ownkey.calls.means import ByClientKey, BySession
from ownkey.calls.usage import UsageBatch
from ownkey.connections.client_key_usage import KEPT_FOR, KeyCalls, forget_usage
from ownkey.connections.person_usage import PageCalls, add_calls, forget_person_usage

if TYPE_CHECKING:
    from datetime import date

WRITE_EVERY_S = 3.0


class Counting(Protocol):
    """Whoever counts: `ownkey.gateway.app.Gateway`."""

    def drain_usage(self) -> UsageBatch:
        """Return what was counted since the last time."""

    def give_back_usage(self, batch: UsageBatch) -> None:
        """Take back what could not be written down."""


class BatchWriter:
    """Writes batches down, and once a day removes the counters that are too old."""

    def __init__(self) -> None:
        self._forgotten_on: date | None = None

    def __call__(self, batch: UsageBatch) -> None:
        """Write a batch down, and leave the database to others until the next one."""
        try:
            add_calls(
                _calls_by_keys(batch),
                last_used_at=_keys_last_used(batch),
                by_pages=_calls_by_sessions(batch),
            )
            # The batch is written: what goes wrong from here on must not have it counted again.
            with suppress(DatabaseFault):
                self._forget()
        finally:
            connection.close()

    def _forget(self) -> None:
        today = days.today()
        if self._forgotten_on != today:
            forget_usage(before=today - KEPT_FOR)
            forget_person_usage(before=today - KEPT_FOR)
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
        if isinstance(each.means, BySession) and each.means in batch.last_used_at
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
    ) -> None:
        self._counting = counting
        self._write = write or BatchWriter()
        self._every_s = every_s
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
        self._writing = asyncio.get_running_loop().run_in_executor(self._thread, self._write, batch)
        self._writing.add_done_callback(lambda done: self._settle(done, batch))
        # Shielded, so that a stop in the middle of writing neither loses the batch nor writes it twice.
        await asyncio.shield(self._writing)

    def _settle(self, done: "asyncio.Future[None]", batch: UsageBatch) -> None:
        error = done.exception()
        if error is not None:
            self._counting.give_back_usage(batch)
            self._log.warning("usage_not_written", error=type(error).__name__)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.write_now()
            except (DatabaseFault, OSError):
                continue  # said and given back already
