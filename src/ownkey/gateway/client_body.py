"""The client's side of a call: its body as it arrives, and whether it is still there."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from ownkey.calls.call import CallerGoneError
from ownkey.calls.headers import Headers, header
from ownkey.calls.refusals import Code, Refusal, RefusedError
from ownkey.gateway.asgi import Receive

WHOLE_UP_TO = 64 * 1024
"""Bodies up to this size are taken whole before the call goes out; larger ones are passed on as they come."""

BODY_TOO_SLOW = Refusal(Code.BODY_TOO_SLOW)
OTHER_LENGTH = Refusal(
    Code.AMBIGUOUS_REQUEST,
    "The request's body is not as long as its Content-Length says.",
    "Send a Content-Length that is true, or none.",
)


class ClientBody:
    """Reads what the client sends; nobody else calls `receive`.

    Servers have no time-out of their own for bodies that arrive slowly: each piece has `timeout_s`. Why a
    body ended before its end is kept in `failure`, since it reaches the caller through the upstream client
    otherwise.

    Whether there is a body is read from what arrives. Only in HTTP/1 do header fields alone say that there is
    none (RFC 9112, section 6.3); later versions need neither a length nor a coding for a body.
    """

    def __init__(self, receive: Receive, headers: Headers, *, timeout_s: float, is_http1: bool) -> None:
        self._receive = receive
        self._timeout_s = timeout_s
        length = header(headers, b"content-length")
        self.length = int(length) if length is not None and length.isdigit() else None
        self._failure: CallerGoneError | RefusedError | None = None
        announces_none = not self.length and header(headers, b"transfer-encoding") is None
        self._is_complete = is_http1 and announces_none
        self._left = self.length
        self._begun: deque[bytes] = deque()
        self._size_begun = 0
        self._on_complete: asyncio.Event | None = None

    @property
    def failure(self) -> Exception | None:
        """Why the body ended before its end, if it did."""
        return self._failure

    async def outgoing(self) -> bytes | AsyncIterator[bytes] | None:
        """Return the body to send on: nothing, the whole of a small one, or its pieces.

        Raises:
            CallerGoneError: the client left.
            RefusedError: it took too long over a small body, or sent another length than it announced.
        """
        is_small = self.length is not None and self.length <= WHOLE_UP_TO
        if not is_small and await self._has_more():
            return self.pieces()
        whole = b"".join([piece async for piece in self.pieces()])
        return whole or None

    async def whole(self) -> bytes | None:
        """Return the whole of a body that is small, however it is framed; None if it is larger.

        A larger one can still be passed on from its beginning.
        """
        if self.length is not None and self.length > WHOLE_UP_TO:
            return None
        while await self._has_more():
            if self._size_begun > WHOLE_UP_TO:
                return None
            await self._take()
        return b"".join(self._begun)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes."""
        while self._begun or not self._is_complete:
            while self._begun:
                piece = self._begun.popleft()
                self._size_begun -= len(piece)
                yield piece
            if not self._is_complete:
                await self._take()

    async def _has_more(self) -> bool:
        """Return whether there is more of the body than has been taken; takes the first piece to know."""
        if not self._begun and not self._is_complete:
            await self._take()
        return not self._is_complete

    async def _take(self) -> None:
        """Receive the next piece.

        Raises:
            CallerGoneError: the client left.
            RefusedError: it took too long, or what arrives is not as long as it announced.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                message = await self._receive()
        except TimeoutError:
            raise self._failed(RefusedError(BODY_TOO_SLOW)) from None
        if message["type"] != "http.request":
            self._finish()
            raise self._failed(CallerGoneError())
        piece = message.get("body", b"")
        if not message.get("more_body", False):
            self._finish()
        if self._left is not None:
            self._left -= len(piece)
            if self._left < 0 or (self._left and self._is_complete):
                raise self._failed(RefusedError(OTHER_LENGTH))
        if piece:
            self._begun.append(piece)
            self._size_begun += len(piece)

    def _failed(self, failure: CallerGoneError | RefusedError) -> CallerGoneError | RefusedError:
        self._failure = failure
        return failure

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
