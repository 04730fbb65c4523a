"""`ownkey serve` as a process, spoken to over raw sockets: nothing is smuggled, nobody holds it up.

Whatever a caller writes, the credential that leaves and the host it goes to are Ownkey's choice. The origin
is a bare server that keeps every byte.
"""

import os
import re
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from ownkey.console.request_body import LARGEST_BYTES
from tests.hardening.served import (
    ISSUE,
    MYSELF,
    Origin,
    Served,
    answered,
    running_served,
    status_of,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Run the product in front of a bare origin."""
    with running_served(tmp_path_factory.mktemp("served"), Origin()) as running:
        yield running


@pytest.fixture
def seen(served: Served) -> list[bytes]:
    """Return what reaches the origin from now on."""
    served.origin.seen.clear()
    return served.origin.seen


def assert_only_ownkeys_choice(seen: list[bytes], served: Served) -> None:
    """Fail when anything that reached the origin has another host, another credential or the client key."""
    for text in seen:
        head = text.partition(b"\r\n\r\n")[0]
        hosts = re.findall(rb"(?im)^host: *(.*?)\r?$", head)
        assert hosts == [served.origin.url.removeprefix("http://").encode()], head
        credentials = re.findall(rb"(?im)^authorization: *(\S+)", head)
        assert credentials == [b"Basic"], head
        assert served.key not in text
        assert b" /ex/jira/" in head.split(b"\r\n")[0]


def test_a_plain_call_passes(served: Served, seen: list[bytes]) -> None:
    assert status_of(served.request(b"GET " + MYSELF + b" HTTP/1.1", b"Connection: close")) == 200
    assert len(seen) == 1
    assert_only_ownkeys_choice(seen, served)


CONFUSING = {
    "two lengths": (b"Content-Length: 2", b"Content-Length: 3"),
    "two equal lengths": (b"Content-Length: 2", b"Content-Length: 2"),
    "a list of lengths": (b"Content-Length: 2, 2",),
    "a signed length": (b"Content-Length: +2",),
    "a length in hex": (b"Content-Length: 0x2",),
    "a length beyond numbers": (b"Content-Length: 99999999999999999999999",),
    "length and chunks": (b"Content-Length: 2", b"Transfer-Encoding: chunked"),
    "chunks and length": (b"Transfer-Encoding: chunked", b"Content-Length: 2"),
    "chunked twice": (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
    "odd chunked": (b"Transfer-Encoding: xchunked",),
    "tabbed chunked": (b"Transfer-Encoding:\tchunked",),
    "chunked with a space before the colon": (b"Transfer-Encoding : chunked",),
    "folded": (b"X-A: b\r\n Transfer-Encoding: chunked",),
    "a bare line feed": (b"X-A: b\nTransfer-Encoding: chunked",),
    "a bare carriage return": (b"X-A: b\rTransfer-Encoding: chunked",),
    "a zero byte": (b"X-A: b\x00c",),
    "a second credential": (b"Authorization: Basic eDp5",),
    "a second host": (b"Host: evil.example",),
    "a name with a space": (b"X A: b",),
    "no name": (b": b",),
    "no colon": (b"nonsense",),
}


@pytest.mark.parametrize("fields", CONFUSING.values(), ids=CONFUSING.keys())
def test_what_can_be_read_in_two_ways_smuggles_nothing(
    fields: tuple[bytes, ...], served: Served, seen: list[bytes]
) -> None:
    smuggled = b"DELETE " + ISSUE + b"/SMUGGLED-1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n"
    served.request(b"POST " + ISSUE + b" HTTP/1.1", *fields, body=b"0\r\n\r\n" + smuggled)
    assert not any(text.startswith(b"DELETE") for text in seen)
    assert all(text.count(b" HTTP/1.1\r\n") == 1 for text in (one.partition(b"\r\n\r\n")[0] for one in seen))
    assert len(seen) <= 1
    assert_only_ownkeys_choice(seen, served)


@pytest.mark.parametrize(
    "target",
    [
        b"http://evil.example" + MYSELF,
        b"https://user:pass@evil.example" + MYSELF,
        b"http://evil.example/ex/jira/x/rest/api/3/myself",
        b"//evil.example" + MYSELF,
        b"/\\evil.example" + MYSELF,
        MYSELF + b"/../../../../x",
        b"/jira/acme/rest/api/3/%2e%2e/%2e%2e/x",
        b"/jira/acme@evil.example/rest/api/3/myself",
        b"/jira/acme/@evil.example/rest/api/3/myself",
        b"/jira/acme//evil.example/rest/api/3/myself",
        b"*",
        b"evil.example:443",
        MYSELF + b"#@evil.example",
        MYSELF + b"?x=\x7f",
    ],
)
@pytest.mark.parametrize("host", [b"evil.example", b"127.0.0.1:1", b"a@b", b"x:y:z", b""])
def test_no_target_and_no_host_chooses_where_a_call_goes(
    target: bytes, host: bytes, served: Served, seen: list[bytes]
) -> None:
    served.request(b"GET " + target + b" HTTP/1.1", b"Connection: close", host=host)
    assert_only_ownkeys_choice(seen, served)


def test_a_page_with_an_absolute_target_is_as_closed_as_others(served: Served) -> None:
    answer = served.request(
        b"GET http://evil.example/profile/ HTTP/1.1", b"Connection: close", host=b"evil.example"
    )
    assert status_of(answer) in {302, 400}
    assert b"evil.example" not in answer


def test_a_tunnel_is_not_opened(served: Served, seen: list[bytes]) -> None:
    answer = served.request(b"CONNECT evil.example:443 HTTP/1.1", host=b"evil.example:443")
    assert status_of(answer) not in range(200, 300)
    assert not seen


@pytest.mark.parametrize("size", [64 * 1024, 4 * 1024 * 1024])
def test_huge_headers_are_refused_and_others_are_served(size: int, served: Served, seen: list[bytes]) -> None:
    answer = served.request(b"GET " + MYSELF + b" HTTP/1.1", b"X-Large: " + b"a" * size, b"Connection: close")
    assert status_of(answer) in {0, 200, 400, 414, 431}
    many = [b"X-%d: a" % number for number in range(5000)]
    assert status_of(served.request(b"GET " + MYSELF + b" HTTP/1.1", *many)) in {0, 400, 431}
    assert status_of(served.request(b"GET " + MYSELF + b" HTTP/1.1", b"Connection: close")) == 200
    assert_only_ownkeys_choice(seen, served)


def test_slow_callers_hold_nobody_up(served: Served) -> None:
    wires = [served.connect() for _ in range(200)]
    try:
        for number, wire in enumerate(wires):
            wire.sendall(b"GET " + MYSELF + b" HTTP/1.1\r\nHost: gw.example\r\nX-%d: " % number)
            if number % 4 == 0:
                wire.sendall(b"a\r\nContent-Length: 100000\r\n\r\nslow")
        for _ in range(3):
            assert status_of(served.request(b"GET " + MYSELF + b" HTTP/1.1", b"Connection: close")) == 200
            assert (
                status_of(served.request(b"GET /sign-in/ HTTP/1.1", b"Connection: close", host=b"localhost"))
                == 200
            )
    finally:
        for wire in wires:
            wire.close()


def test_a_stranger_cannot_fill_the_disk_through_a_page(served: Served) -> None:
    length = b"Content-Length: %d" % (LARGEST_BYTES * 100)
    answer = served.request(b"POST /sign-in/ HTTP/1.1", length, host=b"localhost", body=b"a" * 65536)
    assert status_of(answer) == 413
    with closing(served.connect()) as wire:
        wire.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"100000\r\n" + os.urandom(0x100000) + b"\r\n"
        with suppress(OSError):
            for _ in range(LARGEST_BYTES // 0x100000 + 2):
                wire.sendall(chunk)
        assert status_of(answered(wire, silence_s=10)) in {0, 413}


def test_pipelined_requests_are_each_their_own(served: Served, seen: list[bytes]) -> None:
    one = b"GET " + MYSELF + b"?n=%d HTTP/1.1\r\nHost: gw.example\r\nAuthorization: Bearer %s\r\n\r\n"
    bad = b"GET " + MYSELF + b" HTTP/1.1\r\nHost: gw.example\r\n\r\n"
    answer = served.say((one % (1, served.key)) + bad + (one % (2, served.key)))
    assert [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)][:2] == [200, 401]
    assert_only_ownkeys_choice(seen, served)


def test_whoever_asks_for_another_protocol_is_answered_in_this_one(served: Served, seen: list[bytes]) -> None:
    answer = served.request(
        b"GET " + MYSELF + b" HTTP/1.1",
        b"Connection: Upgrade, close",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"Sec-WebSocket-Version: 13",
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"upgrade" not in seen[0].lower()
