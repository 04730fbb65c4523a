"""The driver of the database, by names that do not tell which one it is."""

import sqlite3
from pathlib import Path
from typing import Final

Connection = sqlite3.Connection
DriverError = sqlite3.Error
"""What the driver raises, where Django does not stand between."""

EXAMINING_PATIENCE_S: Final = 5
"""How long whoever examines a database waits for other processes."""


def open_to_read(file: Path, *, patience_s: float, in_any_thread: bool = False) -> Connection:
    """Open a database that is there; nothing can be written through it.

    Args:
        file: The database.
        patience_s: How long a statement waits for a process that holds a lock.
        in_any_thread: Whether threads other than this one use the connection, one at a time.

    Raises:
        DriverError: It cannot be opened.
    """
    return sqlite3.connect(
        f"{file.as_uri()}?mode=ro",
        uri=True,
        timeout=patience_s,
        isolation_level=None,
        check_same_thread=not in_any_thread,
    )


def open_to_write(file: Path, *, patience_s: float) -> Connection:
    """Open a database that is there; a transaction begins and ends only where a statement says so.

    Raises:
        DriverError: It cannot be opened.
    """
    return sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=patience_s, isolation_level=None)
