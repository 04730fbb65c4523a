"""Answer bodies on their way to the client: which have links rewritten, through gzip and deflate as well."""

import zlib
from collections.abc import Iterator, Mapping
from typing import Protocol

from ownkey.calls.upstream import BrokeOffError
from ownkey.gateway.document_links import DocumentLinks, InPieces

_PIECE = 64 * 1024
"""How much is decompressed at a time: a small answer that unpacks to gigabytes passes in pieces."""
_LARGEST_WHOLE = 1024 * 1024
"""How much a body that is here from its beginning to its end may unpack to, to be taken whole."""


class Rewriting(Protocol):
    """A body's way through, piece by piece."""

    def whole(self, body: bytes) -> bytes:
        """Return what comes out for a body that is here from its beginning to its end."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what comes out for a piece that came in."""

    def finish(self) -> bytes:
        """Return what is left at the end."""


class UnreadableBodyError(BrokeOffError):
    """A body is not in the coding that its headers say."""


def rewriting_for(
    *, status: int, fields: Mapping[bytes, bytes], is_content: bool, links: DocumentLinks | None
) -> Rewriting | None:
    """Return how an answer's body is rewritten, or None if it passes as it is.

    Only whole JSON documents are, of operations whose answers can hold links of Jira's at all: `is_content`
    marks people's own files, such as attachments, which pass untouched even if they are JSON. So do ranges,
    and codings that nobody asked for.
    """
    if links is None or is_content or status in {204, 206, 304} or not is_json(fields.get(b"content-type")):
        return None
    if b"content-disposition" in fields:
        return None
    match fields.get(b"content-encoding", b"identity").strip().lower():
        case b"identity":
            return PlainRewriting(links)
        case b"gzip" | b"x-gzip":
            return CompressedRewriting(links, window_bits=16 + zlib.MAX_WBITS)
        case b"deflate":
            return CompressedRewriting(links, window_bits=zlib.MAX_WBITS)
        case _:
            return None


class PlainRewriting:
    """Rewrites the links of a body that is not compressed."""

    __slots__ = ("_links", "_stream")

    def __init__(self, links: DocumentLinks) -> None:
        self._links = links
        self._stream: InPieces | None = None

    def whole(self, body: bytes) -> bytes:
        """Return what comes out for a body that is here from its beginning to its end."""
        return self._links.rewrite(body)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what comes out for a piece that came in."""
        if self._stream is None:
            self._stream = self._links.stream()
        if data := self._stream.feed(chunk):
            yield data

    def finish(self) -> bytes:
        """Return what is left at the end."""
        return self._stream.finish() if self._stream is not None else b""


class CompressedRewriting:
    """Unpacks, rewrites and packs again, flushing at every piece so that nothing is held back.

    The fastest level is used: the gateway's time costs more than the last few bytes.
    """

    def __init__(self, links: DocumentLinks, *, window_bits: int) -> None:
        self._links = links
        self._window_bits = window_bits
        self._unpack = zlib.decompressobj(window_bits)
        self._pack = zlib.compressobj(1, zlib.DEFLATED, window_bits)
        self._stream = links.stream()
        self._is_first = True
        self._is_inside = False

    def whole(self, body: bytes) -> bytes:
        """Return what comes out for a body that is here from its beginning to its end."""
        if body:
            self._allow_raw_deflate(body)
        unpack = zlib.decompressobj(self._window_bits)
        try:
            data = unpack.decompress(body, _LARGEST_WHOLE)
        except zlib.error as error:
            raise UnreadableBodyError from error
        if not unpack.eof or unpack.unused_data:
            # Larger than it should be at once, of several members, or broken off.
            return b"".join(self.feed(body)) + self.finish()
        rewritten = self._links.rewrite(data)
        if rewritten is data:
            return body
        return self._pack.compress(rewritten) + self._pack.flush()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what comes out for a piece that came in.

        Raises:
            UnreadableBodyError: it is not compressed as its headers say.
        """
        if self._is_first and chunk:
            self._is_first = False
            self._allow_raw_deflate(chunk)
        while chunk:
            try:
                data = self._unpack.decompress(chunk, _PIECE)
            except zlib.error as error:
                raise UnreadableBodyError from error
            self._is_inside = not self._unpack.eof
            if not self._is_inside:
                # What follows is a further gzip member (RFC 1952, section 2.2).
                chunk = self._unpack.unused_data
                self._unpack = zlib.decompressobj(self._window_bits)
            else:
                chunk = self._unpack.unconsumed_tail
            packed = self._pack.compress(self._stream.feed(data)) + self._pack.flush(zlib.Z_SYNC_FLUSH)
            if packed:
                yield packed

    def finish(self) -> bytes:
        """Return what is left at the end.

        Raises:
            UnreadableBodyError: it broke off: packed again, half an answer would pass for a whole one.
        """
        if self._is_inside:
            raise UnreadableBodyError
        return self._pack.compress(self._stream.finish()) + self._pack.flush(zlib.Z_FINISH)

    def _allow_raw_deflate(self, chunk: bytes) -> None:
        """Take deflate without its zlib wrapper: some senders leave it out (RFC 9110, section 8.4.1.2)."""
        if self._window_bits == zlib.MAX_WBITS and chunk[0] & 0x0F != zlib.DEFLATED:
            self._window_bits = -zlib.MAX_WBITS
            self._unpack = zlib.decompressobj(self._window_bits)
            self._pack = zlib.compressobj(1, zlib.DEFLATED, self._window_bits)


def is_json(content_type: bytes | None) -> bool:
    """Whether a Content-Type is that of JSON."""
    if content_type is None:
        return False
    essence = content_type.partition(b";")[0].strip().lower()
    return essence in {b"application/json", b"text/json"} or essence.endswith(b"+json")
