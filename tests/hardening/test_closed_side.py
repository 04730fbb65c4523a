"""A client that closes its side of the connection before its answer has come is taken for one that has gone.

Both look the same: the system sends the same last word (FIN) for a program that ended. So the call is cut, as
every call is that nobody waits for, and what it wrote by then is on record as unsure.
"""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from tests.cli.command import PATIENCE_S
from tests.hardening.answers_read import read
from tests.hardening.served import ISSUE, MYSELF, Origin, Served, answered, running_served
from tests.hardening.test_hostile_answers import ENTRIES


@dataclass
class SlowOrigin(Origin):
    """An origin that keeps an answer to itself until it may go on, where the path asks for that."""

    go: threading.Event = field(default_factory=threading.Event)

    def answer(self, connection: socket.socket, request: bytes) -> bool:
        if b"/SLOW-" in request.partition(b"\r\n")[0]:
            self.go.wait(PATIENCE_S)
            return False
        return super().answer(connection, request)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    origin = SlowOrigin()
    with running_served(tmp_path_factory.mktemp("closed"), origin) as running:
        yield running
        origin.go.set()


def say_and_close(served: Served, text: bytes) -> bytes:
    """Write a request whose last byte and the end of writing come in one, and return what is answered."""
    with closing(served.connect()) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        wire.sendall(text)
        wire.shutdown(socket.SHUT_WR)
        return answered(wire, silence_s=PATIENCE_S)


def request(served: Served, line: bytes, *fields: bytes, body: bytes = b"") -> bytes:
    head = [line + b" HTTP/1.1", b"Host: localhost", b"Authorization: Bearer " + served.key, *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def until_logged(served: Served, outcome: str, path: str) -> None:
    """Wait for the line of a call that ended."""
    until = time.monotonic() + PATIENCE_S
    while not re.search(rf'"operation": "{path}.*{outcome}', served.log.read_text()):
        assert time.monotonic() < until, served.log.read_text()
        time.sleep(0.01)


@pytest.mark.parametrize(
    "line", [b"GET " + ISSUE + b"/SLOW-1", b"DELETE " + ISSUE + b"/SLOW-2", b"GET /sign-in/"]
)
def test_who_closes_their_side_gets_no_answer_and_their_call_is_cut(line: bytes, served: Served) -> None:
    assert say_and_close(served, request(served, line)) == b""
    if b"SLOW" in line:
        method = line.partition(b" ")[0].decode()
        until_logged(served, '"cut": "client-gone"', f"{method} /rest/api/3/issue/")
    plain = served.request(b"GET " + MYSELF + b" HTTP/1.1", b"Connection: close")
    assert read(plain).body == b"{}", "the next call is as if nothing had been"


@pytest.mark.parametrize("line", [MYSELF, ISSUE + b"/A-1"])
def test_who_waits_for_the_answer_gets_it_whole(line: bytes, served: Served) -> None:
    text = request(served, b"GET " + line, b"Connection: close")
    with closing(served.connect()) as wire:
        wire.sendall(text)
        got = wire.recv(1)
        wire.shutdown(socket.SHUT_WR)
        assert read(got + answered(wire, silence_s=PATIENCE_S)).body == b"{}"


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"Content-Length: 20", b"{}"),
        (b"Transfer-Encoding: chunked", b"2\r\n{}\r\n"),
        (b"Transfer-Encoding: chunked", b"20\r\n{}"),
    ],
)
def test_a_body_that_ends_before_its_end_is_refused_in_words(
    framing: bytes, body: bytes, served: Served
) -> None:
    served.origin.seen.clear()
    answer = read(
        say_and_close(served, request(served, b"PUT " + ISSUE + b"/A-1/properties/p", framing, body=body))
    )
    assert (answer.status, answer.fields[b"ownkey-error"]) == (400, b"bad-request")
    assert not served.origin.seen


def test_what_was_written_by_then_is_on_record_as_unsure(tmp_path_factory: pytest.TempPathFactory) -> None:
    origin = SlowOrigin()
    with running_served(tmp_path_factory.mktemp("unsure"), origin) as served:
        write = request(served, b"PUT " + ISSUE + b"/SLOW-3/properties/p", b"Content-Length: 2", body=b"{}")
        with closing(served.connect()) as wire:
            wire.sendall(write)
            until = time.monotonic() + PATIENCE_S
            while not origin.seen:
                assert time.monotonic() < until
                time.sleep(0.01)
            wire.shutdown(socket.SHUT_WR)
            assert answered(wire, silence_s=PATIENCE_S) == b""
        until_logged(served, '"cut": "client-gone"', "PUT /rest/api/3/issue/")
        served.stop()
        origin.go.set()
    [entries] = json.loads(served.store.run(ENTRIES)).values()
    assert entries == [["call.started", "started", None], ["call.ended", "unsure", "client-gone"]]
    assert len(origin.seen) == 1
