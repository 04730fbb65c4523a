"""Adding batches to the record from a thread that stays, with a connection of its own."""

from collections.abc import Sequence

from ownkey.audit.entry import NewEntry
from ownkey.audit.storing import append
from ownkey.database.current_file import CurrentFile

BUSY_FOR_MS = 2_000
"""How long a batch waits for other writers. Calls wait for it, and are refused when it fails."""


class BatchAppender:
    """Adds batches; called from one thread only.

    A backup may be restored meanwhile: the file is looked at before each batch.
    """

    def __init__(self) -> None:
        self._file = CurrentFile(busy_for_ms=BUSY_FOR_MS)

    def __call__(self, entries: Sequence[NewEntry]) -> None:
        """Add all entries to the record, on disk when this returns, or none.

        Raises:
            Exception: They could not be added.
        """
        try:
            self._file.open()
            append(entries)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection of this thread."""
        self._file.close()
