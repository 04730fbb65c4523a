"""What is wrong with a database that does not work: words for people, for pages, commands and the doctor.

SQLite says in a code what failed; a look at the file and at its disk says why. Only an examination of the
whole database proves that something is lost, so nothing else ever speaks of a backup.
"""

import os
import sqlite3
import tempfile
from pathlib import Path

from django.db import Error

from ownkey.database import words
from ownkey.database.damage import Damage, damage_in
from ownkey.database.files import files_of
from ownkey.database.words import Trouble
from ownkey.environment.process import current_environment
from ownkey.environment.surroundings import sqlite_temporary_directories
from ownkey.obstacles import Obstacle, obstacle_in_limits, obstacle_to_growing

_BY_PRIMARY_CODE = {
    sqlite3.SQLITE_BUSY: words.BUSY,
    sqlite3.SQLITE_LOCKED: words.BUSY,
    sqlite3.SQLITE_TOOBIG: words.TOO_LARGE,
    sqlite3.SQLITE_PROTOCOL: words.NO_LOCKS,
    sqlite3.SQLITE_NOLFS: words.NO_LOCKS,
}
_BY_WHOLE_CODE = {
    sqlite3.SQLITE_READONLY_DBMOVED: words.MOVED,
    sqlite3.SQLITE_IOERR_LOCK: words.NO_LOCKS,
    sqlite3.SQLITE_IOERR_UNLOCK: words.NO_LOCKS,
    sqlite3.SQLITE_IOERR_RDLOCK: words.NO_LOCKS,
    sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK: words.NO_LOCKS,
    sqlite3.SQLITE_IOERR_SHMLOCK: words.NO_LOCKS,
    sqlite3.SQLITE_IOERR_GETTEMPPATH: words.NO_TEMPORARY,
    sqlite3.SQLITE_CANTOPEN_NOTEMPDIR: words.NO_TEMPORARY,
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# What these are about is seen by looking; where nothing is seen, this is said.
_BY_LOOKING = {
    sqlite3.SQLITE_FULL: words.LIMITED,
    sqlite3.SQLITE_READONLY: words.READ_ONLY,
    sqlite3.SQLITE_PERM: words.READ_ONLY,
    sqlite3.SQLITE_IOERR: words.FAILING,
    sqlite3.SQLITE_CANTOPEN: words.UNOPENED,
}


def trouble_of(
    error: BaseException | None, *, file: Path | None = None, examine: bool = False
) -> Trouble | None:
    """Return what is wrong with the database, None where the error is about something else.

    A mistake in a statement, or a rule that a row breaks, is no trouble of the database.

    Args:
        error: What was raised, by Django or by SQLite.
        file: The database; by default Ownkey's own.
        examine: Whether damage that SQLite reports is looked into, which reads the whole database.
    """
    cause = error if isinstance(error, sqlite3.Error) else getattr(error, "__cause__", None)
    if not isinstance(error, Error | sqlite3.Error) or not isinstance(cause, sqlite3.Error):
        return None
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:
        return None
    return _trouble_by(code, file or current_environment().database_file, examine=examine)


def trouble_by_damage(damage: Damage, file: Path) -> Trouble:
    """Return what an examination of the whole database found."""
    found = words.BY_DAMAGE[damage]
    return Trouble(found.code, found.sentence.format(file=file), found.next_step.format(file=file))


def obstacle_to_database(file: Path) -> Obstacle | None:
    """Return what keeps this process from the database, or from the files that SQLite keeps beside it."""
    together = files_of(file)
    for path in together:
        if obstacle := obstacle_to_growing(path, size=_size_of(together)):
            return obstacle
    return None


def _trouble_by(code: int, file: Path, *, examine: bool) -> Trouble | None:
    # The lower byte says what it is; the rest says where it came up.
    primary = code & 0xFF
    if certain := _BY_WHOLE_CODE.get(code) or _BY_PRIMARY_CODE.get(primary):
        return certain
    if primary in _DAMAGED:
        return _looked_into(file) if examine else words.SUSPECTED
    if primary not in _BY_LOOKING:
        return None
    obstacle = obstacle_to_database(file) or _obstacle_to_temporary_files() or _limit(primary, file)
    return _BY_LOOKING[primary] if obstacle is None else _as_trouble(obstacle)


def _limit(primary: int, file: Path) -> Obstacle | None:
    may_be_one = primary in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
    return obstacle_in_limits(file) if may_be_one else None


def _as_trouble(obstacle: Obstacle) -> Trouble:
    on_pages = words.ON_PAGES.get(obstacle.code, words.ON_PAGES_ELSE)
    sentence = f"Ownkey cannot use its database: {obstacle.sentence}"
    return Trouble(obstacle.code, sentence, obstacle.next_step, *on_pages)


def _looked_into(file: Path) -> Trouble:
    """Return whether damage is proved; where it cannot be looked into, why."""
    try:
        return trouble_by_damage(damage_in(file), file)
    except sqlite3.Error as error:
        found = trouble_of(error, file=file)
        return words.SUSPECTED if found is None else found


def _obstacle_to_temporary_files() -> Obstacle | None:
    """Return what keeps SQLite from its temporary files, which large statements need."""
    for directory in sqlite_temporary_directories():
        if directory.is_dir() and os.access(directory, os.W_OK | os.X_OK):
            return obstacle_to_growing(directory / f"{tempfile.gettempprefix()}-of-sqlite")
    return None


def _size_of(files: list[Path]) -> int:
    sizes = [0]
    for path in files:
        try:
            sizes.append(path.stat().st_size)
        except OSError:
            continue
    return max(sizes)
