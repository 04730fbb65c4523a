"""Sending requests to Atlassian: one small interface, two implementations that behave alike.

Both send a request as it is given: the path byte for byte (but for characters that no URL may hold, which are
percent-encoded), these header fields, no cookies, no redirects followed, no environment's proxy, nothing
retried; and give the answer back as it came, not decompressed, each piece when it arrives. At most a
`User-Agent` and `Accept: */*` are added where the client sent none.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from ownkey.calls.headers import Headers


class UpstreamError(Exception):
    """Atlassian did not answer, or not to the end."""


class UnreachableError(UpstreamError):
    """The connection could not be made, or broke before an answer began."""


class UntrustedError(UnreachableError):
    """Who answered has no certificate that is trusted here for this name; nothing was sent."""


class TooSlowError(UpstreamError):
    """Nothing arrived for too long."""


class BrokeOffError(UpstreamError):
    """The answer began and did not end."""


class UnreadableAnswerError(UpstreamError):
    """The answer's head is such that nobody can pass it on."""


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """One request to Atlassian, ready to be sent.

    Attributes:
        method: The HTTP method.
        url: The whole URL, encoded.
        headers: All header fields; the Authorization among them is a secret.
        body: Nothing, a whole body, or its pieces.
    """

    method: str
    url: str
    headers: Headers = field(repr=False)
    body: bytes | AsyncIterator[bytes] | None = field(default=None, repr=False)


class UpstreamAnswer(Protocol):
    """An answer whose headers are here and whose body is on its way."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Headers:
        """The header fields as they came, names in lower case."""

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives.

        Whoever waits for a piece in vain, with a time-out, finds it with the next `anext`.

        Raises:
            UpstreamError: the rest of it does not arrive.
        """


class Upstream(Protocol):
    """A client for HTTP requests to Atlassian, with its pool of connections."""

    def send(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamAnswer]:
        """Send a request; its answer's body can be read until the context ends.

        Leaving the context early drops the connection. If the body's iterator raises, the request is broken
        off and some error comes out here.

        Raises:
            UpstreamError: there is no answer.
        """

    async def close(self) -> None:
        """Close all connections."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long is waited, in seconds.

    Attributes:
        connect_s: For a connection.
        read_s: For the answer to begin, and then for each next piece of it.
    """

    connect_s: float = 10.0
    read_s: float = 120.0
