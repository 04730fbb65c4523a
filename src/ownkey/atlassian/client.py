"""The HTTP client that speaks to Atlassian and to nothing else.

It dials only the origins in `Addresses`, keeps no cookies, follows no redirects, obeys no proxy variables,
and reads no more of an answer than was asked for. Whatever goes wrong comes back as a value without the
request in it, because aiohttp's own errors carry the request's headers.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from ownkey.atlassian.resolving import GuardedResolver, PrivateAddressError
from ownkey.atlassian.sites import Addresses
from ownkey.atlassian.wire import Answer, NoAnswer, NoAnswerCause, WireRequest, header_fields
from ownkey.tls import http_context

CHUNK_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLimits:
    """How long the client waits, and how many requests it has under way at once."""

    total_s: float = 10.0
    connect_s: float = 5.0
    concurrency: int = 24


class Client:
    """Sends requests to Atlassian, reusing connections; made by `open_client`."""

    def __init__(self, session: aiohttp.ClientSession, *, addresses: Addresses, limits: ClientLimits) -> None:
        self._session = session
        self._addresses = addresses
        # Waiting for a turn must not count as Atlassian being slow, so it ends before the clock starts.
        self._turns = asyncio.Semaphore(limits.concurrency)

    async def send(self, request: WireRequest) -> Answer | NoAnswer:
        """Return what came back; only a request that may not be sent at all raises.

        Raises:
            WireError: The credential cannot be written into a header.
        """
        try:
            if not self._addresses.may_dial(request.url):
                return NoAnswer(NoAnswerCause.NOT_ALLOWED)
        except ValueError:
            return NoAnswer(NoAnswerCause.NOT_ALLOWED)
        fields = header_fields(request)
        async with self._turns:
            try:
                return await self._exchange(request, fields)
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                return NoAnswer(_cause_of(error))

    async def _exchange(self, request: WireRequest, fields: dict[str, str]) -> Answer:
        async with self._session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=fields,
            data=request.body,
            allow_redirects=False,
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                body += chunk
                if len(body) > request.body_limit:
                    # Closing, not draining: what is left may never end.
                    response.close()
                    break
            return Answer(
                status=response.status,
                headers=tuple((name.lower(), value) for name, value in response.headers.items()),
                body=bytes(body[: request.body_limit]),
                is_truncated=len(body) > request.body_limit,
            )


@asynccontextmanager
async def open_client(
    addresses: Addresses, *, limits: ClientLimits | None = None, resolver: AbstractResolver | None = None
) -> AsyncIterator[Client]:
    """Open a client for the block; leaving it closes the connections.

    Args:
        addresses: The only origins that are dialled.
        limits: Time-outs and concurrency.
        resolver: Looks names up in place of the system; its answers are guarded all the same.
    """
    limits = limits or ClientLimits()
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=limits.concurrency,
            ssl=http_context(),
            resolver=GuardedResolver(resolver or ThreadedResolver(), addresses=addresses),
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        # A compressed answer was not asked for, so it is left as it is: a few bytes cannot become gigabytes.
        auto_decompress=False,
        headers={
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"Ownkey/{version('ownkey')}",
        },
        skip_auto_headers={"Content-Type"},
        timeout=aiohttp.ClientTimeout(total=limits.total_s, sock_connect=limits.connect_s),
    )
    async with session:
        yield Client(session, addresses=addresses, limits=limits)


def _cause_of(error: Exception) -> NoAnswerCause:
    if isinstance(error, TimeoutError):
        return NoAnswerCause.TIMED_OUT
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return NoAnswerCause.TLS
    if isinstance(error, aiohttp.ClientConnectorError):
        return _cause_of_no_connection(error.os_error)
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL | ValueError):
        return NoAnswerCause.MALFORMED
    return NoAnswerCause.CUT


def _cause_of_no_connection(error: OSError) -> NoAnswerCause:
    if isinstance(error, PrivateAddressError):
        return NoAnswerCause.PRIVATE_ADDRESS
    if isinstance(error, socket.gaierror):
        is_temporary = error.errno in {socket.EAI_AGAIN, socket.EAI_FAIL}
        return NoAnswerCause.NO_NAME_SERVICE if is_temporary else NoAnswerCause.NAME_UNKNOWN
    return NoAnswerCause.REFUSED if error.errno == errno.ECONNREFUSED else NoAnswerCause.UNREACHABLE
