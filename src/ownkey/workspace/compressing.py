"""Pages compressed while they are made: what is there leaves at once.

Django's own middleware compresses each piece of a streamed answer by itself, and browsers read the first
alone.
"""

import secrets
import zlib
from collections.abc import AsyncIterator
from typing import Final

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.cache import patch_vary_headers

_GZIP: Final = 16 + zlib.MAX_WBITS
_MOST_PADDING: Final = 64


def streamed_page(
    request: HttpRequest, pieces: AsyncIterator[str], *, is_padded: bool = True
) -> StreamingHttpResponse:
    """Return a page whose pieces leave as they come, compressed if the browser takes that.

    Its length tells nothing: secrets in it are masked anew in each answer, and a comment of random length
    stands at its end, unless it is padded already.
    """
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    encoded = _padded(pieces) if is_padded else _encoded(pieces)
    response = StreamingHttpResponse(_compressed(encoded) if takes_gzip else encoded)
    if takes_gzip:
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


async def _encoded(pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield piece.encode()


async def _padded(pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for piece in _encoded(pieces):
        yield piece
    yield f"<!--{secrets.token_hex(secrets.randbelow(_MOST_PADDING) + 1)}-->".encode()


async def _compressed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    async for piece in pieces:
        yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
