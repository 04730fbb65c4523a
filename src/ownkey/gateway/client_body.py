"""The client's side of a call: its body as it arrives, and whether it is still there."""

import asyncio
from collections.abc import AsyncIterator

from ownkey.gateway.asgi import Headers, Message, Receive
from ownkey.gateway.headers import header
from ownkey.gateway.problems import Code, Problem, RefusedError

WHOLE_UP_TO = 64 * 1024
"""Bodies up to this size are taken whole before the call goes out; larger ones are passed on as they come."""

BODY_TOO_SLOW = Problem(
    Code.BODY_TOO_SLOW,
    "The request's body stopped arriving.",
    "Send it again, over a steadier connection.",
)
BODY_BROKEN_OFF = Problem(
    Code.BAD_REQUEST,
    "The request's body broke off, or is not framed as HTTP demands.",
    "Send it again, whole.",
)


class ClientGoneError(Exception):
    """The client left before its request was complete."""


class ClientBody:
    """Reads what the client sends; nobody else calls `receive`.

    Servers have no time-out of their own for bodies that arrive slowly: each piece has `timeout_s`. Why a
    body ended before its end is kept in `failure`, since it reaches the caller through the upstream client
    otherwise.
    """

    def __init__(self, receive: Receive, headers: Headers, *, timeout_s: float) -> None:
        self._receive = receive
        self._timeout_s = timeout_s
        length = header(headers, b"content-length")
        self.length = int(length) if length is not None and length.isdigit() else None
        self.is_expected = bool(self.length) or header(headers, b"transfer-encoding") is not None
        self.failure: ClientGoneError | RefusedError | None = None
        self._is_complete = not self.is_expected
        self._on_complete: asyncio.Event | None = None

    @property
    def is_small(self) -> bool:
        """Whether it is taken whole before the call goes out."""
        return not self.is_expected or (self.length is not None and self.length <= WHOLE_UP_TO)

    async def outgoing(self) -> bytes | AsyncIterator[bytes] | None:
        """Return the body to send on: nothing, the whole of a small one, or its pieces.

        Raises:
            ClientGoneError: the client left.
            RefusedError: it took too long over a small body.
        """
        if not self.is_expected:
            return None
        if not self.is_small:
            return self.pieces()
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes."""
        while not self._is_complete:
            try:
                async with asyncio.timeout(self._timeout_s):
                    message = await self._receive()
            except TimeoutError:
                self.failure = RefusedError(BODY_TOO_SLOW)
                raise self.failure from None
            if message["type"] != "http.request":
                self._finish()
                self.failure = ClientGoneError()
                raise self.failure
            if not message.get("more_body", False):
                self._finish()
            if piece := message.get("body", b""):
                yield piece

    async def gone(self) -> None:
        """Return once the client has left.

        Within an upload that is noticed by whoever reads the body, and so not while Atlassian takes no more.
        """
        if not self._is_complete:
            self._on_complete = asyncio.Event()
            await self._on_complete.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _finish(self) -> None:
        self._is_complete = True
        if self._on_complete is not None:
            self._on_complete.set()


class WholeBody(ClientBody):
    """A body that is here already: there is nothing left to receive."""

    def __init__(self, data: bytes | None) -> None:
        super().__init__(_nothing_more, [], timeout_s=0)
        self._data = data

    async def outgoing(self) -> bytes | AsyncIterator[bytes] | None:
        """Return it."""
        return self._data


async def _nothing_more() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
