"""Whether a start is the first one, or whether the database of an earlier one is gone.

The first start makes keys before tables. Until it has ended, a mark in the data directory says so. Where
there is no mark, what a database leaves behind (a key file, SQLite's files, Ownkey's lock) proves that there
was one.
"""

import os
from pathlib import Path
from typing import Final

from ownkey.database.files import is_gone, lock_of, unwritten_beside
from ownkey.environment.values import Environment
from ownkey.obstacles import Obstacle, obstacle_to_reading

MARK: Final = "first-start"
CODE: Final = "database-missing"


def missing_database(environment: Environment, *, may_be_new: bool = False) -> Obstacle | None:
    """Return what is left of a database that is gone; None where there is one, or where none has ever been.

    Args:
        environment: Whose database.
        may_be_new: Whether an empty database is wanted although keys are there already.
    """
    unwritten = unwritten_beside(environment.database_file)
    left = None if may_be_new else _what_is_left(environment)
    # Another process may be at its first start meanwhile: it makes its mark first, and its tables before it
    # takes the mark away.
    is_first = left is None or _mark(environment).exists()
    if not is_gone(environment.database_file):
        return None
    if unwritten is not None:
        return _torn_off(environment.database_file, unwritten)
    return None if left is None or is_first else _left_behind(environment.database_file, left)


def begin(environment: Environment) -> None:
    """Note that a first start has begun, if this is one."""
    if is_gone(environment.database_file):
        descriptor = os.open(_mark(environment), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.close(descriptor)


def end(environment: Environment) -> None:
    """Note that the tables are there."""
    _mark(environment).unlink(missing_ok=True)


def _what_is_left(environment: Environment) -> Path | None:
    lock = lock_of(environment.database_file)
    key_file = () if environment.key_ring is not None else (environment.key_file,)
    return next((path for path in (*key_file, lock) if os.path.lexists(path)), None)


def _left_behind(database: Path, left: Path) -> Obstacle:
    return Obstacle(
        CODE,
        f"{_how_it_is_gone(database)} {left} is there, so Ownkey has run here before. Nothing was made in "
        "its place.",
        "Check OWNKEY_HOME and OWNKEY_DATABASE_URL, and that the disk is mounted; where the database is "
        f"lost, {_way_back(database)}. To begin with an empty database instead: ownkey init --new-database",
    )


def _torn_off(database: Path, unwritten: Path) -> Obstacle:
    return Obstacle(
        CODE,
        f"{_how_it_is_gone(database)} {unwritten.name} beside it holds what was saved last, and SQLite would "
        "delete that: nothing was opened.",
        f"Put the database back beside it; or move {unwritten.name} into another directory, keep it, and "
        f"{_way_back(database)}.",
    )


def _how_it_is_gone(database: Path) -> str:
    if database.exists():
        return f"The database {database} is empty (0 bytes)."
    why = obstacle_to_reading(database)
    return f"The database {database} is missing." + (f" {why.sentence}" if why else "")


def _way_back(database: Path) -> str:
    first = f"move {database.name} away and " if os.path.lexists(database) else ""
    return f"{first}restore a backup (ownkey restore)"


def _mark(environment: Environment) -> Path:
    return environment.home / MARK
