"""The number that says whether anything about grants has changed, and whom that concerns, in microseconds."""

import time
from collections.abc import Callable
from pathlib import Path

from ownkey.calls.changes import EVERYTHING, NOTHING, ChangeHistory, Changes
from ownkey.calls.grants import GrantsUnavailableError
from ownkey.database.driver import DriverError
from ownkey.database.files import FileIdentity
from ownkey.database.watching import DatabaseWatch, Seen, UnwatchableError
from ownkey.gateway.store.change_log import Position, read_changes

FRESH_FOR_S = 0.02
"""How old an answer may be: at high rates most calls then cost no look at the database at all."""

_DAY_S = 86_400


class VersionWatch:
    """Watches the database for changes of what client keys grant.

    Where something was committed, the log that triggers write tells whom it concerns. A file that was put in
    the database's place (a backup restored) concerns everything, and while there is none nothing is known. A
    new day concerns everything as well, because API tokens expire by the day.
    """

    def __init__(
        self,
        file: Path,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = DatabaseWatch(file)
        self._monotonic = monotonic
        self._clock = clock
        self._position: Position | None = None
        self._day: int | None = None
        self._history = ChangeHistory()
        self._fresh_until = float("-inf")

    @property
    def identity(self) -> FileIdentity | None:
        """Which file was read last: another one means that nothing read before counts."""
        return self._database.identity

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
        self._database.close()
        self._fresh_until = float("-inf")

    def _look(self) -> None:
        try:
            changes = self._read_changes()
        except (UnwatchableError, DriverError) as error:
            self.close()
            raise GrantsUnavailableError from error
        day = int(self._clock()) // _DAY_S
        if day != self._day:
            self._day = day
            changes = EVERYTHING
        if changes is not NOTHING:
            self._history.add(changes)

    def _read_changes(self) -> Changes:
        """Return whom the changes since the last look concern."""
        seen = self._database.look()
        if seen is Seen.SAME:
            return NOTHING
        if seen is Seen.REPLACED:
            self._position = None
        self._position, changes = read_changes(self._database.connection, self._position)
        return changes
