"""Writing the record from an event loop: a queue, one writer, whole batches.

What has to be on disk before something goes on is committed with `commit`, which returns when it is: while
one batch is on its way to the disk the next ones gather, so many callers share one write. What may follow in
a moment is noted with `note`, which never waits. What is noted but not yet written is lost when the process
is killed: at most `DELAY_S` of it, unless the database was away.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import structlog

from ownkey.audit.entry import NewEntry

DELAY_S: Final = 0.25
RETRY_AFTER_S: Final = 1.0
MOST_AT_ONCE: Final = 500


class RecordUnavailableError(Exception):
    """The record cannot be written at the moment."""

    code = "record-unavailable"


@dataclass(slots=True, eq=False)
class _Waiting:
    """An entry that is not written yet, and who waits for it."""

    entry: NewEntry
    written: asyncio.Future[None] | None = None
    if_abandoned: NewEntry | None = None


class RecordWriter:
    """Writes entries in batches, in a thread of its own, in the order in which they came.

    It begins with the first entry and belongs to the loop that runs then.
    """

    def __init__(
        self,
        append: Callable[[Sequence[NewEntry]], object],
        *,
        close: Callable[[], object] = lambda: None,
        delay_s: float = DELAY_S,
        retry_after_s: float = RETRY_AFTER_S,
    ) -> None:
        """Write with `append`, which adds all entries of a batch or none; end with `close`.

        Both are called in the thread.
        """
        self._append = append
        self._close = close
        self._delay_s = delay_s
        self._retry_after_s = retry_after_s
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._writing: asyncio.Future[object] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ownkey-record")
        self._is_in_use = False
        self._is_writable = True
        self._log = structlog.get_logger("ownkey.audit")

    @property
    def is_writable(self) -> bool:
        """Whether the last batch could be written."""
        return self._is_writable

    def note(self, entry: NewEntry) -> None:
        """Have an entry written within a moment; if that fails, as soon as it can be."""
        self._queue.append(_Waiting(entry))
        self._ensure_running()
        if self._timer is None:
            self._wake_in(self._delay_s)

    async def commit(self, entry: NewEntry, *, if_abandoned: NewEntry | None = None) -> None:
        """Write an entry now and return when it is on disk.

        Args:
            entry: What is about to happen.
            if_abandoned: What is noted if the caller is cancelled when it is too late to withdraw the entry.

        Raises:
            RecordUnavailableError: It could not be written, and it will not be.
        """
        written = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(entry, written, if_abandoned))
        self._ensure_running()
        self._wake.set()
        await written

    async def stop(self) -> None:
        """Write what is left, if it can be, and end; doing it again changes nothing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])
            await asyncio.sleep(0)  # what was written is settled in a callback
        while self._queue and await self._write_some():
            pass
        if self._queue:
            self._log.error("record_entries_lost", entries=len(self._queue))
        if self._is_in_use:
            self._is_in_use = False
            await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _ensure_running(self) -> None:
        self._is_in_use = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                if not await self._write_some():
                    self._wake_in(self._retry_after_s)
                    break

    def _wake_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._wake.set()

    async def _write_some(self) -> bool:
        """Write the next batch; return whether that went well."""
        batch: list[_Waiting] = []
        while self._queue and len(batch) < MOST_AT_ONCE:
            waiting = self._queue.popleft()
            if waiting.written is None or not waiting.written.cancelled():
                batch.append(waiting)
        if not batch:
            return True
        entries = [waiting.entry for waiting in batch]
        self._writing = asyncio.get_running_loop().run_in_executor(self._thread, self._append, entries)
        self._writing.add_done_callback(lambda done: self._settle(done, batch))
        # Waited for without cancelling it: at a stop in the middle it is written, and settled, all the same.
        await asyncio.wait([self._writing])
        await asyncio.sleep(0)
        return self._is_writable

    def _settle(self, done: "asyncio.Future[object]", batch: list[_Waiting]) -> None:
        """Tell whoever waited; keep what nobody waits for until it can be written."""
        error = done.exception()
        if error is None:
            self._on_written(batch)
            return
        self._is_writable = False
        # Its kind and not its words: they may hold what was being written.
        self._log.error("record_not_written", error=type(error).__name__, entries=len(batch))
        left = [*batch, *self._queue]
        for waiting in left:
            if waiting.written is not None and not waiting.written.done():
                waiting.written.set_exception(RecordUnavailableError())
        self._queue = deque(waiting for waiting in left if waiting.written is None)

    def _on_written(self, batch: list[_Waiting]) -> None:
        self._is_writable = True
        for waiting in batch:
            if waiting.written is None:
                continue
            if not waiting.written.cancelled():
                waiting.written.set_result(None)
            elif waiting.if_abandoned is not None:
                self.note(waiting.if_abandoned)
