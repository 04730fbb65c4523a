"""Bytes that may be many: a request's body or a file, in memory or on disk, read piece by piece."""

from __future__ import annotations

import hashlib
import mmap
import os
import tempfile
import weakref
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_MEMORY = 1024 * 1024
_PIECE = 256 * 1024


class Content:
    """Bytes that do not change. What is on disk has no name there, and goes when nobody holds it any more."""

    __slots__ = ("__weakref__", "_digest", "_source", "_start", "size")

    def __init__(self, source: bytes | _File, *, start: int = 0, size: int | None = None) -> None:
        self._source = source
        self._start = start
        self._digest: str | None = None
        self.size = (source.size if isinstance(source, _File) else len(source)) if size is None else size

    def __repr__(self) -> str:
        return f"Content({self.size}, {self.digest})"

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes, in hexadecimal."""
        if self._digest is None:
            sha256 = hashlib.sha256()
            for piece in self.pieces():
                sha256.update(piece)
            self._digest = sha256.hexdigest()
        return self._digest

    def part(self, start: int, size: int) -> Content:
        """Return some of the bytes, without copying them."""
        return Content(self._source, start=self._start + start, size=max(0, min(size, self.size - start)))

    def read(self) -> bytes:
        """Return all bytes at once: for content that is known to be small."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """Return the bytes in pieces of a size that costs little memory."""
        end = self._start + self.size
        for start in range(self._start, end, _PIECE):
            yield self._at(start, min(_PIECE, end - start))

    def find(self, wanted: bytes, start: int = 0) -> int:
        """Return where some bytes first stand, from `start` on; -1 where they do not."""
        if isinstance(self._source, bytes):
            at = self._source.find(wanted, self._start + start, self._start + self.size)
        else:
            with mmap.mmap(self._source.number, 0, access=mmap.ACCESS_READ) as mapped:
                at = mapped.find(wanted, self._start + start, self._start + self.size)
        return at if at == -1 else at - self._start

    def _at(self, start: int, size: int) -> bytes:
        if isinstance(self._source, bytes):
            return self._source[start : start + size]
        return os.pread(self._source.number, size, start)


class _File:
    """A temporary file that is closed, and so gone, with its last user."""

    __slots__ = ("__weakref__", "number", "size")

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.number = file.fileno()
        self.size = size
        weakref.finalize(self, file.close)


def zeros(size: int) -> Content:
    """Return that many zero bytes, which take no room: a file without blocks."""
    if size <= IN_MEMORY:
        return Content(bytes(size))
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its last user
    file.truncate(size)
    return Content(_File(file, size))


class Writer:
    """Takes bytes as they come, to disk once they are many."""

    __slots__ = ("_file", "_held", "size")

    def __init__(self) -> None:
        self._held = bytearray()
        self._file: IO[bytes] | None = None
        self.size = 0

    def write(self, data: bytes) -> None:
        """Take some more bytes."""
        self.size += len(data)
        if self._file is None and self.size > IN_MEMORY:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with its last user
            self._file.write(self._held)
            self._held.clear()
        if self._file is None:
            self._held += data
        else:
            self._file.write(data)

    def discard(self) -> None:
        """Forget what was taken."""
        self._held.clear()
        if self._file is not None:
            self._file.close()

    def content(self) -> Content:
        """Return what was taken."""
        return Content(bytes(self._held) if self._file is None else _File(self._file, self.size))
