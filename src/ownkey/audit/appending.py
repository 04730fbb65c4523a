"""Adding batches to the record from a thread that stays, with a connection of its own."""

import os
from collections.abc import Sequence

from django.db import connection

from ownkey.audit.entry import NewEntry
from ownkey.audit.storing import append

BUSY_FOR_MS = 2_000
"""How long a batch waits for other writers. Calls wait for it, and are refused when it fails."""


class BatchAppender:
    """Adds batches; called from one thread only.

    A connection to a file that was removed or replaced (a backup restored) would go on writing to the old
    one, which nobody ever reads: the file is looked at before each batch.
    """

    def __init__(self) -> None:
        self._opened: tuple[int, int] | None = None

    def __call__(self, entries: Sequence[NewEntry]) -> None:
        """Add all entries to the record, on disk when this returns, or none.

        Raises:
            Exception: They could not be added.
        """
        try:
            self._open()
            append(entries)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection of this thread."""
        connection.close()
        self._opened = None

    def _open(self) -> None:
        found = os.stat(connection.settings_dict["NAME"])  # noqa: PTH116 half the time of Path.stat
        if (found.st_dev, found.st_ino) != self._opened:
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout={BUSY_FOR_MS}")
            self._opened = (found.st_dev, found.st_ino)
