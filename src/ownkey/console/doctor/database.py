"""The database: there, whole, writable, and with the tables of this version."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.db import DatabaseError, connection

from ownkey.console.database_damage import PATIENCE_S, Damage, damage_seen_by
from ownkey.console.database_trouble import trouble_by_damage, trouble_of
from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.console.first_start import missing_database
from ownkey.console.tables import NEWER, NEWER_STEP, table_changes
from ownkey.environment.values import Environment
from ownkey.obstacles import obstacle_to_reading

TRIAL_PAGES = 32
LARGE_WAL = 256 * 1024 * 1024
REPORT = "Tell Ownkey's developers what this line says; nothing is to be moved or replaced for it."


def examine_database(environment: Environment) -> Iterator[Finding]:
    """Look at the database."""
    file = environment.database_file
    if missing := missing_database(environment):
        yield fail("database", missing.sentence, missing.next_step)
        return
    if not os.path.lexists(file):
        yield _missing(file)
        return
    try:
        with closing(
            sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=PATIENCE_S, isolation_level=None)
        ) as database:
            yield from _whole(database, file)
            yield _writable(database, file)
            yield _journal(database, file)
    except sqlite3.Error as error:
        yield _failing("database", "The database cannot be read", error, file)
        return
    yield _tables(file)


def _missing(file: Path) -> Finding:
    if obstacle := obstacle_to_reading(file):
        return fail("database", f"The database cannot be looked at: {obstacle.sentence}", obstacle.next_step)
    return fail(
        "database",
        f"There is no database {file}.",
        "If Ownkey has run here before, check OWNKEY_HOME and OWNKEY_DATABASE_URL, and that the disk is "
        "mounted; for a new installation run ownkey init.",
    )


def _whole(database: sqlite3.Connection, file: Path) -> Iterator[Finding]:
    damage = damage_seen_by(database)
    if damage is not Damage.NONE:
        trouble = trouble_by_damage(damage, file)
        yield fail("database", trouble.sentence, trouble.next_step)
        return
    yield fine("database", "The database is whole.")
    tables = sorted({str(row[0]) for row in database.execute("PRAGMA foreign_key_check")})
    if tables:
        yield warn("database-links", f"Rows refer to others that are gone, in: {', '.join(tables)}.", REPORT)


def _writable(database: sqlite3.Connection, file: Path) -> Finding:
    try:
        # More than the connection keeps in memory, so that it goes to the disk before it is taken back.
        database.execute("PRAGMA cache_size=4")
        database.execute("BEGIN IMMEDIATE")
        database.execute("CREATE TABLE doctor_was_here (number INTEGER, trace BLOB)")
        for number in range(TRIAL_PAGES):
            database.execute("INSERT INTO doctor_was_here VALUES (?, zeroblob(3000))", (number,))
        database.execute("ROLLBACK")
    except sqlite3.Error as error:
        return _failing("database-writes", "The database takes no writes", error, file)
    return fine("database-writes", "The database takes writes.")


def _failing(check: str, what: str, error: Exception, file: Path) -> Finding:
    """Return what SQLite says, and why where that is known."""
    trouble = trouble_of(error, file=file, examine=True)
    if trouble is None:
        return fail(check, f"{what}: {error}.", REPORT)
    return fail(check, f"{what} ({error.__cause__ or error}). {trouble.sentence}", trouble.next_step)


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


def _tables(file: Path) -> Finding:
    try:
        changes = table_changes()
    except DatabaseError as error:
        return _failing("migrations", "The tables cannot be read", error, file)
    finally:
        connection.close()
    if changes.from_the_future:
        return fail("migrations", f"{NEWER} ({', '.join(changes.from_the_future)}).", NEWER_STEP)
    if changes.to_come:
        return warn(
            "migrations",
            f"The tables are of an older version: {len(changes.to_come)} changes are to be made.",
            "Make a backup (ownkey backup), then start Ownkey or run ownkey init.",
        )
    return fine("migrations", "The tables are those of this version.")
