"""The upstream client on aiohttp."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from multidict import CIMultiDict, istr
from yarl import URL

from ownkey.atlassian.resolving import GuardedResolver
from ownkey.atlassian.sites import Addresses
from ownkey.calls.headers import Headers
from ownkey.calls.upstream import (
    BrokeOffError,
    Timeouts,
    TooSlowError,
    UnreachableError,
    UntrustedError,
    UpstreamAnswer,
    UpstreamError,
    UpstreamRequest,
)
from ownkey.calls.upstream.silence import Silence, Silences
from ownkey.tls import http_context, trusting_context

_NOT_ADDED = tuple(map(istr, ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")))
_SENT_BY_MOST = frozenset({b"user-agent", b"accept", b"accept-encoding"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
_BUFFER = 64 * 1024
"""How much of an answer waits for a slow client; twice as much at most, and what one read brings."""


class AiohttpUpstream:
    """Sends with aiohttp."""

    def __init__(
        self,
        *,
        timeouts: Timeouts | None = None,
        ca_certificate_pem: bytes | None = None,
        addresses: Addresses | None = None,
    ) -> None:
        self._addresses = addresses
        self._timeouts = timeouts or Timeouts()
        self._tls = http_context()
        if ca_certificate_pem is not None:
            self._tls = trusting_context(ca_certificate_pem.decode("ascii"))
        self._session: aiohttp.ClientSession | None = None
        self._silences = Silences(longest_s=self._timeouts.read_s)

    def send(self, request: UpstreamRequest) -> "_Sending":
        """Send a request; its answer's body can be read until the context ends."""
        return _Sending(self._open_session(), request, self._silences)

    async def close(self) -> None:
        """Close all connections."""
        self._silences.stop()
        if self._session is not None:
            await self._session.close()

    def _resolver(self) -> AbstractResolver | None:
        """Return what looks names up: where the addresses are given, only such as may be dialled."""
        if self._addresses is None:
            return None
        return GuardedResolver(ThreadedResolver(), addresses=self._addresses)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self._tls, resolver=self._resolver()),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                read_bufsize=_BUFFER,
                # Silences are `Silences`' business: aiohttp sets two timers for each call.
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeouts.connect_s),
            )
            # aiohttp sends PUT and DELETE again when a pooled connection turns out dead; the gateway decides
            # that.
            self._session._retry_connection = False  # noqa: SLF001 — there is no public way
        return self._session


class _Sending(AbstractAsyncContextManager[UpstreamAnswer]):
    __slots__ = ("_request", "_response", "_session", "_silence", "_silences")

    def __init__(self, session: aiohttp.ClientSession, request: UpstreamRequest, silences: Silences) -> None:
        self._session = session
        self._request = request
        self._response: aiohttp.ClientResponse | None = None
        self._silences = silences
        self._silence = Silence()

    async def __aenter__(self) -> UpstreamAnswer:
        request, silence = self._request, self._silence
        body = request.body
        if body is not None and not isinstance(body, bytes):
            body = self._outgoing(body)
        self._silences.watch(silence)
        silence.begin()
        try:
            response = await self._session.request(
                request.method,
                # Without `encoded` the path would be tidied: `%2e%2e` and `..` rewritten after authorisation.
                URL(request.url, encoded=True),
                headers=_as_text(request.headers),
                data=body,
                allow_redirects=False,
                skip_auto_headers=_not_added(request),
            )
        except BaseException as error:
            self._silences.forget(silence)
            told = _told_by(error, silence)
            if told is None:
                raise
            raise told from error
        silence.end()
        self._response = response
        return _Answer(response, silence)

    async def __aexit__(self, *exc_info: object) -> None:
        self._silences.forget(self._silence)
        if self._response is not None:
            # After a whole body the connection has gone back to the pool already; else it is dropped.
            self._response.close()

    async def _outgoing(self, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield a request's body; what the client takes over a piece is no silence of Atlassian's."""
        silence = self._silence
        silence.end()
        async for piece in body:
            if self._response is None:
                silence.begin()  # until Atlassian has taken it
            yield piece
            if self._response is None:
                silence.end()
        if self._response is None:
            silence.begin()


class _Answer:
    __slots__ = ("_content", "_silence", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse, silence: Silence) -> None:
        self.status = response.status
        self.headers = [(name.lower(), value) for name, value in response.raw_headers]
        self._content = response.content
        self._silence = silence

    def pieces(self) -> AsyncIterator[bytes]:
        return _Pieces(self._content, self._silence)


class _Pieces:
    """A body as it arrives; a plain iterator, as a generator costs a call a tenth more."""

    __slots__ = ("_content", "_silence")

    def __init__(self, content: aiohttp.StreamReader, silence: Silence) -> None:
        self._content = content
        self._silence = silence

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self._silence.begin()
        try:
            piece = await self._content.readany()
        except asyncio.CancelledError:
            if self._silence.uncancel():
                raise TooSlowError from None
            raise
        except aiohttp.ClientError as error:
            raise BrokeOffError from error
        finally:
            self._silence.end()
        if not piece:
            raise StopAsyncIteration
        return piece


def _not_added(request: UpstreamRequest) -> tuple[istr, ...] | None:
    """Return the fields that aiohttp must not add; None, which it is much faster at, if it would add none."""
    names = {name for name, _ in request.headers}
    has_no_content = request.body is None and request.method in _WITHOUT_BODY
    adds_none = names >= _SENT_BY_MOST and (has_no_content or b"content-type" in names)
    return None if adds_none else _NOT_ADDED


def _told_by(error: BaseException, silence: Silence) -> UpstreamError | None:
    """Return what an error before the answer means; None if it is not about Atlassian."""
    match error:
        case TimeoutError():
            return TooSlowError()
        case asyncio.CancelledError():
            return TooSlowError() if silence.uncancel() else None
        case aiohttp.ClientSSLError():
            return UntrustedError()
        case aiohttp.ClientConnectionError():
            return UnreachableError()
        case aiohttp.ClientError():
            return BrokeOffError()
        case _:
            return None


def _as_text(headers: Headers) -> "CIMultiDict[str]":
    # aiohttp encodes as UTF-8 again, so bytes that are UTF-8 come through as they are.
    try:
        return CIMultiDict([(name.decode("ascii"), value.decode()) for name, value in headers])
    except UnicodeDecodeError:
        return CIMultiDict([(name.decode("ascii"), _text(value)) for name, value in headers])


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
