"""The database: there, whole, writable, and with the tables of this version."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError, connection

from ownkey.console.doctor.findings import Finding, fail, fine, warn
from ownkey.console.first_start import missing_database
from ownkey.console.tables import NEWER, NEWER_STEP, table_changes
from ownkey.database.damage import Damage
from ownkey.database.driver import DriverError
from ownkey.database.examining import Examined, Journal, examined
from ownkey.database.troubles import trouble_by_damage, trouble_of
from ownkey.environment.values import Environment
from ownkey.obstacles import obstacle_to_reading

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
        with examined(file) as database:
            yield from _whole(database, file)
            yield _writable(database, file)
            yield _journal(database.journal())
    except DriverError as error:
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


def _whole(database: Examined, file: Path) -> Iterator[Finding]:
    damage = database.damage()
    if damage is not Damage.NONE:
        trouble = trouble_by_damage(damage, file)
        yield fail("database", trouble.sentence, trouble.next_step)
        return
    yield fine("database", "The database is whole.")
    if tables := database.tables_with_dangling_links():
        yield warn("database-links", f"Rows refer to others that are gone, in: {', '.join(tables)}.", REPORT)


def _writable(database: Examined, file: Path) -> Finding:
    try:
        database.try_to_write()
    except DriverError as error:
        return _failing("database-writes", "The database takes no writes", error, file)
    return fine("database-writes", "The database takes writes.")


def _failing(check: str, what: str, error: Exception, file: Path) -> Finding:
    """Return what SQLite says, and why where that is known."""
    trouble = trouble_of(error, file=file, examine=True)
    if trouble is None:
        return fail(check, f"{what}: {error}.", REPORT)
    return fail(check, f"{what} ({error.__cause__ or error}). {trouble.sentence}", trouble.next_step)


def _journal(journal: Journal) -> Finding:
    if not journal.is_usual:
        return warn(
            "database-wal",
            f"The journal mode is {journal.mode}, not WAL: readers and writers wait for each other.",
            "Start Ownkey once; if it stays so, the file system may not support WAL (network drives do not).",
        )
    if journal.size > LARGE_WAL:
        return warn(
            "database-wal",
            f"The write-ahead log has grown to {journal.size // 1024 // 1024} MB.",
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
