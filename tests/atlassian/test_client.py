"""The client speaks only to Atlassian, remembers nothing, follows nothing, and outlasts whatever answers.

Each test talks to a real socket on loopback.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ownkey.atlassian.client import Client, ClientLimits, open_client
from ownkey.atlassian.sites import Addresses
from ownkey.atlassian.wire import (
    Answer,
    Authentication,
    Credential,
    Door,
    NoAnswer,
    NoAnswerCause,
    WireRequest,
)
from ownkey.secret import Secret

PLANTED = "ATATT" + "3x-planted-in-a-test"
Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
SHORT = ClientLimits(total_s=0.3, connect_s=0.3)


class Server:
    """A server that keeps what it was sent and answers by hand."""

    def __init__(self, answer: bytes | Handler) -> None:
        self.answer = answer
        self.heads: list[str] = []
        self.connections = 0
        self.under_way = 0
        self.most_under_way = 0
        self.origin = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head.decode())
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                if isinstance(self.answer, bytes):
                    writer.write(self.answer)
                else:
                    await self.answer(head, writer)
                await writer.drain()
                self.under_way -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def request(self, path: str = "/", **more: object) -> WireRequest:
        return WireRequest("GET", self.origin + path, **more)  # type: ignore[arg-type]


@asynccontextmanager
async def server(answer: bytes | Handler) -> AsyncIterator[Server]:
    served = Server(answer)
    listener = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    served.origin = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        listener.close()


@asynccontextmanager
async def client_of(served: Server, limits: ClientLimits | None = None) -> AsyncIterator[Client]:
    addresses = Addresses(trusted_sites=frozenset({served.origin}))
    async with open_client(addresses, limits=limits) as client:
        yield client


def ok(body: bytes = b"{}", *fields: str) -> bytes:
    head = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def test_an_answer_comes_back_whole() -> None:
    async with server(ok(b'{"a":1}', "Atl-TraceId: x")) as served, client_of(served) as client:
        answer = await client.send(served.request("/a%2Fb?c=%2e%2E"))
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.is_truncated) == (200, b'{"a":1}', False)
    assert answer.header("atl-traceid") == "x"
    assert served.heads[0].startswith("GET /a%2Fb?c=%2e%2E HTTP/1.1\r\n"), "the path is sent as it was given"


async def test_the_header_is_only_what_is_needed() -> None:
    async with server(ok()) as served, client_of(served) as client:
        await client.send(served.request())
    names = [line.partition(":")[0] for line in served.heads[0].split("\r\n")[1:] if line]
    assert sorted(names) == ["Accept", "Accept-Encoding", "Host", "User-Agent"]
    assert "User-Agent: Ownkey/" in served.heads[0]


async def test_a_credential_goes_to_its_door_alone() -> None:
    async with server(ok()) as served, client_of(served) as client:
        credential = Credential(Authentication.PERSONAL_ACCESS_TOKEN, "", Secret(PLANTED))
        await client.send(Door(served.origin, credential).request("GET", "/rest"))
        await client.send(served.request())
    assert f"Authorization: Bearer {PLANTED}" in served.heads[0]
    assert "Authorization" not in served.heads[1]


async def test_cookies_are_not_kept() -> None:
    async with server(ok(b"{}", "Set-Cookie: JSESSIONID=x; Path=/")) as served, client_of(served) as client:
        await client.send(served.request())
        await client.send(served.request())
    assert "cookie" not in served.heads[1].lower()


async def test_connections_are_used_again() -> None:
    async with server(ok()) as served, client_of(served) as client:
        for _ in range(3):
            await client.send(served.request())
    assert served.connections == 1


async def test_redirects_are_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with server(moved) as served, client_of(served) as client:
        answer = await client.send(served.request())
    assert isinstance(answer, Answer)
    assert answer.status == 302
    assert len(served.heads) == 1


async def test_proxy_variables_are_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with server(ok()) as served, client_of(served) as client:
        assert isinstance(await client.send(served.request()), Answer)


async def test_a_huge_answer_is_cut_at_the_limit() -> None:
    async def endless(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with server(endless) as served, client_of(served) as client:
        answer = await client.send(served.request(body_limit=1000))
    assert isinstance(answer, Answer)
    assert answer.is_truncated
    assert len(answer.body) == 1000


async def test_a_compressed_answer_is_not_unpacked() -> None:
    body = b"\x1f\x8b\x08" + b"\x00" * 50
    async with server(ok(body, "Content-Encoding: gzip")) as served, client_of(served) as client:
        answer = await client.send(served.request())
    assert isinstance(answer, Answer)
    assert answer.body == body
    assert "Accept-Encoding: identity" in served.heads[0]


async def test_huge_headers_are_no_answer() -> None:
    async with server(ok(b"{}", "X-Huge: " + "x" * 100_000)) as served, client_of(served) as client:
        assert await client.send(served.request()) == NoAnswer(NoAnswerCause.MALFORMED)


async def _never(_head: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _drip(_head: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("slow", [_never, _drip], ids=["silent", "dripping"])
async def test_a_slow_answer_is_given_up(slow: Handler) -> None:
    async with server(slow) as served, client_of(served, SHORT) as client:
        assert await client.send(served.request()) == NoAnswer(NoAnswerCause.TIMED_OUT)


async def test_waiting_for_a_turn_is_not_being_slow() -> None:
    async def waits(_head: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(ok())

    # All of them together take longer than one may; one alone is far from that on a busy machine, too.
    limits = ClientLimits(total_s=5.5, connect_s=5.5, concurrency=2)
    async with server(waits) as served, client_of(served, limits) as client:
        answers = await asyncio.gather(*(client.send(served.request()) for _ in range(40)))
    assert all(isinstance(answer, Answer) for answer in answers)
    assert served.most_under_way == 2


async def _cut_body(_head: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    writer.close()


async def _cut_at_once(_head: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _reset(_head: bytes, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@pytest.mark.parametrize("cut", [_cut_body, _cut_at_once, _reset], ids=["body", "at-once", "reset"])
async def test_a_cut_answer_is_no_answer(cut: Handler) -> None:
    async with server(cut) as served, client_of(served) as client:
        assert await client.send(served.request()) == NoAnswer(NoAnswerCause.CUT)


@pytest.mark.parametrize(
    "nonsense",
    [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"\x00\x01\x02\r\n\r\n"],
    ids=["ssh", "status", "bytes"],
)
async def test_what_is_not_http_is_no_answer(nonsense: bytes) -> None:
    async with server(nonsense) as served, client_of(served) as client:
        assert await client.send(served.request()) == NoAnswer(NoAnswerCause.MALFORMED)


async def test_a_closed_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with open_client(Addresses(trusted_sites=frozenset({origin}))) as client:
            assert await client.send(WireRequest("GET", origin + "/")) == NoAnswer(NoAnswerCause.REFUSED)


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return a server's context with a certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def test_a_certificate_that_nobody_vouches_for_gets_no_credential(tmp_path: Path) -> None:
    served = Server(ok())
    listener = await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=self_signed(tmp_path))
    origin = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener, open_client(Addresses(trusted_sites=frozenset({origin}))) as client:
        credential = Credential(Authentication.PERSONAL_ACCESS_TOKEN, "", Secret(PLANTED))
        answer = await client.send(Door(origin, credential).request("GET", "/rest"))
    assert answer == NoAnswer(NoAnswerCause.TLS)
    assert served.heads == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "https://evil.example/",
        "http://acme.atlassian.net/",
        "https://acme.atlassian.net.evil.example/",
        "https://acme.atlassian.net@evil.example/",
        "file:///etc/passwd",
        "https:///",
        "https://acme.atlassian.net:x/",
    ],
)
async def test_other_addresses_are_not_dialled(url: str) -> None:
    async with open_client(Addresses(), resolver=Names({})) as client:
        assert await client.send(WireRequest("GET", url)) == NoAnswer(NoAnswerCause.NOT_ALLOWED)


class Names(AbstractResolver):
    """A name server that answers from a table, and counts."""

    def __init__(self, table: dict[str, list[str]], *, fault: int = socket.EAI_NONAME) -> None:
        self.table = table
        self.fault = fault
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.table:
            raise socket.gaierror(self.fault, "Name or service not known")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.table[host]
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["169.254.169.254"], ["10.0.0.1"], ["104.192.142.1", "127.0.0.1"]],
    ids=["loopback", "metadata", "private", "one-of-two"],
)
@pytest.mark.parametrize("host", ["acme.atlassian.net", "api.atlassian.com"])
async def test_a_name_that_leads_into_a_private_network_is_not_followed(
    host: str, addresses: list[str]
) -> None:
    names = Names({host: addresses})
    async with open_client(Addresses(), resolver=names) as client:
        answer = await client.send(WireRequest("GET", f"https://{host}/"))
    assert answer == NoAnswer(NoAnswerCause.PRIVATE_ADDRESS)
    assert names.asked == [host]


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (socket.EAI_NONAME, NoAnswerCause.NAME_UNKNOWN),
        (socket.EAI_AGAIN, NoAnswerCause.NO_NAME_SERVICE),
        (socket.EAI_FAIL, NoAnswerCause.NO_NAME_SERVICE),
    ],
)
async def test_an_unknown_name_is_told_from_names_that_cannot_be_looked_up(
    fault: int, cause: NoAnswerCause
) -> None:
    async with open_client(Addresses(), resolver=Names({}, fault=fault)) as client:
        answer = await client.send(WireRequest("GET", "https://acme.atlassian.net/"))
    assert answer == NoAnswer(cause)


async def test_a_trusted_name_may_lead_into_a_private_network() -> None:
    async with server(ok()) as served:
        origin = served.origin.replace("127.0.0.1", "jira.acme.example")
        names = Names({"jira.acme.example": ["127.0.0.1"]})
        async with open_client(Addresses(trusted_sites=frozenset({origin})), resolver=names) as client:
            assert isinstance(await client.send(WireRequest("GET", origin + "/")), Answer)


async def test_a_request_that_is_cancelled_is_dropped() -> None:
    arrived = asyncio.Event()

    async def hold(_head: bytes, _writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await asyncio.Event().wait()

    async with server(hold) as served, client_of(served) as client:
        task = asyncio.create_task(client.send(served.request()))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
