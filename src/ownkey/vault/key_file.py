"""The key file: where the key ring is kept by default, readable by its owner alone.

It is made whole under another name and then linked to its own, so it is never seen half written and never
overwrites an older one, however many processes start at once and whenever one is killed. Whoever changes it
holds a lock, writes the whole ring under another name, and renames that: at each moment the file holds every
key that anything was sealed with.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ownkey.obstacles import obstacle_in, obstacle_to_growing, obstacle_to_reading
from ownkey.vault.errors import (
    CorruptKeyFileError,
    ExposedKeyFileError,
    KeyFileBusyError,
    MissingKeyFileError,
    UnusableKeyFileError,
)
from ownkey.vault.key_document import PUT_BACK, parse_document, write_document
from ownkey.vault.key_provider import KeyProvider
from ownkey.vault.key_ring import KeyRing, new_key

SIZE_LIMIT: Final = 1024 * 1024


def load_or_create_key_file(path: Path, *, provider: KeyProvider | None = None) -> KeyRing:
    """Return the ring in a key file, making the file and its directory first if there is none.

    Once secrets have been sealed use `load_key_file`: a lost key file must be noticed, not replaced.

    Raises:
        KeyFileError: The file is open to others, is not a key file, or cannot be read or made.
        KeyProviderError: The provider does not wrap or unwrap its keys.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_exposed_directory(path.parent)
            _create(path, provider)
    except OSError as error:
        raise UnusableKeyFileError(f"The key file {path} cannot be made. {_cause(error, path)}") from None
    return load_key_file(path, provider=provider)


def load_key_file(path: Path, *, provider: KeyProvider | None = None) -> KeyRing:
    """Return the ring in an existing key file.

    Raises:
        KeyFileError: The file is missing, open to others, not a key file, or cannot be read.
        KeyProviderError: The provider does not unwrap its keys.
    """
    return parse_document(read_key_file(path), provider=provider, where=f"The key file {path}")


def read_key_file(path: Path) -> bytes:
    """Return what stands in an existing key file.

    Raises:
        KeyFileError: The file is missing, open to others, empty, or cannot be read.
    """
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnusableKeyFileError(
                    f"The key file {path} cannot be read. {obstacle_to_reading(path) or 'It is no file.'}"
                )
            _refuse_exposed_file(path, status)
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        obstacle = obstacle_to_reading(path)
        if isinstance(error, FileNotFoundError) and obstacle is None:
            raise MissingKeyFileError(f"The key file {path} is missing. {PUT_BACK}") from None
        why = obstacle or obstacle_in(error, path)
        raise UnusableKeyFileError(f"The key file {path} cannot be read. {why}") from None
    if not content.strip():
        raise CorruptKeyFileError(f"The key file {path} is empty. {PUT_BACK}")
    if len(content) > SIZE_LIMIT:
        raise CorruptKeyFileError(f"The key file {path} is far too large to be one. {PUT_BACK}")
    return content


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to would keep the process waiting for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


def is_missing(path: Path) -> bool:
    """Return whether there is no key file, and nothing stands in the way of seeing that."""
    return not os.path.lexists(path) and obstacle_to_reading(path) is None


def replace_key_file(path: Path, ring: KeyRing, *, provider: KeyProvider | None = None) -> None:
    """Put another ring into an existing key file, at once or not at all; the caller holds the lock.

    Raises:
        UnusableKeyFileError: It cannot be written; the old one is untouched.
        KeyProviderError: The provider does not wrap.
    """
    content = write_document(ring, provider=provider)
    try:
        for left_over in path.parent.glob(f".{path.name}.*.tmp"):
            left_over.unlink(missing_ok=True)  # by a process that was killed in the middle of this
        draft = _write_draft(path, content)
        try:
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_directory(path.parent)
    except OSError as error:
        raise UnusableKeyFileError(
            f"The key file {path} cannot be written, so it was left as it was. {_cause(error, path)}"
        ) from None


@contextlib.contextmanager
def key_file_lock(path: Path) -> Iterator[None]:
    """Be the only one that changes a key ring while the block lasts; the lock ends with its process.

    Raises:
        KeyFileBusyError: Somebody else is at it.
        UnusableKeyFileError: The lock cannot be made.
    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UnusableKeyFileError(
            f"No lock can be made beside the key file {path}. {_cause(error, lock)}"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KeyFileBusyError(
                "Another command is changing the keys: wait until it has ended, and try again."
            ) from None
        yield
    finally:
        os.close(descriptor)


def _create(path: Path, provider: KeyProvider | None) -> None:
    ring = KeyRing(primary=new_key(created_at=datetime.now(UTC)))
    draft = _write_draft(path, write_document(ring, provider=provider))
    try:
        # A link, unlike a rename, fails if the name is taken: the first process wins, and all read its key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_directory(path.parent)


def _write_draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_exposed_file(path: Path, status: os.stat_result) -> None:
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ExposedKeyFileError(
            f"The key file {path} is open to other users: run chmod 600 on it, and if others could have read "
            "it, have every token replaced."
        )
    if status.st_uid not in {os.geteuid(), 0}:
        raise ExposedKeyFileError(
            f"The key file {path} belongs to another user: make Ownkey's user its owner."
        )


def _refuse_exposed_directory(directory: Path) -> None:
    mode = directory.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ExposedKeyFileError(
            f"Other users can write to {directory}, where the key file is to be made: run chmod 700 on it."
        )


def _cause(error: OSError, path: Path) -> str:
    """Return why a file beside the key file could not be made or given its name, and what to do."""
    if found := obstacle_to_growing(path):
        return str(found)
    if error.errno in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP}:
        return f"The file system of {path.parent} has no hard links: keep the key file on another one."
    return str(obstacle_in(error, path))
