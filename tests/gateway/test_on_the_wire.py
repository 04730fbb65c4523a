"""The gateway on Granian, between a raw socket and a raw origin, with both upstream clients."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

from ownkey.calls.upstream import Timeouts, Upstream
from ownkey.calls.upstream.aiohttp import AiohttpUpstream
from ownkey.calls.upstream.pyreqwest import PyreqwestUpstream
from ownkey.calls.way import Limits
from ownkey.gateway.app import Gateway
from tests.gateway.kit import ALICE, ALICES_CREDENTIAL, ALICES_KEY, AUTHORIZATION, Grants, build, until
from tests.gateway.origin import MEGABYTE, Origin, running_origin

BOTH: dict[str, Callable[..., Upstream]] = {"pyreqwest": PyreqwestUpstream, "aiohttp": AiohttpUpstream}
KEY = f"Authorization: Bearer {ALICES_KEY.text()}\r\n".encode()
FILE = b"/jira/acme/rest/api/3/attachment/content/"
ISSUE = b"/jira/acme/rest/api/3/issue/"


class Wire:
    """A raw connection to the gateway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, text: bytes) -> None:
        self.writer.write(text)
        await self.writer.drain()

    async def request(self, method: bytes, path: bytes, *fields: bytes, body: bytes = b"") -> None:
        head = b"%s %s HTTP/1.1\r\nHost: gw.example\r\n" % (method, path) + KEY
        await self.send(head + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body)

    async def head(self) -> bytes:
        async with asyncio.timeout(30):
            return (await self.reader.readuntil(b"\r\n\r\n")).lower()

    async def rest(self) -> bytes:
        """Return what comes until the gateway closes the connection."""
        got = b""
        async with asyncio.timeout(60):
            with suppress(ConnectionResetError):
                while piece := await self.reader.read(65536):
                    got += piece
        return got

    def close(self) -> None:
        self.writer.transport.abort()


class Place:
    """A running gateway, the origin behind it, and a way to connect."""

    def __init__(self, port: int, origin: Origin, grants: Grants, gateway: Gateway, kind: str) -> None:
        self.port, self.origin, self.grants, self.gateway, self.kind = port, origin, grants, gateway, kind
        self.wires: list[Wire] = []

    async def connect(self) -> Wire:
        self.wires.append(Wire(*await asyncio.open_connection("127.0.0.1", self.port, limit=MEGABYTE)))
        return self.wires[-1]

    async def leave(self) -> None:
        """Close every connection to the gateway."""
        for wire in self.wires:
            wire.close()
        await asyncio.sleep(0)

    async def ask(self, method: bytes, path: bytes, *fields: bytes, body: bytes = b"") -> tuple[bytes, bytes]:
        """Return an answer's head and body."""
        wire = await self.connect()
        await wire.request(method, path, b"Connection: close", *fields, body=body)
        try:
            head = await wire.head()
            return head, await wire.rest()
        finally:
            wire.close()


@pytest.fixture(params=BOTH)
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with _running(request.param) as running:
        yield running


