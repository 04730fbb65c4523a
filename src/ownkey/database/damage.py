"""Whether a database is damaged: SQLite's own examination of all of it, which is the only proof there is."""

import re
import sqlite3
from contextlib import closing
from enum import Enum, auto
from pathlib import Path
from typing import Final

from ownkey.database.driver import EXAMINING_PATIENCE_S, Connection, DriverError, open_to_read

# What is said of an index alone: SQLite can make it anew from rows that are whole.
OF_AN_INDEX: Final = re.compile(
    r"row \d+ missing from index |wrong # of entries in index |non-unique entry in index "
)


class Damage(Enum):
    """What an examination of the whole database found."""

    NONE = auto()
    INDEXES = auto()
    ROWS = auto()
    NO_DATABASE = auto()


def damage_in(file: Path) -> Damage:
    """Return what is damaged in a database; nothing is written.

    Raises:
        DriverError: It cannot be examined: a lock, the disk or this user's rights stand in the way.
    """
    with closing(open_to_read(file, patience_s=EXAMINING_PATIENCE_S)) as database:
        return damage_seen_by(database)


def damage_seen_by(database: Connection) -> Damage:
    """Return what is damaged in an open database.

    Raises:
        DriverError: It cannot be examined.
    """
    try:
        found = [str(line) for (line,) in database.execute("PRAGMA integrity_check").fetchall()]
    except DriverError as error:
        match error.sqlite_errorcode & 0xFF:
            case sqlite3.SQLITE_NOTADB:
                return Damage.NO_DATABASE
            case sqlite3.SQLITE_CORRUPT:
                return Damage.ROWS
        raise
    if found == ["ok"]:
        return Damage.NONE
    return Damage.INDEXES if all(OF_AN_INDEX.match(line) for line in found) else Damage.ROWS
