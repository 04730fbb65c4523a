"""What the client gets: the head and the pieces of an answer, as ASGI sends them."""

from collections.abc import Mapping

from ownkey.calls.headers import Headers
from ownkey.calls.open_calls import OpenCall
from ownkey.gateway.asgi import Message, Send
from ownkey.gateway.for_browsers import FOR_BROWSERS
from ownkey.gateway.json_text import as_json

LARGEST_PIECE = 32 * 1024
"""How much of an answer's body is handed to the server at a time."""


class Reply:
    """An answer on its way to the client of one open call."""

    __slots__ = ("_head", "_opened", "_send")

    def __init__(self, send: Send, opened: OpenCall) -> None:
        self._send = send
        self._opened = opened
        self._head: Message | None = None

    def start(self, status: int, headers: Headers) -> None:
        """Have the answer's head sent with the first piece of its body.

        Servers send it no earlier, and until then the call can still end in a refusal of Ownkey's.
        """
        self._opened.status = status
        self._head = {"type": "http.response.start", "status": status, "headers": headers}

    async def piece(self, body: bytes, *, is_last: bool = False) -> None:
        """Send a piece of the answer's body; waits while the client is slow.

        Granian queues a number of pieces for a slow client, whatever their size: large ones are cut up,
        so that many slow downloads at once take little memory.
        """
        if not self._opened.has_started:
            await self._send_head()
        if len(body) <= LARGEST_PIECE:
            await self._send({"type": "http.response.body", "body": body, "more_body": not is_last})
            return
        start = 0
        while len(body) - start > LARGEST_PIECE:
            cut_off = body[start : start + LARGEST_PIECE]
            await self._send({"type": "http.response.body", "body": cut_off, "more_body": True})
            start += LARGEST_PIECE
        await self._send({"type": "http.response.body", "body": body[start:], "more_body": not is_last})

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Send an answer that is here from its beginning to its end, and not large."""
        self.start(status, headers)
        await self._send_head()
        await self._send({"type": "http.response.body", "body": body})

    async def json(self, document: Mapping[str, object], *, headers: Headers) -> None:
        """Answer with a JSON document of Ownkey's own."""
        body = as_json(document)
        own = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode("ascii")),
            (b"cache-control", b"no-store"),
            *FOR_BROWSERS,
        ]
        await self.whole(200, own + headers, body)

    async def send_to(self, location: bytes) -> None:
        """Send the client to another address."""
        own = (b"ownkey-request-id", self._opened.request_id.encode("ascii"))
        self.start(302, [(b"location", location), (b"content-length", b"0"), own, *FOR_BROWSERS])
        await self.piece(b"", is_last=True)

    async def _send_head(self) -> None:
        if self._head is not None:
            self._opened.has_started = True
            await self._send(self._head)
