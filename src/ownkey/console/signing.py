"""Django's signing key: from the environment, else from a file in the data directory."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from ownkey.console.environment import SHORTEST_SECRET_KEY, Environment


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
        key = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SigningKeyError(f"The signing key {path} cannot be read.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise SigningKeyError(f"Others may read the signing key {path}. Run: chmod 600 {path}")
    if len(key) < SHORTEST_SECRET_KEY:
        raise SigningKeyError(
            f"The signing key {path} is damaged. Remove it to get a new one; everybody signs in again then."
        )
    return key


def ensure_signing_key(environment: Environment) -> None:
    """Make the signing key's file where neither it nor a variable gives a key."""
    if read_signing_key(environment):
        return
    try:
        _make(environment.secret_key_file)
    except OSError as error:
        raise SigningKeyError(
            f"The signing key {environment.secret_key_file} cannot be made ({error.strerror}): give Ownkey's "
            "user a directory that it can write to, on a disk with room."
        ) from error


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
