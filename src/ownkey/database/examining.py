"""Examining a database while others use it: whether it is whole, takes writes and keeps its journal."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ownkey.database.damage import Damage, damage_seen_by
from ownkey.database.driver import EXAMINING_PATIENCE_S, Connection, open_to_write
from ownkey.database.files import beside

TRIAL_PAGES: Final = 32


@dataclass(frozen=True, slots=True)
class Journal:
    """How the database keeps what is being written.

    Attributes:
        mode: What the database calls it.
        is_usual: Whether it is the mode that Ownkey asks for, in which readers and a writer do not wait for
            each other.
        size: How many bytes have not been put into the database yet.
    """

    mode: str
    is_usual: bool
    size: int


class Examined:
    """A database that is open for examination; every method may raise a `DriverError`."""

    def __init__(self, connection: Connection, file: Path) -> None:
        self._connection = connection
        self._file = file

    def damage(self) -> Damage:
        """Return what an examination of all of it finds."""
        return damage_seen_by(self._connection)

    def tables_with_dangling_links(self) -> list[str]:
        """Return the tables that have rows which refer to others that are gone."""
        rows = self._connection.execute("PRAGMA foreign_key_check")
        return sorted({str(row[0]) for row in rows})

    def try_to_write(self) -> None:
        """Write something, and take it back."""
        # More than the connection keeps in memory, so that it goes to the disk before it is taken back.
        self._connection.execute("PRAGMA cache_size=4")
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("CREATE TABLE doctor_was_here (number INTEGER, trace BLOB)")
        for number in range(TRIAL_PAGES):
            self._connection.execute("INSERT INTO doctor_was_here VALUES (?, zeroblob(3000))", (number,))
        self._connection.execute("ROLLBACK")

    def journal(self) -> Journal:
        """Return how it keeps what is being written."""
        mode = str(self._connection.execute("PRAGMA journal_mode").fetchone()[0])
        (wal,) = beside(self._file, ("-wal",))
        return Journal(mode, mode == "wal", wal.stat().st_size if wal.exists() else 0)


@contextmanager
def examined(file: Path) -> Iterator[Examined]:
    """Open a database that is there while the block lasts.

    Raises:
        ownkey.database.driver.DriverError: It cannot be opened.
    """
    with closing(open_to_write(file, patience_s=EXAMINING_PATIENCE_S)) as connection:
        yield Examined(connection, file)
