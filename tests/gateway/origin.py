"""A bare HTTP/1.1 server on a socket, which shows every byte that reaches it and answers by script."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

MEGABYTE = 1024 * 1024
PACKED = gzip.compress(b"packed" * 100)


@dataclass
class Seen:
    """One request as it came over the wire."""

    line: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""
    body_length: int = 0
    is_complete: bool = False
    dropped: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the other side has closed the connection."""

    def values(self, name: str) -> list[bytes]:
        return [value for each, value in self.fields if each == name.encode()]


class Origin:
    """The server: what it saw, and `go`, which the scripts that wait are waiting for."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connection_count = 0
        self.go = asyncio.Event()
        self.port = 0
        self.host = "127.0.0.1"
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until somebody closes it."""
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
        fields = [
            (name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in head[1:-2])
        ]
        seen = Seen(head[0], fields)
        self.seen.append(seen)
        if b"unread" in seen.line:
            await self.go.wait()
        try:
            await _read_body(reader, seen)
        except asyncio.IncompleteReadError:
            seen.dropped.set()
            raise
        script = _script_for(seen.line)
        # Nothing more is sent on this connection before the answer: a byte less means that it was closed.
        watch = asyncio.create_task(_watch(reader, seen)) if script in _LINGERING else None
        try:
            return await script(self, seen, writer)
        finally:
            if watch is not None:
                watch.cancel()


@asynccontextmanager
async def running_origin(tls: ssl.SSLContext | None = None) -> AsyncIterator[Origin]:
    """Run an origin on a free port."""
    origin = Origin()
    origin.scheme = "http" if tls is None else "https"
    tasks: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        origin.connection_count += 1
        task = asyncio.create_task(origin.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=256 * 1024, ssl=tls)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def _read_body(reader: asyncio.StreamReader, seen: Seen) -> None:
    if seen.values("transfer-encoding"):
        while size := int(await reader.readline() or b"0", 16):
            _keep(seen, await reader.readexactly(size))
            await reader.readexactly(2)
        if await reader.readline() != b"\r\n":
            raise asyncio.IncompleteReadError(b"", 2)
    elif lengths := seen.values("content-length"):
        left = int(lengths[0])
        while left:
            piece = await reader.read(min(left, 64 * 1024))
            if not piece:
                raise asyncio.IncompleteReadError(b"", left)
            left -= len(piece)
            _keep(seen, piece)
    seen.is_complete = True


def _keep(seen: Seen, piece: bytes) -> None:
    seen.body_length += len(piece)
    if len(seen.body) < MEGABYTE:
        seen.body += piece


async def _watch(reader: asyncio.StreamReader, seen: Seen) -> None:
    if not await reader.read(1):
        seen.dropped.set()


Script = Callable[[Origin, Seen, asyncio.StreamWriter], Coroutine[Any, Any, bool]]


def _whole(head: bytes, body: bytes = b"") -> Script:
    async def answer(_origin: Origin, seen: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 " + head.replace(b"\n", b"\r\n") + b"\r\n\r\n")
        if not seen.line.startswith(b"HEAD "):
            writer.write(body)
        await writer.drain()
        return True

    return answer


def _broken(text: bytes) -> Script:
    async def answer(_origin: Origin, _seen: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(text.replace(b"\n", b"\r\n"))
        await writer.drain()
        return False

    return answer


async def _wait(origin: Origin, seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Say nothing until told to go on, or until nobody listens."""
    await _go_or_dropped(origin, seen)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    await writer.drain()
    return True


async def _stream(origin: Origin, seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Say a first piece, and the second when told to go on."""
    kind = b"application/json" if b"json" in seen.line else b"text/plain"
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: " + kind + b"\r\ntransfer-encoding: chunked\r\n\r\n")
    writer.write(b"5\r\nfirst\r\n")
    await writer.drain()
    await _go_or_dropped(origin, seen)
    writer.write(b"6\r\nsecond\r\n0\r\n\r\n")
    await writer.drain()
    return True


async def _interim(_origin: Origin, seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Say that the answer is being made, again and again, until nobody listens."""
    while not seen.dropped.is_set():
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)
    return False


async def _large(_origin: Origin, seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Answer with as many megabytes as the path ends in."""
    megabytes = int(seen.line.split()[1].rpartition(b"-")[2])
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n")
    writer.write(b"content-length: %d\r\n\r\n" % (megabytes * MEGABYTE))
    for _ in range(megabytes):
        writer.write(bytes(MEGABYTE))
        await writer.drain()
    return True


async def _document(origin: Origin, _seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Answer with JSON of known length in two pieces, the second when told to go on."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n")
    writer.write(b'{"first": 1,')
    await writer.drain()
    await origin.go.wait()
    writer.write(b' "a": 1}')
    await writer.drain()
    return True


async def _once(origin: Origin, _seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Answer the first request and hang up on the second, as servers do with old connections."""
    if len(origin.seen) > 1:
        return False
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    await writer.drain()
    return True


async def _go_or_dropped(origin: Origin, seen: Seen) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in (origin.go, seen.dropped)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


_SCRIPTS: dict[bytes, Script] = {
    b"wait": _wait,
    b"interim": _interim,
    b"stream": _stream,
    b"large": _large,
    b"once": _once,
    b"document": _document,
    b"packed": _whole(
        b"200 OK\ncontent-type: text/plain\ncontent-encoding: gzip\ncontent-length: %d" % len(PACKED), PACKED
    ),
    b"cookies": _whole(b"200 OK\nset-cookie: a=1\nset-cookie: b=2\ncontent-length: 0"),
    b"latin": _whole(b"200 OK\nx-name: caf\xc3\xa9\nx-plain: yes\ncontent-length: 0"),
    b"redirect": _whole(b"303 See Other\nlocation: https://media.example/file?token=t\ncontent-length: 0"),
    b"nothing": _whole(b"204 No Content"),
    b"unchanged": _whole(b'304 Not Modified\netag: "1"'),
    b"length": _whole(b"200 OK\ncontent-type: image/png\ncontent-length: 5", b"12345"),
    b"range": _whole(b"206 Partial Content\ncontent-range: bytes 0-1/5\ncontent-length: 2", b"12"),
    b"silent": _broken(b""),
    b"short": _broken(b"HTTP/1.1 200 OK\ncontent-length: 20\n\nhalf"),
    b"unended": _broken(b"HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n4\nhalf\n"),
    b"": _whole(b"200 OK\ncontent-type: text/plain\ncontent-length: 2", b"ok"),
}
_LINGERING = (_wait, _stream, _interim)


def _script_for(line: bytes) -> Script:
    """Return the script whose name is in the path."""
    return next(script for name, script in _SCRIPTS.items() if name in line.split()[1])
