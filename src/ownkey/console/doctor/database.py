"""The database: there, whole, writable, and with the tables of this version."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.console.environment import Environment

PATIENCE_S = 5
TRIAL_PAGES = 32
LARGE_WAL = 256 * 1024 * 1024
RESTORE = "Stop Ownkey, move the database away, and restore a backup (ownkey restore)."


def examine_database(environment: Environment) -> Iterator[Finding]:
    """Look at the database."""
    file = environment.database_file
    if not file.exists():
        yield fail("database", f"There is no database {file}.", "Run ownkey init, or ownkey restore.")
        return
    try:
        with closing(
            sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=PATIENCE_S, isolation_level=None)
        ) as database:
            yield _whole(database)
            yield _writable(database)
            yield _journal(database, file)
    except sqlite3.Error as error:
        yield fail("database", f"The database cannot be read: {error}.", RESTORE)
        return
    yield _tables()


def _whole(database: sqlite3.Connection) -> Finding:
    found = database.execute("PRAGMA integrity_check(3)").fetchall()
    if found != [("ok",)]:
        return fail("database", f"The database is damaged: {found[0][0]}.", RESTORE)
    if database.execute("PRAGMA foreign_key_check").fetchone():
        return fail("database", "Rows of the database refer to others that are gone.", RESTORE)
    return fine("database", "The database is whole.")


def _writable(database: sqlite3.Connection) -> Finding:
    try:
        # More than the connection keeps in memory, so that it goes to the disk before it is taken back.
        database.execute("PRAGMA cache_size=4")
        database.execute("BEGIN IMMEDIATE")
        database.execute("CREATE TABLE doctor_was_here (number INTEGER, trace BLOB)")
        for number in range(TRIAL_PAGES):
            database.execute("INSERT INTO doctor_was_here VALUES (?, zeroblob(3000))", (number,))
        database.execute("ROLLBACK")
    except sqlite3.Error as error:
        return fail(
            "database-writes",
            f"The database takes no writes: {error}.",
            "If it is locked, find the process that holds it; otherwise check its permissions and the disk.",
        )
    return fine("database-writes", "The database takes writes.")


def _journal(database: sqlite3.Connection, file: Path) -> Finding:
    mode = database.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        return warn(
            "database-wal",
            f"The journal mode is {mode}, not WAL: readers and writers wait for each other.",
            "Start Ownkey once; if it stays so, the file system may not support WAL (network drives do not).",
        )
    wal = file.with_name(f"{file.name}-wal")
    size = wal.stat().st_size if wal.exists() else 0
    if size > LARGE_WAL:
        return warn(
            "database-wal",
            f"The write-ahead log has grown to {size // 1024 // 1024} MB.",
            "Something has been reading for very long: restart Ownkey.",
        )
    return fine("database-wal", "The write-ahead log is in use and small.")


def _tables() -> Finding:
    try:
        loader = MigrationLoader(connection)
    except DatabaseError as error:
        return fail("migrations", f"The tables cannot be read: {error}.", RESTORE)
    finally:
        connection.close()
    known, applied = set(loader.disk_migrations or {}), set(loader.applied_migrations)
    if newer := applied - known:
        names = ", ".join(sorted(f"{app}.{name}" for app, name in newer))
        return fail(
            "migrations",
            f"A newer version of Ownkey has changed the tables ({names}).",
            "Install that version again, or restore the backup from before it.",
        )
    if missing := known - applied:
        return warn(
            "migrations",
            f"The tables are of an older version: {len(missing)} changes are to be made.",
            "Make a backup (ownkey backup), then start Ownkey or run ownkey init.",
        )
    return fine("migrations", "The tables are those of this version.")
