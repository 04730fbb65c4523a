"""Writing down what calls have written to Jira, a moment after they ended: no call waits for it."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
from django.db import Error as DatabaseFault

from ownkey.calls.writes import Written
from ownkey.database.current_file import CurrentFile
from ownkey.workspace.live.log import add

WITHIN_S: Final = 0.1
"""How long a write waits for others, to be written down together with them."""
MOST_WAITING: Final = 5_000
"""While the database is away, the oldest beyond these are dropped: pages find such changes by searching."""
_BUSY_FOR_MS: Final = 2_000


class LogAppender:
    """Adds batches to the log; called from one thread only."""

    def __init__(self) -> None:
        self._file = CurrentFile(busy_for_ms=_BUSY_FOR_MS)

    def __call__(self, writes: Sequence[Written]) -> None:
        """Add all of them.

        Raises:
            OSError: there is no database.
            django.db.Error: it cannot be written to.
        """
        try:
            self._file.open()
            add(writes)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection of this thread."""
        self._file.close()


class WriteLog:
    """Takes notice of the calls of this process that wrote; lives in one event loop."""

    def __init__(
        self,
        *,
        append: Callable[[Sequence[Written]], None],
        close: Callable[[], None],
        within_s: float = WITHIN_S,
    ) -> None:
        self._append = append
        self._close = close
        self._within_s = within_s
        self._waiting: list[Written] = []
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ownkey-writes")
        self._is_in_use = False
        self._log = structlog.get_logger("ownkey.workspace")

    def ended(self, written: Written) -> None:
        """Have one written down within a moment."""
        self._waiting.append(written)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write_soon())

    async def stop(self) -> None:
        """Write down what is left, and end."""
        if self._task is not None:
            await asyncio.wait([self._task])
        if self._is_in_use:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def _write_soon(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._within_s)
            batch, self._waiting = self._waiting, []
            self._is_in_use = True
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._append, batch)
            except (DatabaseFault, OSError) as error:
                # Its kind and not its words: they may hold what was being written.
                self._log.error("writes_not_logged", error=type(error).__name__, writes=len(batch))
                self._waiting = [*batch, *self._waiting][-MOST_WAITING:]
                return
