"""Calls that are open: who they belong to, and how one is cut."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from ownkey.calls.grants import Snapshot
from ownkey.calls.headers import Headers
from ownkey.calls.refusals import Refusal
from ownkey.gateway.asgi import Message, Send
from ownkey.gateway.call import Call
from ownkey.gateway.for_browsers import FOR_BROWSERS
from ownkey.gateway.json_text import as_json

if TYPE_CHECKING:
    from ownkey.gateway.client_body import ClientBody

LARGEST_PIECE = 32 * 1024
"""How much of an answer's body is handed to the server at a time."""

WAITING_FOR_EACH_PLACE = 4
"""How many calls of a client key may wait for each that may be open."""

Objection: TypeAlias = Callable[[Snapshot], Refusal | None]
"""Says why a call that is under way could not go on under a new snapshot, or None."""


class Cut(StrEnum):
    """Why a call was cut off while it was open."""

    CLIENT_GONE = "client-gone"
    NO_LONGER_ALLOWED = "no-longer-allowed"


class OpenCall:
    """A call between its first and its last byte."""

    __slots__ = (
        "body",
        "cut_because",
        "has_place",
        "has_started",
        "head",
        "key_id",
        "objection",
        "operation_name",
        "refusal",
        "send",
        "snapshot",
        "status",
        "task",
        "version",
        "was_seen",
        "watcher",
    )

    def __init__(self, send: Send) -> None:
        self.task = asyncio.current_task()
        self.send = send
        self.has_place = False
        self.has_started = False
        self.head: Message | None = None
        self.status = 0
        self.cut_because: Cut | None = None
        self.refusal: Refusal | None = None
        self.key_id = ""
        self.snapshot: Snapshot | None = None
        self.operation_name = "none"
        self.version = 0
        self.objection: Objection | None = None
        self.body: ClientBody | None = None
        self.was_seen = False
        self.watcher: asyncio.Task[None] | None = None

    def cut(self, because: Cut, refusal: Refusal | None = None) -> None:
        """End it now: its connection to Atlassian is dropped.

        A client that has no answer yet gets the refusal; one that is in the middle of it sees it break off.
        """
        if self.cut_because is None and self.task is not None:
            self.cut_because = because
            self.refusal = refusal
            self.task.cancel()

    def uncancel(self) -> None:
        """Go on with the task after the cut, to say goodbye."""
        if self.task is not None:
            self.task.uncancel()

    def watch_client(self) -> None:
        """Cut the call as soon as its client has left; servers do not tell a handler that is busy sending."""
        if self.body is not None and self.watcher is None:
            self.watcher = asyncio.create_task(self.body.gone())
            self.watcher.add_done_callback(self._on_gone)

    def _on_gone(self, watcher: asyncio.Task[None]) -> None:
        if not watcher.cancelled() and watcher.exception() is None:
            self.cut(Cut.CLIENT_GONE)

    def start(self, status: int, headers: Headers) -> None:
        """Have the answer's head sent with the first piece of its body.

        Servers send it no earlier, and until then the call can still end in a refusal of Ownkey's.
        """
        self.status = status
        self.head = {"type": "http.response.start", "status": status, "headers": headers}

    async def piece(self, body: bytes, *, is_last: bool = False) -> None:
        """Send a piece of the answer's body; waits while the client is slow.

        Granian queues a number of pieces for a slow client, whatever their size: large ones are cut up,
        so that many slow downloads at once take little memory.
        """
        if not self.has_started:
            await self._send_head()
        if len(body) <= LARGEST_PIECE:
            await self.send({"type": "http.response.body", "body": body, "more_body": not is_last})
            return
        start = 0
        while len(body) - start > LARGEST_PIECE:
            cut_off = body[start : start + LARGEST_PIECE]
            await self.send({"type": "http.response.body", "body": cut_off, "more_body": True})
            start += LARGEST_PIECE
        await self.send({"type": "http.response.body", "body": body[start:], "more_body": not is_last})

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Send an answer that is here from its beginning to its end, and not large."""
        self.start(status, headers)
        await self._send_head()
        await self.send({"type": "http.response.body", "body": body})

    async def _send_head(self) -> None:
        if self.head is not None:
            self.has_started = True
            await self.send(self.head)

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


class OpenCalls:
    """All calls that are open in this process."""

    def __init__(self) -> None:
        self._open: set[OpenCall] = set()
        self._by_key: Counter[str] = Counter()
        self._waiting: dict[str, deque[tuple[OpenCall, asyncio.Future[None]]]] = {}

    def add(self, send: Send) -> OpenCall:
        """Return a new open call; whoever adds it removes it."""
        call = OpenCall(send)
        self._open.add(call)
        return call

    def remove(self, call: OpenCall) -> None:
        """Take a call off that has ended."""
        self._open.discard(call)
        if call.watcher is not None:
            call.watcher.remove_done_callback(call._on_gone)  # noqa: SLF001 — the two are one idea
            call.watcher.cancel()
        if call.has_place:
            call.has_place = False
            self._give_place_back(call.key_id)

    def attribute(self, opened: OpenCall, call: Call, *, version: int, objection: Objection) -> None:
        """Note whose call it is and as of which version."""
        opened.key_id = call.snapshot.key_id
        opened.operation_name = call.operation_name
        opened.version = version
        opened.objection = objection
        opened.body = call.body

    async def take_place(self, opened: OpenCall, *, most: int, within_s: float) -> bool:
        """Wait until a call has one of its client key's places; return whether it has got one.

        No more calls wait than can be open four times over: the rest is turned away at once.
        """
        key_id = opened.key_id
        if self._by_key[key_id] < most:
            self._by_key[key_id] += 1
            opened.has_place = True
            return True
        waiting = self._waiting.setdefault(key_id, deque())
        if len(waiting) >= most * WAITING_FOR_EACH_PLACE:
            return False
        turn = asyncio.get_running_loop().create_future()
        waiting.append((opened, turn))
        try:
            async with asyncio.timeout(within_s):
                await turn
        except TimeoutError:
            return opened.has_place
        return True

    def _give_place_back(self, key_id: str) -> None:
        """Pass a place on to the call that has waited for the longest."""
        waiting = self._waiting.get(key_id, deque())
        while waiting:
            opened, turn = waiting.popleft()
            if not turn.done() and opened in self._open:
                opened.has_place = True
                turn.set_result(None)
                break
        else:
            self._by_key[key_id] -= 1
            if not self._by_key[key_id]:
                del self._by_key[key_id]
        if not waiting:
            self._waiting.pop(key_id, None)

    def tasks(self) -> "set[asyncio.Task[object]]":
        """Return the tasks that serve them."""
        return {call.task for call in self._open if call.task is not None}

    def __iter__(self) -> Iterator[OpenCall]:
        return iter(tuple(self._open))

    def __len__(self) -> int:
        return len(self._open)
