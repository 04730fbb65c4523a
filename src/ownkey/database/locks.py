"""A lock between processes: one of them changes the tables, the others wait and find them changed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ownkey.database.files import lock_of
from ownkey.obstacles import obstacle_in, obstacle_to_growing


class NoLockError(Exception):
    """No lock can be made beside the database; the message says why."""


@contextmanager
def tables_lock(database: Path) -> Iterator[None]:
    """Let no other process change the tables while the block lasts.

    Pages, gateway and worker are often started in the same moment, and after an upgrade.

    Raises:
        NoLockError: The lock cannot be made.
    """
    lock = lock_of(database)
    try:
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        why = obstacle_to_growing(lock) or obstacle_to_growing(database) or obstacle_in(error, lock)
        raise NoLockError(f"No lock can be made beside the database {database}. {why}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # it ends with its process
        yield
    finally:
        os.close(descriptor)
