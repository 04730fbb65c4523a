"""Whether a database was replaced or has changed, asked in microseconds and without Django."""

from enum import Enum, auto
from pathlib import Path
from typing import Final

from ownkey.database.driver import Connection, DriverError, open_to_read
from ownkey.database.files import FileIdentity, identity_of

PATIENCE_S: Final = 0.05
"""How long a look waits for a lock: it is done in the event loop."""


class UnwatchableError(Exception):
    """The database cannot be read at the moment; the cause says why."""


class Seen(Enum):
    """What a look found."""

    SAME = auto()
    """The same file, and nobody has committed anything."""
    CHANGED = auto()
    """The same file, and something was committed since the last look that succeeded."""
    REPLACED = auto()
    """Another file, or the first look."""


class DatabaseWatch:
    """Looks at one database.

    `PRAGMA data_version` moves with every commit by another connection, and this one writes nothing, so it
    sees all of them. The file is looked at too: one that was put in its place (a backup restored) is opened
    anew.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: Connection | None = None
        self._identity: FileIdentity | None = None
        self._data_version: int | None = None

    @property
    def identity(self) -> FileIdentity | None:
        """Which file was looked at last: another one means that nothing read before counts."""
        return self._identity

    def look(self) -> Seen:
        """Return what has happened since the last look.

        Raises:
            UnwatchableError: The database cannot be read.
        """
        try:
            return self._look()
        except (OSError, DriverError) as error:
            self.close()
            raise UnwatchableError from error

    @property
    def connection(self) -> Connection:
        """The open database, for reading what has changed; after a look only."""
        assert self._connection is not None  # noqa: S101 a look opens it
        return self._connection

    def close(self) -> None:
        """Close the database; the next look opens it again, and takes it for changed."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._data_version = None

    def _look(self) -> Seen:
        identity = identity_of(self._file)
        is_another = identity != self._identity
        if is_another:
            self.close()
            self._identity = identity
        if self._connection is None:
            self._connection = open_to_read(self._file, patience_s=PATIENCE_S, in_any_thread=True)
        data_version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        is_changed = data_version != self._data_version
        self._data_version = data_version
        if is_another:
            return Seen.REPLACED
        return Seen.CHANGED if is_changed else Seen.SAME
