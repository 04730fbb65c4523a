"""The upstream client on pyreqwest, a wrapper around Rust's reqwest.

Two imperfections are known. A request that is given up before its answer begins is not taken back: it goes on
until Atlassian answers or `read_s` is over. And the library cannot hand out header values that are not
ASCII: such fields are left out.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    ClientClosedError,
    NetworkError,
    RequestError,
    RequestTimeoutError,
)
from pyreqwest.http import HeaderMap
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from ownkey.calls.headers import Headers
from ownkey.calls.upstream import (
    BrokeOffError,
    Timeouts,
    TooSlowError,
    UnreachableError,
    UntrustedError,
    UpstreamAnswer,
    UpstreamRequest,
)


class PyreqwestUpstream:
    """Sends with pyreqwest."""

    def __init__(self, *, timeouts: Timeouts | None = None, ca_certificate_pem: bytes | None = None) -> None:
        waits = timeouts or Timeouts()
        builder = (
            ClientBuilder()
            .user_agent("ownkey")
            .follow_redirects(enable=False)
            .default_cookie_store(enable=False)
            .referer(enable=False)
            .gzip(enable=False)
            .brotli(enable=False)
            .zstd(enable=False)
            .deflate(enable=False)
            .no_proxy()
            .http1_lower_case_headers()
            .connect_timeout(timedelta(seconds=waits.connect_s))
            .read_timeout(timedelta(seconds=waits.read_s))
        )
        if ca_certificate_pem is not None:
            builder = builder.add_root_certificate_pem(ca_certificate_pem)
        self._client: Client = builder.build()

    def send(self, request: UpstreamRequest) -> "_Sending":
        """Send a request; its answer's body can be read until the context ends."""
        builder = self._client.request(request.method, request.url)
        # Without this the first 64 KB of a slow answer are held back.
        builder = builder.headers(_as_text(request.headers)).streamed_read_buffer_limit(0)
        if isinstance(request.body, bytes):
            builder = builder.body_bytes(request.body)
        elif request.body is not None:
            builder = builder.body_stream(request.body)
        return _Sending(builder.build_streamed())

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


class _Sending(AbstractAsyncContextManager[UpstreamAnswer]):
    def __init__(self, request: StreamRequest) -> None:
        self._request = request

    async def __aenter__(self) -> UpstreamAnswer:
        try:
            return _Answer(await self._request.__aenter__())
        except (RequestError, ValueError) as error:
            raise _before_the_answer(error) from error

    async def __aexit__(self, *exc_info: object) -> None:
        await self._request.__aexit__(None, None, None)


class _Answer:
    def __init__(self, response: Response) -> None:
        self._response = response
        self.status = response.status
        self.headers = _as_bytes(response.headers)
        length = response.get_header("content-length")
        # Below zero it never comes to nought: then the end is where the connection says that it is.
        self._length = int(length) if length is not None and length.isdecimal() else -1

    def pieces(self) -> AsyncIterator[bytes]:
        return _Pieces(self._response, self._length)


class _Pieces:
    """A body as it arrives; a plain iterator, which goes on after somebody waited in vain."""

    def __init__(self, response: Response, length: int) -> None:
        self._reader = response.body_reader
        self._left = length

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        # A body of known length is over with its last byte; to ask for its end costs a switch of threads.
        if self._left == 0:
            raise StopAsyncIteration
        try:
            piece = await self._reader.read_chunk()
        except RequestTimeoutError as error:
            raise TooSlowError from error
        except RequestError as error:
            raise BrokeOffError from error
        if piece is None:
            raise StopAsyncIteration
        data = piece.to_bytes()
        self._left -= len(data)
        return data


def _before_the_answer(error: Exception) -> Exception:
    match error:
        case RequestTimeoutError():
            return TooSlowError()
        case NetworkError() | ClientClosedError():
            return UntrustedError() if "invalid peer certificate" in str(error) else UnreachableError()
        case RequestError():
            return BrokeOffError()
        case _:
            return error


def _as_text(headers: Headers) -> list[tuple[str, str]]:
    # The library encodes as UTF-8 again, so bytes that are UTF-8 come through as they are.
    return [(name.decode("ascii"), _text(value)) for name, value in headers]


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _as_bytes(headers: HeaderMap) -> Headers:
    try:
        return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    except ValueError:
        return list(_readable(headers))


def _readable(headers: HeaderMap) -> Headers:
    kept: Headers = []
    for name in dict.fromkeys(headers.keys()):
        try:
            kept.extend((name.encode("ascii"), value.encode("ascii")) for value in headers.getall(name))
        except ValueError:
            continue
    return kept