@pytest.fixture(params=BOTH)
async def hasty_with_jira(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with _running(request.param, read_s=0.3) as running:
        yield running


@pytest.fixture(params=BOTH)
async def hasty_with_callers(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with _running(request.param, pause_s=0.3) as running:
        yield running


@asynccontextmanager
async def _running(kind: str, *, read_s: float = 60, pause_s: float = 60) -> AsyncIterator[Place]:
    upstream: Upstream = BOTH[kind](timeouts=Timeouts(connect_s=60, read_s=read_s))
    async with running_origin() as origin:
        account = replace(ALICE.account, site_url=origin.url)
        credential = replace(ALICES_CREDENTIAL, base_url=f"{origin.url}/ex/jira/cloud")
        grants = Grants(replace(ALICE, account=account, credential=credential))
        gateway = build(upstream, grants=grants, limits=Limits(body_pause_s=pause_s))
        async with _served(gateway) as port:
            running = Place(port, origin, grants, gateway, kind)
            yield running
            await running.leave()


@asynccontextmanager
async def _served(gateway: Gateway) -> AsyncIterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = Server(gateway, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                break
    try:
        yield port
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await serving


async def test_a_call_reaches_jira_as_its_owner(place: Place) -> None:
    head, body = await place.ask(b"GET", ISSUE + b"%41%7E%3F?jql=a%20%3D%201&x")
    seen = place.origin.seen[0]
    assert head.startswith(b"http/1.1 200")
    assert body == b"ok"
    assert seen.line == b"GET /ex/jira/cloud/rest/api/3/issue/%41%7E%3F?jql=a%20%3D%201&x HTTP/1.1"
    assert seen.values("authorization") == [AUTHORIZATION]


@pytest.mark.parametrize(
    "path",
    [
        ISSUE + rb"..\..\myself",
        ISSUE + b"%2e%2e/myself",
        ISSUE + b"../myself",
        ISSUE + b"a%5cb",
        ISSUE + b"a%2fb",
        ISSUE + b"a%0d%0aX-Injected:%201",
        b"/jira/acme/rest//api/3/myself",
    ],
)
async def test_paths_that_can_be_read_in_two_ways_do_not_leave(place: Place, path: bytes) -> None:
    head, _ = await place.ask(b"GET", path)
    assert head.startswith(b"http/1.1 400")
    assert not place.origin.seen


async def test_an_absolute_target_does_not_choose_the_host(place: Place) -> None:
    await place.ask(b"GET", b"http://evil.example" + ISSUE + b"1")
    await place.ask(b"GET", b"http://evil.example/ex/jira/cloud/rest/api/3/myself")
    assert [seen.line for seen in place.origin.seen] == [b"GET /ex/jira/cloud/rest/api/3/issue/1 HTTP/1.1"]
    assert place.origin.seen[0].values("host") == [place.origin.url.removeprefix("http://").encode()]


@pytest.mark.parametrize(
    "fields",
    [
        (b"Content-Length: 5", b"Content-Length: 6"),
        (b"Transfer-Encoding: xchunked",),
        (b"X-A: b\r\n folded",),
        (b"X A: b",),
        (b"Content-Length: +5",),
        (b"Authorization: Basic eDp5",),
    ],
)
async def test_requests_that_can_be_read_in_two_ways_do_not_leave(
    place: Place, fields: tuple[bytes, ...]
) -> None:
    head, _ = await place.ask(b"PUT", ISSUE + b"1", *fields, body=b"hello!")
    assert head.startswith(b"http/1.1 400")
    assert not place.origin.seen


@pytest.mark.parametrize("body", [b"ZZ\r\n{}\r\n0\r\n\r\n", b"2\n{}\n0\n\n", b"-1\r\n\r\n"])
async def test_chunks_that_cannot_be_read_are_a_problem_of_the_caller(place: Place, body: bytes) -> None:
    wire = await place.connect()
    await wire.request(b"POST", ISSUE[:-1], b"Transfer-Encoding: chunked", body=body)
    head = await wire.head()
    assert head.startswith(b"http/1.1 400")
    assert b"ownkey-error: bad-request" in head
    assert b"ownkey-request-id: " in head
    assert not any(seen.is_complete for seen in place.origin.seen)
    wire.close()


async def test_a_refusal_before_the_body_came_says_that_the_connection_ends(place: Place) -> None:
    wire = await place.connect()
    await wire.request(b"POST", b"/jira/acme/rest/no/such/thing", b"Content-Length: 2")
    head = await wire.head()
    assert head.startswith(b"http/1.1 403")
    assert b"connection: close" in head
    wire.close()


async def test_nothing_is_smuggled_behind_a_chunked_body(place: Place) -> None:
    smuggled = b"0\r\n\r\nDELETE /jira/acme/rest/api/3/issue/2 HTTP/1.1\r\nHost: x\r\n\r\n"
    fields = (b"Content-Length: %d" % len(smuggled), b"Transfer-Encoding: chunked")
    await place.ask(b"PUT", ISSUE + b"1", *fields, body=smuggled)
    assert all(b"/issue/2" not in seen.line and b"DELETE" not in seen.body for seen in place.origin.seen)
    assert len(place.origin.seen) <= 1


async def test_the_gateway_answers_expect_and_does_not_pass_it_on(place: Place) -> None:
    wire = await place.connect()
    await wire.request(b"PUT", ISSUE + b"1", b"Expect: 100-continue", b"Content-Length: 2")
    assert (await wire.head()).startswith(b"http/1.1 100")
    await wire.send(b"{}")
    assert (await wire.head()).startswith(b"http/1.1 200")
    assert (place.origin.seen[0].body, place.origin.seen[0].values("expect")) == (b"{}", [])
    wire.close()


@pytest.mark.parametrize("path", [b"nothing", b"unchanged", b"redirect", b"range"])
async def test_answers_of_every_kind_leave_the_connection_usable(place: Place, path: bytes) -> None:
    wire = await place.connect()
    for _ in range(2):
        await wire.request(b"GET", FILE + path, b"Range: bytes=0-1")
        head = await wire.head()
        status = {b"nothing": 204, b"unchanged": 304, b"redirect": 303, b"range": 206}[path]
        assert head.startswith(b"http/1.1 %d" % status)
        if path == b"range":
            assert b"content-range: bytes 0-1/5" in head
            assert await wire.reader.readexactly(2) == b"12"
    assert place.origin.seen[0].values("range") == [b"bytes=0-1"]
    wire.close()


MULTIPART = (
    b'--b"order\r\nContent-Disposition: form-data; name="file"; filename="caf\xc3\xa9.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n\x00\r\n--b\xff\r\n\r\n"
    b'--b"order--\r\n'
)


@pytest.mark.parametrize("is_chunked", [False, True], ids=["with length", "chunked"])
async def test_multipart_goes_out_byte_for_byte(place: Place, is_chunked: bool) -> None:  # noqa: FBT001
    body, framing = MULTIPART, b"Content-Length: %d" % len(MULTIPART)
    if is_chunked:
        body, framing = b"%x\r\n%s\r\n0\r\n\r\n" % (len(MULTIPART), MULTIPART), b"Transfer-Encoding: chunked"
    kind = b'multipart/form-data; boundary="b\\"order"'
    fields = (framing, b"Content-Type: " + kind, b"X-Atlassian-Token: no-check")
    head, _ = await place.ask(b"POST", ISSUE + b"1/attachments", *fields, body=body)
    seen = place.origin.seen[0]
    assert head.startswith(b"http/1.1 200")
    assert (seen.body, seen.values("content-type")) == (MULTIPART, [kind])
    assert seen.values("x-atlassian-token") == [b"no-check"]


async def test_what_connection_names_stays_here(place: Place) -> None:
    wire = await place.connect()
    await wire.request(b"GET", ISSUE + b"1", b"Connection: X-Hop, keep-alive", b"X-Hop: 1", b"X-Other: 2")
    await wire.head()
    assert place.origin.seen[0].values("x-hop") == []
    assert place.origin.seen[0].values("x-other") == [b"2"]
    wire.close()


@pytest.mark.parametrize("version", [b"2", b"latest", b"3"])
async def test_every_version_of_the_api_is_known_and_stays_what_it_was(place: Place, version: bytes) -> None:
    head, _ = await place.ask(b"GET", b"/jira/acme/rest/api/" + version + b"/issue/ACME-1")
    assert head.startswith(b"http/1.1 200")
    assert b"/rest/api/" + version + b"/issue/ACME-1 " in place.origin.seen[0].line


async def test_head_keeps_its_length(place: Place) -> None:
    wire = await place.connect()
    for _ in range(2):
        await wire.request(b"HEAD", FILE + b"length")
        assert b"content-length: 5" in await wire.head()
    wire.close()


async def test_compressed_answers_arrive_compressed(place: Place) -> None:
    head, body = await place.ask(b"GET", FILE + b"packed", b"Accept-Encoding: gzip")
    assert b"content-encoding: gzip" in head
    assert gzip.decompress(body) == b"packed" * 100


@pytest.mark.parametrize("kind", [b"text", b"json"])
async def test_a_first_piece_is_not_held_back(place: Place, kind: bytes) -> None:
    wire = await place.connect()
    await wire.request(b"GET", ISSUE + b"stream-" + kind)
    await wire.head()
    async with asyncio.timeout(30):
        assert await wire.reader.readuntil(b"first\r\n") == b"5\r\nfirst\r\n"
    place.origin.go.set()
    async with asyncio.timeout(30):
        assert (await wire.reader.readuntil(b"0\r\n\r\n")).endswith(b"second\r\n0\r\n\r\n")
    wire.close()


async def test_a_document_has_its_true_length(place: Place) -> None:
    place.origin.go.set()
    head, body = await place.ask(b"GET", ISSUE + b"document")
    assert b"content-length: 20\r\n" in head
    assert body == b'{"first": 1, "a": 1}'


async def test_a_document_that_is_slow_to_come_is_not_held_back(place: Place) -> None:
    wire = await place.connect()
    await wire.request(b"GET", ISSUE + b"document")
    head = await wire.head()
    assert b"transfer-encoding: chunked" in head
    async with asyncio.timeout(30):
        assert await wire.reader.readuntil(b"1,\r\n") == b'C\r\n{"first": 1,\r\n'
    place.origin.go.set()
    async with asyncio.timeout(30):
        assert await wire.reader.readuntil(b"0\r\n\r\n") == b'8\r\n "a": 1}\r\n0\r\n\r\n'
    wire.close()


@pytest.mark.parametrize("path", [b"short", b"unended"])
async def test_half_an_answer_does_not_end_as_a_whole_one(place: Place, path: bytes) -> None:
    wire = await place.connect()
    await wire.request(b"GET", FILE + path)
    head = await wire.head()
    rest = await wire.rest()
    assert wire.reader.at_eof()
    assert b"half" in rest
    assert not rest.endswith(b"0\r\n\r\n")
    assert path == b"unended" or b"content-length: 20" in head
    wire.close()


async def test_no_answer_is_a_problem(place: Place) -> None:
    head, body = await place.ask(b"POST", ISSUE + b"silent/comment", b"Content-Length: 2", body=b"{}")
    assert head.startswith(b"http/1.1 502")
    assert b"ownkey-error: upstream-unreachable" in head
    assert b"errorMessages" in body
    assert len(place.origin.seen) == 1


async def test_a_safe_request_on_a_dead_connection_is_sent_again(place: Place) -> None:
    await place.ask(b"GET", FILE + b"once")
    head, _ = await place.ask(b"GET", FILE + b"once")
    assert head.startswith(b"http/1.1 502")
    assert len(place.origin.seen) == 3


async def test_a_request_that_changes_something_is_not_sent_again(place: Place) -> None:
    await place.ask(b"GET", ISSUE + b"once")
    head, _ = await place.ask(b"DELETE", ISSUE + b"once")
    assert head.startswith(b"http/1.1 502")
    assert len(place.origin.seen) == 2


async def test_too_slow_an_answer_is_a_problem(hasty_with_jira: Place) -> None:
    head, _ = await hasty_with_jira.ask(b"GET", FILE + b"wait")
    assert head.startswith(b"http/1.1 504")
    assert b"ownkey-error: upstream-too-slow" in head


async def test_a_client_that_leaves_drops_the_stream(place: Place) -> None:
    wire = await place.connect()
    await wire.request(b"GET", FILE + b"stream")
    await wire.head()
    wire.close()
    async with asyncio.timeout(30):
        await place.origin.seen[0].dropped.wait()


async def test_a_client_that_leaves_before_the_answer_frees_the_gateway(place: Place) -> None:
    wire = await place.connect()
    await wire.request(b"GET", FILE + b"wait")
    await until(lambda: place.origin.seen)
    wire.close()
    async with asyncio.timeout(30):
        await until(lambda: not len(place.gateway.way.open_calls))
        if place.kind == "aiohttp":  # pyreqwest cannot take a request back
            await place.origin.seen[0].dropped.wait()


@pytest.mark.parametrize("field", [b"Transfer-Encoding: chunked", b"Content-Length: 200000"])
async def test_an_upload_that_breaks_off_is_not_sent_as_complete(place: Place, field: bytes) -> None:
    wire = await place.connect()
    await wire.request(b"POST", ISSUE + b"1/attachments", field, body=b"5\r\nhello\r\n")
    await until(lambda: place.origin.seen)
    wire.close()
    async with asyncio.timeout(30):
        await place.origin.seen[0].dropped.wait()
    assert not place.origin.seen[0].is_complete


@pytest.mark.parametrize("length", [b"5", b"200000"])
async def test_an_upload_that_stops_is_given_up(hasty_with_callers: Place, length: bytes) -> None:
    wire = await hasty_with_callers.connect()
    await wire.request(b"POST", ISSUE + b"1/attachments", b"Content-Length: " + length, body=b"hel")
    head = await wire.head()
    assert head.startswith(b"http/1.1 408")
    assert not any(seen.is_complete for seen in hasty_with_callers.origin.seen)
    wire.close()


async def test_revoking_cuts_a_stream(place: Place) -> None:
    wire = await place.connect()
    await wire.request(b"GET", FILE + b"stream")
    await wire.head()
    place.grants.revoke(ALICES_KEY.key_id)
    async with asyncio.timeout(30):
        rest = await wire.reader.read()
        await place.origin.seen[0].dropped.wait()
    assert not rest.endswith(b"0\r\n\r\n")
    wire.close()


async def test_large_bodies_pass_whole_with_flat_memory(place: Place) -> None:
    await place.ask(b"GET", FILE + b"large-1")
    before = _resident()
    wire = await place.connect()
    await wire.request(b"GET", FILE + b"large-32")
    assert b"content-length: 33554432" in await wire.head()
    got = 0
    while got < 32 * MEGABYTE:
        got += len(await wire.reader.read(MEGABYTE))
    await wire.request(b"POST", ISSUE + b"1/attachments", b"Content-Length: 33554432")
    for _ in range(32):
        await wire.send(bytes(MEGABYTE))
    assert (await wire.head()).startswith(b"http/1.1 200")
    assert place.origin.seen[-1].body_length == 32 * MEGABYTE
    wire.close()
    # Client, gateway and origin are one process here, with the origin keeping one megabyte.
    assert _resident() - before < 24 * MEGABYTE


async def test_a_slow_client_slows_the_origin_down(place: Place) -> None:
    await place.ask(b"GET", FILE + b"large-1")
    before = _resident()
    wires = [await place.connect() for _ in range(4)]
    for wire in wires:
        await wire.request(b"GET", FILE + b"large-50")
        await wire.head()
    await asyncio.sleep(0.7)
    assert _resident() - before < 40 * MEGABYTE
    for wire in wires:
        wire.close()


def _resident() -> int:
    return int(psutil.Process(int(Path("/proc/self").resolve().name)).memory_info().rss)
