"""Copies of the database: made while others write, examined, opened beside the real one."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from django.db import DatabaseError, connections
from django.db.migrations.recorder import MigrationRecorder

from ownkey.database.driver import DriverError, open_to_read
from ownkey.database.troubles import obstacle_to_database, trouble_of

KIND: Final = "sqlite"
"""What a backup says of the kind of its database."""
KIND_NAME: Final = "SQLite"
PATIENCE_S: Final = 10


class CopyError(Exception):
    """A copy cannot be made or written; the message says why."""


class UnreadableCopyError(CopyError):
    """What is in a copy cannot be read, or is damaged."""


def copy_database(source: Path, target: Path) -> None:
    """Copy the database as it is at one moment; whoever writes meanwhile goes on writing.

    Raises:
        CopyError: It cannot be read, or the copy cannot be written.
    """
    if not source.exists():
        raise CopyError(f"There is no database {source}: check OWNKEY_HOME, and who you are.")
    # Opening a pipe would wait for ever for its other end.
    if not source.is_file() and (obstacle := obstacle_to_database(source)):
        raise CopyError(f"The database cannot be copied. {obstacle.sentence} {obstacle.next_step}")
    try:
        target.touch(mode=0o600, exist_ok=False)
        with closing(open_to_read(source, patience_s=PATIENCE_S)) as original, _opened(target) as copy:
            # All pages in one step: that is one snapshot, however many transactions end meanwhile.
            original.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing left beside it
    except (DriverError, OSError) as error:
        raise CopyError(_why_not_copied(error, source)) from None


def destroy_rows(copy: Path, table: str) -> None:
    """Destroy all rows of a table in a copy, so that nothing of them is left in its file.

    Raises:
        CopyError: The copy cannot be written.
    """
    try:
        with _opened(copy) as opened, opened:
            opened.execute("PRAGMA secure_delete=ON")
            opened.execute(f'DELETE FROM "{table}"')  # noqa: S608 the name of a table of ours
    except DriverError as error:
        raise CopyError(f"The copy of the database cannot be written: {error}.") from None


def count_rows(copy: Path, table: str) -> int | None:
    """Return how many rows a table of a copy has; None where there is no such table.

    Raises:
        UnreadableCopyError: The copy cannot be read.
    """
    try:
        with closing(open_to_read(copy, patience_s=PATIENCE_S)) as opened:
            is_there = opened.execute(
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
            )
            if is_there.fetchone() is None:
                return None
            count = opened.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 the name of a table of ours
            return int(count.fetchone()[0])
    except DriverError as error:
        raise UnreadableCopyError(f"The database in it cannot be read: {error}.") from None


def refuse_damaged(copy: Path) -> None:
    """Refuse a copy that an examination finds fault with.

    Raises:
        UnreadableCopyError: It is damaged.
    """
    try:
        with closing(open_to_read(copy, patience_s=PATIENCE_S)) as opened:
            found = opened.execute("PRAGMA integrity_check").fetchall()
            dangling = opened.execute("PRAGMA foreign_key_check").fetchall()
    except DriverError:
        found, dangling = [], []
    if found != [("ok",)] or dangling:
        raise UnreadableCopyError("The database in it is damaged (PRAGMA integrity_check says so).")


@contextmanager
def opened_beside(copy: Path) -> Iterator[str]:
    """Open a copy for Django while the block lasts; yields the alias to use it by.

    Raises:
        UnreadableCopyError: The copy cannot be read.
    """
    alias = f"copy-{secrets.token_hex(4)}"
    connections.databases[alias] = {**connections.databases["default"], "NAME": copy, "OPTIONS": {}}
    try:
        yield alias
    except DatabaseError as error:
        raise UnreadableCopyError(f"The database in it cannot be read: {error}.") from None
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.databases[alias]


def migrations_of(alias: str) -> tuple[str, ...]:
    """Return what has been done to a database's tables, as `app.name`."""
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    return tuple(sorted(f"{app}.{name}" for app, name in applied))


@contextmanager
def _opened(copy: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(copy, timeout=PATIENCE_S)) as opened:
        yield opened


def _why_not_copied(error: Exception, source: Path) -> str:
    """Return what keeps the database from being copied, and the next step where one is known."""
    trouble = trouble_of(error, file=source, examine=True)
    if trouble is None:
        return f"The database cannot be copied: {error}."
    return f"The database cannot be copied. {trouble.sentence} {trouble.next_step}"
