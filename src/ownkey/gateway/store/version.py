"""The number that says whether anything about grants has changed, and whom that concerns, in microseconds."""

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from ownkey.calls.changes import EVERYTHING, NOTHING, ChangeHistory, Changes
from ownkey.calls.grants import GrantsUnavailableError
from ownkey.gateway.store.change_log import Position, read_changes

FRESH_FOR_S = 0.02
"""How old an answer may be: at high rates most calls then cost no look at the database at all."""

_DAY_S = 86_400


class VersionWatch:
    """Watches one SQLite database for changes of what client keys grant.

    `PRAGMA data_version` moves with every commit by another connection, and this one writes nothing, so it
    sees all of them; the log that triggers write tells whom they concern. The file is looked at too: one
    that was put in its place (a backup restored) is opened anew and concerns everything, and while there is
    none nothing is known. A new day concerns everything as well, because API tokens expire by the day.
    """

    def __init__(
        self,
        file: Path,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._monotonic = monotonic
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._data_version: int | None = None
        self._position: Position | None = None
        self._day: int | None = None
        self._history = ChangeHistory()
        self._fresh_until = float("-inf")

    @property
    def identity(self) -> tuple[int, int] | None:
        """Which file was read last: another one means that nothing read before counts."""
        return self._identity

    def read(self) -> int:
        """Return the version.

        Raises:
            GrantsUnavailableError: the database cannot be read.
        """
        now = self._monotonic()
        if now >= self._fresh_until:
            self._look()
            self._fresh_until = now + FRESH_FOR_S
        return self._history.version

    def changes_since(self, version: int) -> Changes:
        """Return whom the changes concern that came after a version, up to the one that was read last."""
        return self._history.since(version)

    def close(self) -> None:
        """Close the database; the next reading opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._data_version = None
        self._fresh_until = float("-inf")

    def _look(self) -> None:
        try:
            found = os.stat(self._file)  # noqa: PTH116 half the time of Path.stat, for every look
            changes = self._read_from((found.st_dev, found.st_ino))
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise GrantsUnavailableError from error
        day = int(self._clock()) // _DAY_S
        if day != self._day:
            self._day = day
            changes = EVERYTHING
        if changes is not NOTHING:
            self._history.add(changes)

    def _read_from(self, identity: tuple[int, int]) -> Changes:
        """Return whom the changes since the last look concern."""
        if identity != self._identity:
            self.close()
            self._identity, self._position = identity, None
        connection = self._connection or self._open()
        data_version = connection.execute("PRAGMA data_version").fetchone()[0]
        if data_version == self._data_version:
            return NOTHING
        self._position, changes = read_changes(connection, self._position)
        self._data_version = data_version
        return changes

    def _open(self) -> sqlite3.Connection:
        # A moment's wait at most: this is done in the event loop.
        self._connection = sqlite3.connect(
            f"{self._file.as_uri()}?mode=ro",
            uri=True,
            timeout=0.05,
            isolation_level=None,
            check_same_thread=False,
        )
        return self._connection
