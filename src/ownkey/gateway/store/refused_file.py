"""Which credentials Atlassian refused, told to every process on this machine before it sends the next call.

The database says so too, a moment later: a worker looks at it every `FRESH_FOR_S`, and until then it would
send a dead credential once more. This file is looked at for every call, in less than a microsecond: its
length says whether there is news. It is a note, not the truth: without it the database decides alone, and it
holds no secret, only hashes of which row and which version of it were refused.
"""

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import structlog

FORGET_ABOVE_BYTES = 1024 * 1024
"""About thirty thousand refusals: those are all in the database by then."""
LOOKS_BETWEEN_CHECKS = 256
"""How many calls may pass before it is noticed that somebody removed the file."""

Identity = tuple[int, int]


class RefusedFile:
    """The file, as one process sees it.

    Args:
        file: Where it is.
        database: Which database the credentials are in. One that was put in its place (a backup restored)
            counts anew, so that what was refused before says nothing about it.
    """

    def __init__(self, file: Path, *, database: Callable[[], Identity | None]) -> None:
        self._file = file
        self._database = database
        self._descriptor: int | None = None
        self._read_up_to = 0
        self._looks_left = 0
        self._refused: set[bytes] = set()
        self._log = structlog.get_logger("ownkey.gateway")

    def holds(self, credential_id: str, version: int) -> bool:
        """Whether some process has seen this version of a credential refused."""
        self._look()
        return bool(self._refused) and self._line_of(credential_id, version) in self._refused

    def add(self, credential_id: str, version: int) -> None:
        """Tell every process that a credential was refused."""
        line = self._line_of(credential_id, version)
        self._refused.add(line)
        self._looks_left = 0
        self._look()
        if self._descriptor is None:
            return
        try:
            if self._read_up_to > FORGET_ABOVE_BYTES:
                os.ftruncate(self._descriptor, 0)
            # One write at the file's end is whole or not at all; should it be torn by a full disk, the line
            # break before the next one keeps that apart.
            os.write(self._descriptor, b"\n" + line + b"\n")
        except OSError as error:
            self._log.warning("refusal_not_shared", error=type(error).__name__)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None
        self._read_up_to = 0

    def _look(self) -> None:
        try:
            if self._looks_left == 0:
                self._open_if_gone()
                self._looks_left = LOOKS_BETWEEN_CHECKS
            self._looks_left -= 1
            if self._descriptor is None:
                return
            length = os.lseek(self._descriptor, 0, os.SEEK_END)
            if length != self._read_up_to:
                self._refused.update(os.pread(self._descriptor, length, 0).split())
                self._read_up_to = length
        except OSError as error:
            self._log.warning("refusals_not_read", error=type(error).__name__)
            self.close()
            self._looks_left = LOOKS_BETWEEN_CHECKS

    def _open_if_gone(self) -> None:
        if self._descriptor is not None and os.fstat(self._descriptor).st_nlink:
            return
        self.close()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self._file, flags, 0o600)

    def _line_of(self, credential_id: str, version: int) -> bytes:
        return _line_for(self._database(), credential_id, version)


@lru_cache(maxsize=4096)
def _line_for(database: Identity | None, credential_id: str, version: int) -> bytes:
    named = repr((database, credential_id, version)).encode()
    return hashlib.blake2b(named, digest_size=16).hexdigest().encode("ascii")
