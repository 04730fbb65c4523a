"""The stream to a browser that has pages open: it is told at once which of them to read again.

One stream serves all tabs of a browser. It is plain ASGI, beside Django: an open stream holds no thread and
no connection to the database. It names pages that its own session has opened, and nothing else: which issues
were written to is not said.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs

from ownkey.calls.grants import GrantsUnavailableError
from ownkey.calls.in_process import NoWayError, current_way
from ownkey.calls.means import BySession, session_digest
from ownkey.calls.way import CallWay
from ownkey.workspace.live.hearing import Hearing, Listener, current_hearing
from ownkey.workspace.live.memory import PageMemory, memories
from ownkey.workspace.live.watching import may_concern

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
PersonOf = Callable[[str], Awaitable[str | None]]
"""Returns the id of the person whose session has a key, or None."""

ADDRESS: Final = "/work/live/"
LOOK_EVERY_S: Final = 0.5
"""How often it is looked at whether the session may still read."""
SIGN_OF_LIFE_S: Final = 15.0
LONGEST_S: Final = 600.0
"""Then it ends, and the browser begins another."""
MOST_STREAMS: Final = 6
"""How many one session may have; the oldest ends for a further one."""
MOST_ACCOUNTS: Final = 20
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


class Streams:
    """All open streams of this process."""

    def __init__(self, *, cookie: str, person_of: PersonOf) -> None:
        """Take the name of the session's cookie, and what finds whose session it is."""
        self._cookie = cookie
        self._person_of = person_of
        self._open: dict[str, list[asyncio.Task[None]]] = {}
        self._is_stopping = False

    def serves(self, scope: Scope) -> bool:
        """Whether a request asks for a stream."""
        return bool(scope["path"] == ADDRESS)

    @property
    def count(self) -> int:
        """How many are open."""
        return sum(map(len, self._open.values()))

    async def stop(self) -> None:
        """End all of them."""
        self._is_stopping = True
        tasks = [task for tasks in self._open.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream until the browser leaves, its session ends, or ten minutes are over.

        A request that brings no session is answered with 204, upon which browsers ask no more.
        """
        hearing = current_hearing()
        way = _way()
        if scope["method"] != "GET" or hearing is None or way is None or self._is_stopping:
            await _plainly(send, 405 if scope["method"] != "GET" else 503)
            return
        key = _session_key(scope["headers"], self._cookie)
        person_id = await self._person_of(key) if key else None
        slugs = parse_qs(scope["query_string"].decode("latin-1")).get("account", [])[:MOST_ACCOUNTS]
        means = [BySession(person_id, slug, session_digest(key)) for slug in slugs] if person_id else []
        if not means:
            await _plainly(send, 204)
            return
        await self._serve(_Stream(hearing, way, means, send), session_digest(key), receive)

    async def _serve(self, stream: "_Stream", session: str, receive: Receive) -> None:
        task = asyncio.create_task(stream.run())
        own = self._open.setdefault(session, [])
        own.append(task)
        if len(own) > MOST_STREAMS:
            own[0].cancel()
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (task, leaving):
                each.cancel()
            await asyncio.gather(task, leaving, return_exceptions=True)
            own.remove(task)
            if not own:
                self._open.pop(session, None)
        await stream.end()


class _Stream:
    """One stream."""

    def __init__(self, hearing: Hearing, way: CallWay, means: list[BySession], send: Send) -> None:
        self._hearing = hearing
        self._way = way
        self._means = means
        self._send = send
        self._has_begun = False
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Say what has to be read again, as long as the session lasts."""
        ends_at = self._loop.time() + LONGEST_S
        spoke_at = self._loop.time()
        with self._hearing.listening() as listener:
            await self._begin()
            while (now := self._loop.time()) < ends_at:
                if not await self._may_go_on():
                    await self._say("ended", {})
                    return
                pages = await self._pages(listener)
                if pages:
                    await self._say("written", {"pages": sorted(pages)})
                    spoke_at = now
                elif now - spoke_at > SIGN_OF_LIFE_S:
                    await self._piece(b":\n\n")
                    spoke_at = now

    async def end(self) -> None:
        """End the answer."""
        if self._has_begun:
            await self._send({"type": "http.response.body", "body": b""})

    async def _begin(self) -> None:
        await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        self._has_begun = True
        # Browsers wait as long before they begin another one.
        await self._piece(b"retry: 3000\n\n")

    async def _pages(self, listener: Listener) -> set[str]:
        """Return the addresses of the session's pages that have to be read again."""
        heard, is_behind = await listener.take(within_s=LOOK_EVERY_S)
        found: set[str] = set()
        for means in self._means:
            own = [each.written for each in heard if each.written.account_slug == means.account_slug]
            if own or is_behind:
                pages: Iterable[PageMemory] = memories.open_by(means)
                found |= {page.address for page in pages if is_behind or may_concern(page, own)}
        return found

    async def _may_go_on(self) -> bool:
        """Whether the session still grants something at one of the ALM accounts."""
        kept = []
        for means in self._means:
            try:
                snapshot = await self._way.cache.snapshot(means)
            except GrantsUnavailableError:
                kept.append(means)
                continue
            if snapshot is not None and not snapshot.has_expired(self._way.clock()):
                kept.append(means)
            else:
                memories.forget(means)
        self._means = kept
        return bool(kept)

    async def _say(self, event: str, document: object) -> None:
        await self._piece(f"event: {event}\ndata: {json.dumps(document)}\n\n".encode())

    async def _piece(self, piece: bytes) -> None:
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})


def _way() -> CallWay | None:
    try:
        return current_way()
    except NoWayError:
        return None


def _session_key(headers: Iterable[tuple[bytes, bytes]], name: str) -> str:
    """Return the key of the session that a request brings; empty if it brings none."""
    for field, value in headers:
        if field == b"cookie":
            cookie: SimpleCookie = SimpleCookie()
            try:
                cookie.load(value.decode("latin-1"))
            except CookieError:
                continue
            if name in cookie:
                return cookie[name].value
    return ""


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _plainly(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), *_HEADERS[1:]]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
