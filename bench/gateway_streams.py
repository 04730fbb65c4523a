"""What the gateway does with large, slow and broken-off calls: memory, first bytes, and who is let go of."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path

import psutil

from bench.certificate import write_certificate
from bench.figure import Figure
from bench.load import cores, free_port, resident_mb, running
from bench.peers.candidates import CANDIDATES, KEY, Setting
from tests.gateway.origin import MEGABYTE, Origin, running_origin

ISSUE = "/jira/acme/rest/api/3/issue"
FILE = "/jira/acme/rest/api/3/attachment/content"
LARGE_MB = 200
SLOW = 8


def figures(candidate: str, *, slow_s: float = 4.0) -> Iterator[Figure]:
    """Yield the figures of one gateway, each in a process that has done nothing else."""
    yield from asyncio.run(_measure(candidate, slow_s))


async def _measure(name: str, slow_s: float) -> list[Figure]:
    async with _gateway(name) as (origin, port, process):
        idle = resident_mb(process)
        first_s = await _first_byte_s(port)
        before_s = await _dropped_s(origin, port, f"{ISSUE}/wait")
        within_s = await _dropped_s(origin, port, f"{ISSUE}/stream")
        warm = resident_mb(process)
        slow = await _peak(process, _slow_downloads(port, slow_s)) - warm
    async with _gateway(name) as (_, port, process):
        await _first_byte_s(port)
        warm = resident_mb(process)
        down = await _peak(process, _download(port)) - warm
        up = await _peak(process, _upload(port)) - warm
    return [
        Figure(f"{name}: memory, idle", idle, "MB", 150),
        Figure(f"{name}: memory added by {SLOW} slow downloads of 50 MB", slow, "MB", 20),
        Figure(f"{name}: memory added by a download of {LARGE_MB} MB", down, "MB", 20),
        Figure(f"{name}: memory added by an upload of {LARGE_MB} MB", up, "MB", 20),
        Figure(f"{name}: first byte of a slow stream", first_s * 1000, "ms", 50),
        Figure(f"{name}: Jira let go of, client left before the answer", before_s, "s", 0.5),
        Figure(f"{name}: Jira let go of, client left within the answer", within_s, "s", 0.5),
    ]


@contextlib.asynccontextmanager
async def _gateway(name: str) -> AsyncIterator[tuple[Origin, int, psutil.Process]]:
    async with running_origin() as origin:
        with tempfile.TemporaryDirectory(prefix="ownkey-bench-") as folder:
            place, port = Path(folder), free_port()
            command = CANDIDATES[name](Setting(port, origin.url, write_certificate(place), place))
            assert command is not None
            with running(command, core=cores()[0], ports=[port], log=place / "log") as process:
                yield origin, port, process
            # What is open still hangs on the process that has just gone.
            origin.go.set()


async def _open(
    port: int, method: str, path: str, *fields: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=64 * 1024)
    head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {KEY}", *fields]
    writer.write("\r\n".join([*head, "", ""]).encode())
    await writer.drain()
    return reader, writer


async def _first_byte_s(port: int) -> float:
    begin = time.perf_counter()
    reader, writer = await _open(port, "GET", f"{ISSUE}/stream")
    await asyncio.wait_for(reader.readuntil(b"first"), 10)
    taken = time.perf_counter() - begin
    writer.close()
    return taken


async def _dropped_s(origin: Origin, port: int, path: str) -> float:
    """Return the seconds from a client's leaving until Jira sees its connection closed; ten at most."""
    count = len(origin.seen)
    _, writer = await _open(port, "GET", path)
    while len(origin.seen) == count:  # noqa: ASYNC110 — the origin tells by its list alone
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.6)
    begin = time.perf_counter()
    writer.transport.abort()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(origin.seen[-1].dropped.wait(), 10)
    return time.perf_counter() - begin


async def _slow_downloads(port: int, seconds: float) -> None:
    async def one() -> None:
        reader, writer = await _open(port, "GET", f"{FILE}/large-50")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await reader.read(64 * 1024)
            await asyncio.sleep(0.1)
        writer.transport.abort()

    await asyncio.gather(*(one() for _ in range(SLOW)))


async def _download(port: int) -> None:
    reader, writer = await _open(port, "GET", f"{FILE}/large-{LARGE_MB}")
    left = LARGE_MB * MEGABYTE
    await reader.readuntil(b"\r\n\r\n")
    while left > 0:
        piece = await reader.read(256 * 1024)
        if not piece:
            raise RuntimeError("The download broke off.")
        left -= len(piece)
    writer.close()


async def _upload(port: int) -> None:
    size = LARGE_MB * MEGABYTE
    reader, writer = await _open(port, "POST", f"{ISSUE}/ACME-1/attachments", f"Content-Length: {size}")
    for _ in range(LARGE_MB):
        writer.write(bytes(MEGABYTE))
        await writer.drain()
    line = await asyncio.wait_for(reader.readline(), 60)
    if b" 200 " not in line:
        raise RuntimeError("The upload was not answered.")
    writer.close()


async def _peak(process: psutil.Process, work: Awaitable[None]) -> float:
    """Return the most memory that a process held while something was done."""
    doing = asyncio.ensure_future(work)
    peak = 0.0
    while not doing.done():
        peak = max(peak, resident_mb(process))
        await asyncio.sleep(0.05)
    await doing
    return peak
