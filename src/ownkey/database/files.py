"""The files that a database consists of, and which of two files is which."""

import os
import stat
from pathlib import Path
from typing import Final, NamedTuple

UNWRITTEN: Final = ("-wal", "-journal")
"""What SQLite keeps beside a database and has not put into it yet."""
BESIDE: Final = ("-wal", "-shm", "-journal")
"""All that SQLite keeps beside a database."""


class FileIdentity(NamedTuple):
    """What tells a file from another one that was put in its place under the same name."""

    device: int
    inode: int


def identity_of(file: str | Path) -> FileIdentity:
    """Return which file has this name now.

    Raises:
        OSError: There is none, or it cannot be looked at.
    """
    found = os.stat(file)  # noqa: PTH116 half the time of Path.stat, and some ask for every call
    return FileIdentity(found.st_dev, found.st_ino)


def is_gone(database: Path) -> bool:
    """Return whether there is no database: no file, or one without a byte in it."""
    try:
        found = database.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # what stands in the way is said when the database is opened
    return stat.S_ISREG(found.st_mode) and found.st_size == 0


def files_of(database: Path) -> list[Path]:
    """Return a database and all that may be kept beside it, whether it is there or not."""
    return [database, *beside(database, BESIDE)]


def unwritten_beside(database: Path) -> Path | None:
    """Return a file beside a database that holds what was saved last, None if there is none."""
    found = (path for path in beside(database, UNWRITTEN) if path.is_file() and path.stat().st_size)
    return next(found, None)


def lock_of(database: Path) -> Path:
    """Return the file that is locked while the tables of a database are changed."""
    return database.with_name(f"{database.name}.lock")


def beside(database: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files beside a database that have these suffixes."""
    return [database.with_name(f"{database.name}{suffix}") for suffix in suffixes]
