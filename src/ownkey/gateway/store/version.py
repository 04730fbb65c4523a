"""The number that says whether anything about grants has changed, read in microseconds."""

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from ownkey.calls.grants import GrantsUnavailableError

FRESH_FOR_S = 0.02
"""How old an answer may be: at high rates most calls then cost no look at the database at all."""

_DAY_S = 86_400


class VersionWatch:
    """Watches one SQLite database for changes of what client keys grant.

    `PRAGMA data_version` moves with every commit by another connection, and this one writes nothing, so it
    sees all of them; a number that triggers keep tells which count. The file is looked at too: one that
    was put in its place (a backup restored) is opened anew, and while there is none nothing is known. A
    new day is a change as well, because API tokens expire by the day.
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
        self._number = 0
        self._seen: tuple[tuple[int, int] | None, int, int] | None = None
        self._version = 0
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
        return self._version

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
            if (found.st_dev, found.st_ino) != self._identity:
                self.close()
            connection = self._connection or self._open()
            self._identity = (found.st_dev, found.st_ino)
            data_version = connection.execute("PRAGMA data_version").fetchone()[0]
            if data_version != self._data_version:
                row = connection.execute("SELECT number FROM connections_grants_version").fetchone()
                self._number = row[0] if row else 0
                self._data_version = data_version
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise GrantsUnavailableError from error
        seen = (self._identity, self._number, int(self._clock()) // _DAY_S)
        if seen != self._seen:
            self._seen = seen
            self._version += 1

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
