"""Django's signing key: from the environment, else from a file in the data directory."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from ownkey.environment.values import SHORTEST_SECRET_KEY, Environment
from ownkey.obstacles import obstacle_in, obstacle_to_growing, obstacle_to_reading


class SigningKeyError(Exception):
    """The signing key cannot be used; the message says what to do."""

    code = "signing-key"


def read_signing_key(environment: Environment) -> str:
    """Return the signing key, or "" when there is none yet.

    Django takes its settings as plain text, so the key is revealed here: it signs
    cookies and hashes links, and opens no envelope.
    """
    if environment.secret_key is not None:
        return environment.secret_key.reveal()
    path = environment.secret_key_file
    try:
        mode = path.stat().st_mode
        # Reading from a pipe would wait for ever for its other end.
        if not stat.S_ISREG(mode) and (obstacle := obstacle_to_reading(path)):
            raise SigningKeyError(f"The signing key {path} cannot be read. {obstacle}")
        key = path.read_text(encoding="ascii").strip()
    except UnicodeDecodeError:
        raise SigningKeyError(_damaged(path)) from None
    except OSError as error:
        why = obstacle_to_reading(path)
        if isinstance(error, FileNotFoundError) and (why is None or why.code == "directory-missing"):
            return ""
        raise SigningKeyError(
            f"The signing key {path} cannot be read. {why or obstacle_in(error, path)}"
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise SigningKeyError(f"Others may read the signing key {path}. Run: chmod 600 {path}")
    if len(key) < SHORTEST_SECRET_KEY:
        raise SigningKeyError(_damaged(path))
    return key


def _damaged(path: Path) -> str:
    return (
        f"The signing key {path} is damaged: it holds no key. Put your copy back, or remove it to get a "
        "new one; then everybody signs in again."
    )


def ensure_signing_key(environment: Environment) -> None:
    """Make the signing key's file where neither it nor a variable gives a key."""
    if read_signing_key(environment):
        return
    try:
        _make(environment.secret_key_file)
    except OSError as error:
        path = environment.secret_key_file
        why = obstacle_to_growing(path) or obstacle_in(error, path)
        raise SigningKeyError(f"The signing key {path} cannot be made. {why}") from None


def _make(path: Path) -> None:
    # A name of its own each time: in a container a process that was killed had the same number.
    temporary = path.with_suffix(f".{secrets.token_hex(8)}.new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, refuses to replace the key that another process made meanwhile.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink(missing_ok=True)
