"""Django's connection of a thread that stays, always to the file that has the database's name now."""

from django.db import connection

from ownkey.database.files import FileIdentity, identity_of


class CurrentFile:
    """Keeps the connection of one thread to the database that is there.

    A connection to a file that was removed or replaced (a backup restored) would go on writing to the old
    one, which nobody ever reads.
    """

    def __init__(self, *, busy_for_ms: int) -> None:
        """Take how long a statement waits for other writers."""
        self._busy_for_ms = busy_for_ms
        self._opened: FileIdentity | None = None

    def open(self) -> None:
        """Connect, unless it is connected to this very file.

        Raises:
            OSError: There is no database.
            django.db.DatabaseError: It cannot be opened.
        """
        found = identity_of(connection.settings_dict["NAME"])
        if found != self._opened:
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout={self._busy_for_ms}")
            self._opened = found

    def close(self) -> None:
        """Close the connection of this thread."""
        connection.close()
        self._opened = None
