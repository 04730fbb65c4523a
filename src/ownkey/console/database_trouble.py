"""What is wrong with a database that does not do as it is told: words for people, for pages and commands."""

import sqlite3
from dataclasses import dataclass

from django.db import DatabaseError


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the database failed.

    Attributes:
        code: A stable name.
        sentence: What is wrong.
        next_step: What whoever runs Ownkey does about it.
    """

    code: str
    sentence: str
    next_step: str


FULL = Trouble(
    "disk-full",
    "The disk that Ownkey keeps its data on is full, so nothing can be saved.",
    "Make room on it; Ownkey goes on by itself.",
)
READ_ONLY = Trouble(
    "database-read-only",
    "Ownkey’s database takes no writes, so nothing can be saved.",
    "Check who owns the data directory, and whether its disk was mounted read-only.",
)
BUSY = Trouble(
    "database-busy",
    "Another process has held Ownkey’s database for too long.",
    "Try again; if it stays so, find the process that holds it.",
)
DAMAGED = Trouble(
    "database-damaged",
    "Ownkey’s database is damaged.",
    "Stop Ownkey, move the database away, and restore a backup (ownkey restore).",
)
FAILING = Trouble(
    "database-failing",
    "Ownkey’s database cannot be read or written.",
    "Check the disk, the data directory and who owns it; ownkey doctor says more.",
)

_TROUBLES = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_IOERR: FAILING,
    sqlite3.SQLITE_CANTOPEN: FAILING,
    sqlite3.SQLITE_PERM: FAILING,
}


def trouble_of(error: BaseException | None) -> Trouble | None:
    """Return what is wrong with the database, None where the error is about something else.

    A mistake in a statement, or a rule that a row breaks, is no trouble of the database.
    """
    if not isinstance(error, DatabaseError):
        return None
    cause: object = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    # The lower byte says what it is; the rest says where it came up.
    return None if code is None else _TROUBLES.get(code & 0xFF)
