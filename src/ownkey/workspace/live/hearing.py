"""What was written to Jira a moment ago, by any process, for pages and for the streams to browsers."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ownkey.calls.writes import Written
from ownkey.database.driver import DriverError
from ownkey.database.watching import DatabaseWatch, Seen, UnwatchableError
from ownkey.workspace.live.log import latest, read_since

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_S: Final = 0.2
RECENT_FOR: Final = timedelta(minutes=15)
"""How far Jira's search may lag behind what was written."""
MOST_RECENT: Final = 5_000
MOST_UNREAD: Final = 1_000


@dataclass(frozen=True, slots=True)
class Heard:
    """One write, with its place in the log."""

    number: int
    written: Written


class Listener:
    """Gets the writes as they are heard; one that does not keep up is told that it has missed some."""

    def __init__(self) -> None:
        self._unread: deque[Heard] = deque()
        self._is_behind = False
        self._wake = asyncio.Event()

    def give(self, heard: Heard) -> None:
        """Give it one more."""
        if len(self._unread) >= MOST_UNREAD:
            self._unread.clear()
            self._is_behind = True
        self._unread.append(heard)
        self._wake.set()

    async def take(self, *, within_s: float) -> tuple[list[Heard], bool]:
        """Return what was heard since, and whether anything was missed, after some seconds at most."""
        try:
            async with asyncio.timeout(within_s):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()
        heard, self._unread = list(self._unread), deque()
        is_behind, self._is_behind = self._is_behind, False
        return heard, is_behind


class Hearing:
    """Reads the log while this process runs; in one event loop.

    Nothing but `PRAGMA data_version` is asked as long as nobody has committed anything.
    """

    def __init__(
        self,
        file: Path,
        *,
        every_s: float = EVERY_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._watch = DatabaseWatch(file)
        self._every_s = every_s
        self._clock = clock
        self._number: int | None = None
        self._recent: deque[Heard] = deque(maxlen=MOST_RECENT)
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def number(self) -> int:
        """The place in the log up to which it was read."""
        return self._number or 0

    def start(self) -> None:
        """Begin to read, in the running loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._watch.close()

    @contextmanager
    def listening(self) -> "Iterator[Listener]":
        """Yield a listener that hears everything from now on."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def since(self, number: int, account_slug: str) -> list[Written] | None:
        """Return what was written at an ALM account after a place in the log; None if that is not known."""
        if self._recent and self._recent[0].number > number + 1 and len(self._recent) == MOST_RECENT:
            return None
        return [
            each.written
            for each in self._recent
            if each.number > number and each.written.account_slug == account_slug
        ]

    def recent_issues(self, account_slug: str, person_id: str) -> tuple[str, ...]:
        """Return the ids and keys of issues written to a moment ago, the person's own first, newest first."""
        since = self._clock() - RECENT_FOR
        own: dict[str, None] = {}
        others: dict[str, None] = {}
        for each in reversed(self._recent):
            written = each.written
            if written.at < since:
                break
            if written.account_slug == account_slug:
                into = own if written.person_id == person_id else others
                into.update(dict.fromkeys(ref.name for ref in written.refs if ref.kind == "issue"))
        return tuple(own | others)

    def look(self) -> None:
        """Read what is new in the log; while the database cannot be read, nothing is heard."""
        try:
            self._look()
        except (UnwatchableError, DriverError):
            self._watch.close()

    def _look(self) -> None:
        seen = self._watch.look()
        if seen is Seen.SAME:
            return
        if self._number is None or seen is Seen.REPLACED:
            self._number = latest(self._watch.connection)
            return
        while found := read_since(self._watch.connection, self._number):
            for number, written in found:
                self.hear(Heard(number, written))

    def hear(self, heard: Heard) -> None:
        """Take one in, and give it to all listeners."""
        self._number = heard.number
        self._recent.append(heard)
        for listener in self._listeners:
            listener.give(heard)

    async def _run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(self._every_s)


_running: list[Hearing] = []


def put_to_use(hearing: Hearing) -> None:
    """Let pages and streams of this process hear from now on."""
    _running.append(hearing)


def take_out_of_use(hearing: Hearing) -> None:
    """Let them hear it no more."""
    if hearing in _running:
        _running.remove(hearing)


def current_hearing() -> Hearing | None:
    """Return what pages hear by, or None where nothing is heard: such pages find changes by searching."""
    return _running[-1] if _running else None
