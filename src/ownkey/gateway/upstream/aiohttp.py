"""The upstream client on aiohttp."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from ssl import SSLContext, create_default_context

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from ownkey.gateway.upstream import (
    BrokeOffError,
    Timeouts,
    TooSlowError,
    UnreachableError,
    UpstreamAnswer,
    UpstreamRequest,
)

_NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_UP_TO = 64 * 1024


class AiohttpUpstream:
    """Sends with aiohttp."""

    def __init__(self, *, timeouts: Timeouts | None = None, ca_certificate_pem: bytes | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._tls: SSLContext | bool = True
        if ca_certificate_pem is not None:
            self._tls = create_default_context(cadata=ca_certificate_pem.decode("ascii"))
        self._session: aiohttp.ClientSession | None = None

    def send(self, request: UpstreamRequest) -> "_Sending":
        """Send a request; its answer's body can be read until the context ends."""
        return _Sending(self._open_session(), request)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self._tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=_NOT_ADDED,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._timeouts.connect_s, sock_read=self._timeouts.read_s
                ),
            )
            # aiohttp sends PUT and DELETE again when a pooled connection turns out dead; the gateway decides
            # that.
            self._session._retry_connection = False  # noqa: SLF001 — there is no public way
        return self._session


class _Sending(AbstractAsyncContextManager[UpstreamAnswer]):
    def __init__(self, session: aiohttp.ClientSession, request: UpstreamRequest) -> None:
        self._session = session
        self._request = request
        self._response: aiohttp.ClientResponse | None = None

    async def __aenter__(self) -> UpstreamAnswer:
        request = self._request
        try:
            self._response = await self._session.request(
                request.method,
                # Without `encoded` the path would be tidied: `%2e%2e` and `..` rewritten after authorisation.
                URL(request.url, encoded=True),
                headers=CIMultiDict((name.decode("ascii"), _text(value)) for name, value in request.headers),
                data=request.body,
                allow_redirects=False,
            )
        except TimeoutError as error:
            raise TooSlowError from error
        except aiohttp.ClientConnectionError as error:
            raise UnreachableError from error
        except aiohttp.ClientError as error:
            raise BrokeOffError from error
        return _Answer(self._response)

    async def __aexit__(self, *exc_info: object) -> None:
        if self._response is not None:
            # After a whole body the connection has gone back to the pool already; else it is dropped.
            self._response.close()


class _Answer:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = [(name.lower(), value) for name, value in response.raw_headers]

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._response.content.iter_any():
                yield piece
        except TimeoutError as error:
            raise TooSlowError from error
        except aiohttp.ClientError as error:
            raise BrokeOffError from error


def _text(value: bytes) -> str:
    # aiohttp encodes as UTF-8 again, so bytes that are UTF-8 come through as they are.
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
