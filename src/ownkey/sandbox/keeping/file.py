"""The one file of the world: written whole or not at all, and looked over before it is believed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ownkey.sandbox.keeping.codec import shape
from ownkey.sandbox.keeping.issue_texts import Encoded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ownkey.sandbox.keeping.document import Document

FORMAT = "ownkey-sandbox-1"


class UnusableFileError(Exception):
    """The file holds nothing that this release can go on from; the message says why."""


class FileInUseError(Exception):
    """Another sandbox keeps its world in this file."""


@dataclass(frozen=True, slots=True)
class WorldFile:
    """A sandbox's file. What takes its place does so at once (a rename), after it is on the disk."""

    path: Path

    def read(self) -> Document | None:
        """Return what is kept, None where there is no file yet.

        Raises:
            UnusableFileError: It is damaged.
            OSError: It cannot be read at all, for now.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        head, _, body = data.partition(b"\n")
        said = _head(head)
        if said.get("format") != FORMAT:
            raise UnusableFileError(f"is of another release of Ownkey ({_release(said)})")
        if said.get("sha256") != hashlib.sha256(body).hexdigest():
            raise UnusableFileError("is damaged: what it holds is not what was written")
        document: Document = json.loads(body)
        return document

    def is_of_another_shape(self) -> str | None:
        """Return, in words, that a release wrote the file which keeps other things; None where it does not.

        What an earlier release wrote can be read nevertheless; what a later one keeps cannot.
        """
        said = _head(self.path.read_bytes().partition(b"\n")[0])
        return None if said.get("shape") == shape() else f"is of another release of Ownkey ({_release(said)})"

    def write(self, document: Document) -> None:
        """Make a document what is kept; a kill at any moment leaves the old file or the new one.

        Raises:
            OSError: It could not be written; the old file stays.
        """
        body = _body_of(document)
        head = {
            "format": FORMAT,
            "release": version("ownkey"),
            "shape": shape(),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        new = self.path.with_name(f".{self.path.name}.new")
        number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(number, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(json.dumps(head).encode() + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def set_aside(self) -> Path:
        """Rename the file, so that nothing of it is lost and another can be begun; return its new path."""
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
        aside = self.path.with_name(f"{self.path.stem}.set-aside-{now}{self.path.suffix}")
        self.path.rename(aside)
        return aside

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let no other sandbox write the file while the block lasts; the lock ends with the process.

        Raises:
            FileInUseError: Another one does.
        """
        lock = self.path.with_name(f".{self.path.name}.lock")
        number = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FileInUseError from None
            yield
        finally:
            os.close(number)


def _body_of(document: Document) -> bytes:
    """Return a document as JSON, each part that is JSON already put in its place."""
    encoded: dict[str, str] = {}

    def marked(part: object) -> str:
        if not isinstance(part, Encoded):
            raise TypeError(f"A document holds no {type(part).__name__}.")
        marker = secrets.token_hex(16)
        encoded[marker] = part.text
        return marker

    text = json.dumps(document, separators=(",", ":"), default=marked)
    for marker, part in encoded.items():
        text = text.replace(f'"{marker}"', part, 1)
    return text.encode()


def _head(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise UnusableFileError("is damaged: its beginning cannot be read")
    return said


def _release(said: dict[str, Any]) -> str:
    release = said.get("release")
    # Whatever stands there is shown to a person, so only what looks like a release is.
    is_one = isinstance(release, str) and len(release) < 20 and release.replace(".", "").isalnum()
    return f"{release}; this is {version('ownkey')}" if is_one else f"this is {version('ownkey')}"
