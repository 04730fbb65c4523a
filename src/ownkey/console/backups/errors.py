"""Why a backup was not made or not restored; the message is for the operator.

BackupError
├── NotABackupError       the file is cut, damaged or something else
├── KeysNeededError       the keys that open what is in it are not at hand
├── InTheWayError         something is there already that would be overwritten
├── DatabaseMissingError  the database is gone that the keys belong to
└── NothingSavedError     nobody and nothing is in the database
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ownkey.database.copies import CopyError, UnreadableCopyError


class BackupError(Exception):
    """It was not done, and nothing was changed."""

    code = "backup"


class NotABackupError(BackupError):
    """The file cannot be restored from."""

    code = "backup-damaged"


class KeysNeededError(BackupError):
    """No keys, or other ones."""

    code = "backup-keys-needed"


class InTheWayError(BackupError):
    """There is something already."""

    code = "backup-in-the-way"


class DatabaseMissingError(BackupError):
    """There was a database, and it is gone."""

    code = "database-missing"


class NothingSavedError(BackupError):
    """The database holds no people and no ALM accounts."""

    code = "backup-of-nothing"


@contextmanager
def errors_of_copies() -> Iterator[None]:
    """Raise what goes wrong with a copy of the database as what it means for the backup."""
    try:
        yield
    except UnreadableCopyError as error:
        raise NotABackupError(str(error)) from None
    except CopyError as error:
        raise BackupError(str(error)) from None
