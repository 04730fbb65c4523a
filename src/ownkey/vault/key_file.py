"""The key file: where the key ring is kept by default.

A JSON object, readable by its owner alone:
`{"format": 1, "primary": id, "keys": [{"id", "created_at", "key"}]}`, each key in Base64. It is made whole
under another name and then linked to its own, so it is never seen half written and never overwrites an older
one, however many processes start at once and whenever one is killed.
"""

import base64
import binascii
import contextlib
import errno
import json
import os
import secrets
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ownkey.vault.errors import CorruptKeyFileError, ExposedKeyFileError, UnusableKeyFileError
from ownkey.vault.key_ring import KeyEncryptionKey, KeyRing, new_key

FORMAT: Final = 1
SIZE_LIMIT: Final = 1024 * 1024
LOST: Final = "Without it no stored token opens, so restore it from a backup."


def load_or_create_key_file(path: Path) -> KeyRing:
    """Return the ring in a key file, making the file and its directory first if there is none.

    Once secrets have been sealed use `load_key_file`: a lost key file must be noticed, not replaced.

    Raises:
        KeyFileError: The file is open to others, is not a key file, or cannot be read or made.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_exposed_directory(path.parent)
            _create(path)
    except OSError as error:
        raise UnusableKeyFileError(
            f"The key file {path} cannot be made ({_cause(error)}): give Ownkey's user a directory that it "
            "can write to."
        ) from None
    return load_key_file(path)


def load_key_file(path: Path) -> KeyRing:
    """Return the ring in an existing key file.

    Raises:
        KeyFileError: The file is missing, open to others, not a key file, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnusableKeyFileError(f"The key file {path} is not a file.")
            _refuse_exposed_file(path, status)
            content = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise UnusableKeyFileError(f"The key file {path} is missing. {LOST}") from None
    except OSError as error:
        raise UnusableKeyFileError(
            f"The key file {path} cannot be read ({_cause(error)}): give Ownkey's user access to it."
        ) from None
    if not content.strip():
        raise CorruptKeyFileError(f"The key file {path} is empty. {LOST}")
    if len(content) > SIZE_LIMIT:
        raise CorruptKeyFileError(f"The key file {path} is far too large to be one. {LOST}")
    return _parse(content, path)


def _parse(content: bytes, path: Path) -> KeyRing:
    try:
        document = json.loads(content)
    except ValueError:
        raise CorruptKeyFileError(f"The key file {path} is cut off or is not JSON. {LOST}") from None
    if isinstance(document, dict) and document.get("format") not in {None, FORMAT}:
        raise CorruptKeyFileError(
            f"The key file {path} was written by another version of Ownkey: start that version, or upgrade "
            "this one."
        )
    try:
        keys = {entry["id"]: _key(entry) for entry in document["keys"]}
        primary = keys.pop(document["primary"])
        ring = KeyRing(primary=primary, older=tuple(keys.values()))
        is_whole = document["format"] == FORMAT and len(ring.keys) == len(document["keys"])
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        # The cause is not chained: its text could quote the file.
        is_whole = False
    if not is_whole:
        raise CorruptKeyFileError(f"The key file {path} does not hold a key ring. {LOST}")
    return ring


def _key(entry: dict[str, str]) -> KeyEncryptionKey:
    return KeyEncryptionKey(
        id=entry["id"],
        created_at=datetime.fromisoformat(entry["created_at"]),
        material=base64.b64decode(entry["key"], validate=True),
    )


def _serialise(ring: KeyRing) -> bytes:
    keys = [
        {
            "id": key.id,
            "created_at": key.created_at.isoformat(),
            "key": base64.b64encode(key.material).decode("ascii"),
        }
        for key in ring.keys
    ]
    return json.dumps({"format": FORMAT, "primary": ring.primary.id, "keys": keys}, indent=2).encode() + b"\n"


def _create(path: Path) -> None:
    content = _serialise(KeyRing(primary=new_key(created_at=datetime.now(UTC))))
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, fails if the name is taken: the first process wins, and all read its key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_directory(path.parent)


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


def _cause(error: OSError) -> str:
    if error.errno in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP}:
        return "not permitted, or the file system has no hard links"
    return os.strerror(error.errno) if error.errno else "unknown cause"
