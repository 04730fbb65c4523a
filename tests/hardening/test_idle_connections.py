"""Connections that bring nothing have an end, on every port, and keep nobody out for longer than stated."""

import re
import select
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from ownkey.cli.listening import UNREAD_S, listener
from tests.cli.command import PATIENCE_S
from tests.hardening.served import MYSELF, Origin, Served, answered, running_served, status_of

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
HEADERS_WITHOUT_END = b"\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82"
USELESS = {
    "nothing": b"",
    "one byte": b"P",
    "empty lines": b"\r\n\r\n",
    "half a preface": b"PRI * HTTP/2.0\r",
    "a preface": PREFACE + SETTINGS,
    "half of HTTP/2's header": PREFACE + SETTINGS + HEADERS_WITHOUT_END,
    "half a head": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "half of TLS": b"\x16\x03\x01\x02\x00",
    "a whole request and then nothing": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a whole request and half of the next": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /",
    "a question to change the protocol": (
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
    ),
    "a body that does not come": b"POST "
    + MYSELF
    + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
}
FILL = ("nothing", "one byte", "half a head", "a whole request and then nothing", "half of TLS")
"""Four hundred of these, where 128 have room."""
WITHIN_S = 90
"""Stated are 20 seconds to be let in, and half a minute to end; the rest is for a busy machine."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run the product with few open files: 128 connections at once."""
    directory = tmp_path_factory.mktemp("idle")
    with running_served(directory, Origin(), "--status-port", "0", limit="-n 512") as running:
        yield running


def status_port_of(served: Served) -> int:
    found = re.search(r"127\.0\.0\.1:(\d+)/metrics", served.log.read_text())
    assert found is not None
    return int(found[1])


def connect(port: int, text: bytes) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    wire.sendall(text)
    return wire


def has_ended(wire: socket.socket) -> bool:
    """Return whether the other side has closed a connection; what it said before is read away."""
    while select.select([wire], [], [], 0)[0]:
        try:
            if not wire.recv(65536):
                return True
        except OSError:
            return True
    return False


def until_all_have_ended(wires: dict[str, socket.socket]) -> None:
    until = time.monotonic() + WITHIN_S
    left = dict(wires)
    while left:
        left = {name: wire for name, wire in left.items() if not has_ended(wire)}
        assert time.monotonic() < until, f"still open: {sorted(left)}"
        time.sleep(0.1)


def test_useless_connections_have_an_end_and_keep_nobody_out_for_long(served: Served) -> None:
    wires = {
        f"{name} at {port}": connect(port, text)
        for port in (served.port, status_port_of(served))
        for name, text in USELESS.items()
    }
    many = [connect(served.port, USELESS[name]) for _ in range(80) for name in FILL]
    call = b"GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
    try:
        for text in (HEALTH, call % (MYSELF, served.key)):
            with closing(socket.create_connection(("127.0.0.1", served.port), timeout=WITHIN_S)) as wire:
                wire.sendall(text)
                assert status_of(answered(wire, silence_s=WITHIN_S)) == 200
        until_all_have_ended(wires)
    finally:
        for wire in (*wires.values(), *many):
            wire.close()


def test_every_connection_has_the_limit_for_who_reads_nothing() -> None:
    with closing(listener("127.0.0.1", 0)) as listening:
        listening.listen(1)
        with closing(socket.create_connection(listening.getsockname())) as caller:
            caller.sendall(b"x")
            connection, _ = listening.accept()
            with closing(connection):
                limit = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert limit == UNREAD_S * 1000
