"""The `ownkey` command with a database that takes no writes for as long as a file `read-only` is in its home.

Every connection is told so with `PRAGMA query_only`, which answers as SQLite does for a file that it may not
write (SQLITE_READONLY): `chmod` is no obstacle for root, and what is open already stays writable through a
mount that is read-only.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

FLAG = "read-only"


class Connection(sqlite3.Connection):
    """A connection that looks before each statement whether it may write."""

    def cursor(self, *args: Any, **named: Any) -> Any:  # noqa: ANN401 as sqlite3 has it
        """Return a cursor that writes, or not."""
        self._look()
        return super().cursor(*args, **named)

    def execute(self, *args: Any, **named: Any) -> Any:  # noqa: ANN401 as sqlite3 has it
        """Execute a statement, which may write or not."""
        self._look()
        return super().execute(*args, **named)

    def _look(self) -> None:
        is_read_only = (Path(os.environ["OWNKEY_HOME"]) / FLAG).exists()
        super().execute(f"PRAGMA query_only={int(is_read_only)}")


_connect = sqlite3.connect


def connect(*args: Any, **named: Any) -> Any:  # noqa: ANN401 as sqlite3 has it
    """Connect, with such a connection."""
    if os.environ["OWNKEY_HOME"] not in str(args[0] if args else named.get("database")):
        return _connect(*args, **named)  # a copy elsewhere, on a disk that takes writes
    return _connect(*args, **{"factory": Connection, **named})


if __name__ == "__main__":
    sqlite3.connect = sqlite3.dbapi2.connect = connect
    from ownkey.cli.main import main

    main()
