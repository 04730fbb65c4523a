"""Requests of a hostile or broken client, byte by byte, and what becomes of each.

`WORDS` is Ownkey's own problem; `PASSES` is a call that leaves, once; `PAGE` is a page that says so, where
the address is not the gateway's; `BARE` is what the server itself says to bytes that are no HTTP/1.1: a
status without a body, and the end of the connection; `CLOSED` is an end without a word, to a protocol that
has none at that point.
"""

from enum import Enum, auto
from typing import Final


class Ends(Enum):
    """How a request ends."""

    WORDS = auto()
    PASSES = auto()
    PAGE = auto()
    BARE = auto()
    CLOSED = auto()


WORDS, PASSES, PAGE, BARE, CLOSED = Ends
Row = tuple[bytes, Ends]

MYSELF = b"/jira/acme/rest/api/3/myself"
ISSUE = b"/jira/acme/rest/api/3/issue"
PROPERTY = ISSUE + b"/A-1/properties/p"
KEY = b"Authorization: Bearer @KEY@"
HOST = b"Host: gw.example"
CLOSE = b"Connection: close"
LONGEST_TARGET: Final = 65_534
"""In bytes. This and the next two are the server's; the page of refusals names them."""
MOST_FIELDS: Final = 100
LONGEST_NAME: Final = 65_535
SMUGGLED = b"DELETE " + ISSUE + b"/SMUGGLED-1 HTTP/1.1\r\nHost: x\r\n" + KEY + b"\r\n\r\n"


def get(target: bytes, *fields: bytes, line: bytes = b"GET %s HTTP/1.1") -> bytes:
    return b"\r\n".join([line % target, HOST, KEY, CLOSE, *fields]) + b"\r\n\r\n"


def put(*fields: bytes, body: bytes = b"{}") -> bytes:
    return b"\r\n".join([b"PUT " + PROPERTY + b" HTTP/1.1", HOST, KEY, CLOSE, *fields]) + b"\r\n\r\n" + body


def _of_length(length: int) -> bytes:
    return (MYSELF + b"?q=").ljust(length, b"a")


def with_fields(count: int) -> bytes:
    return get(MYSELF, *(b"X-%d: a" % number for number in range(count - len((HOST, KEY, CLOSE)))))


CHUNKED = b"Transfer-Encoding: chunked"

TARGETS: dict[str, Row] = {
    **{
        f"path with {name}": (get(ISSUE + b"/" + text), WORDS)
        for name, text in {
            "dots": b"../myself",
            "dots at the end": b"A-1/..",
            "one dot": b"./A-1",
            "encoded dots": b"%2e%2e/myself",
            "half-encoded dots": b".%2E/myself",
            "an encoded slash": b"a%2fb",
            "an encoded backslash": b"a%5cb",
            "a backslash": b"..\\..\\myself",
            "two slashes": b"/A-1",
            "an encoded zero": b"A%00",
            "an encoded line break": b"A%0d%0aX:%20y",
            "an encoded delete": b"A%7f",
            "half an escape": b"A%2",
            "an escape in no hex": b"A%zz",
        }.items()
    },
    **{
        f"raw {byte:#04x} in the path": (get(ISSUE + b"/A" + bytes([byte]) + b"B"), BARE)
        for byte in (0x00, 0x01, 0x08, 0x0B, 0x0C, 0x1F, 0x7F)
    },
    **{
        f"raw {mark} in the {place}": (get(target % mark.encode()), ends)
        for place, target, barred in (
            ("path", ISSUE + b"/A%sB", "<>`"),
            ("query", ISSUE[:-5] + b"search/jql?jql=a%sb", '"<>'),
        )
        for mark in "\"<>`{}|^[]'"
        for ends in [BARE if mark in barred else PASSES]
    },
    **{
        f"{name} raw in the {place}": (get(target % text), BARE if bare else WORDS)
        for place, target in (
            ("path", ISSUE + b"/A%sB"),
            ("query", MYSELF + b"?q=%s"),
            ("account", b"/jira/ac%sme/rest/api/3/myself"),
        )
        for name, text, bare in (
            ("a letter in UTF-8", "Ä".encode(), False),
            ("a sign of four bytes", "😀".encode(), False),
            ("a space that is none", "\u00a0".encode(), False),
            ("a turn of direction", "\u202e".encode(), False),
            ("a letter in Latin-1", b"\xe4", True),
            ("letters in UTF-16", "Ä".encode("utf-16-le") + b"\x00", True),
            ("letters in Shift-JIS", "課題".encode("shift-jis"), True),
            ("letters in GB 18030", "问题".encode("gb18030"), True),
            ("a slash in two bytes", b"\xc0\xaf", True),
            ("half a surrogate", b"\xed\xa0\x80", True),
            ("bytes of nothing", b"\xff\xfe", True),
        )
    },
    "an unknown path": (get(b"/jira/acme/rest/no/such/thing"), WORDS),
    "no account": (get(b"/jira/"), WORDS),
    "an account nobody has": (get(b"/jira/nobody/rest/api/3/myself"), WORDS),
    "an account in capitals": (get(b"/jira/ACME/rest/api/3/myself"), WORDS),
    "a long path": (get(ISSUE + b"/" + b"A" * 8000), PASSES),
    "a very long path": (get(ISSUE + b"/" + b"A" * 70_000), BARE),
    "the longest address": (get(_of_length(LONGEST_TARGET)), PASSES),
    "an address that is a byte longer": (get(_of_length(LONGEST_TARGET + 1)), BARE),
    "a path of many segments": (get(b"/jira/acme" + b"/a" * 3000), WORDS),
    "a long query": (get(MYSELF + b"?q=" + b"a" * 30_000), PASSES),
    "a query of many fields": (get(MYSELF + b"?" + b"a=b&" * 5000), PASSES),
    "a fragment": (get(MYSELF + b"#x"), PASSES),
    "an absolute target": (get(b"http://evil.example" + MYSELF), PASSES),
    "an absolute target with a password": (get(b"http://a:b@evil.example" + MYSELF), PASSES),
    "a star": (get(b"*", line=b"GET %s HTTP/1.1"), PAGE),
    "no slash": (get(b"jira/acme/rest/api/3/myself"), BARE),
    "no target": (get(b"", line=b"GET%s HTTP/1.1"), BARE),
    "two targets": (get(MYSELF + b" " + MYSELF), BARE),
    "a space at the end": (get(MYSELF + b" "), BARE),
}

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

LINES: dict[str, Row] = {
    "a tunnel": (get(b"evil.example:443", line=b"CONNECT %s HTTP/1.1"), PAGE),
    "TRACE": (get(MYSELF, line=b"TRACE %s HTTP/1.1"), WORDS),
    "an unknown method": (get(MYSELF, line=b"BREW %s HTTP/1.1"), WORDS),
    **{
        f"the method {method}": (get(MYSELF, line=method.encode() + b" %s HTTP/1.1"), ends)
        for ends, methods in {
            WORDS: ("get", "OPTIONS", "PROPFIND", "M-SEARCH", "QUERY", "PRI", "123", "_", "GE!T", "'*"),
            BARE: ("GET:", "GE/T", "G(T)", '"GET"', "GET,PUT", "{GET}", "GET@x"),
        }.items()
        for method in methods
    },
    "a method with a space": (get(MYSELF, line=b"GE T %s HTTP/1.1"), BARE),
    "a method in other letters": (get(MYSELF, line="GÉT %s HTTP/1.1".encode()), BARE),
    "a very long method": (get(MYSELF, line=b"A" * 70_000 + b" %s HTTP/1.1"), WORDS),
    "no method": (get(MYSELF, line=b" %s HTTP/1.1"), BARE),
    "a method for another operation": (get(MYSELF, line=b"DELETE %s HTTP/1.1"), WORDS),
    "HTTP/0.9": (b"GET " + MYSELF + b"\r\n\r\n", BARE),
    "HTTP/1.0": (get(MYSELF, line=b"GET %s HTTP/1.0"), PASSES),
    "HTTP/1.2": (get(MYSELF, line=b"GET %s HTTP/1.2"), BARE),
    "HTTP/2.0 in words": (get(MYSELF, line=b"GET %s HTTP/2.0"), BARE),
    "HTTP/3.0 in words": (get(MYSELF, line=b"GET %s HTTP/3.0"), BARE),
    "no version": (get(MYSELF, line=b"GET %s HTTP/"), BARE),
    "another protocol": (get(MYSELF, line=b"GET %s RTSP/1.0"), BARE),
    "a tab for a space": (get(MYSELF, line=b"GET\t%s\tHTTP/1.1"), BARE),
    "bare line feeds": (get(MYSELF).replace(b"\r\n", b"\n"), PASSES),
    "bare carriage returns": (get(MYSELF).replace(b"\r\n", b"\r"), BARE),
    "empty lines first": (b"\r\n\r\n" + get(MYSELF), PASSES),
    "HTTP/2's preface": (PREFACE + bytes(3) + b"\x04" + bytes(5), CLOSED),
    "HTTP/2's preface alone": (PREFACE, CLOSED),
    "HTTP/2's preface and a call": (PREFACE + get(MYSELF), CLOSED),
    "half of HTTP/2's preface": (PREFACE[:18] + b"\r\n", BARE),
    "HTTP/2's preface after a call": (
        get(MYSELF).replace(CLOSE, b"X-A: b") + PREFACE + bytes(3) + b"\x04" + bytes(5),
        PASSES,
    ),
    "HTTP/2 without its preface": (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" * 20, BARE),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), BARE),
    "SSH": (b"SSH-2.0-OpenSSH_9.2\r\n", BARE),
    "a proxy's line": (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + get(MYSELF), BARE),
    "SOCKS": (b"\x05\x01\x00" + bytes(20), BARE),
    "zeros": (bytes(5000), BARE),
    "a lot of nothing": (b"A" * 600_000, BARE),
}

FRAMING: dict[str, Row] = {
    "a body": (put(b"Content-Length: 2"), PASSES),
    "chunks": (put(CHUNKED, body=b"2\r\n{}\r\n0\r\n\r\n"), PASSES),
    "chunks with extensions and a trailer": (
        put(CHUNKED, body=b'2;a="b"\r\n{}\r\n0\r\nX-A: b\r\n\r\n'),
        PASSES,
    ),
    "two lengths": (put(b"Content-Length: 2", b"Content-Length: 3"), BARE),
    "two equal lengths": (put(b"Content-Length: 2", b"Content-Length: 2"), PASSES),
    "a list of lengths": (put(b"Content-Length: 2, 2"), BARE),
    "a signed length": (put(b"Content-Length: +2"), BARE),
    "a negative length": (put(b"Content-Length: -2"), BARE),
    "a length in hex": (put(b"Content-Length: 0x2"), BARE),
    "a length in words": (put(b"Content-Length: two"), BARE),
    "no length's value": (put(b"Content-Length:"), BARE),
    "a length beyond numbers": (put(b"Content-Length: " + b"9" * 30), BARE),
    "length and chunks": (put(b"Content-Length: 4", CHUNKED, body=b"0\r\n\r\n" + SMUGGLED), PASSES),
    "chunks and length": (put(CHUNKED, b"Content-Length: 4", body=b"0\r\n\r\n" + SMUGGLED), PASSES),
    "an unknown coding": (put(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + SMUGGLED), BARE),
    "a coding that is none": (put(b"Transfer-Encoding: identity", b"Content-Length: 2"), BARE),
    "chunked, then another": (put(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n"), BARE),
    "packed, then chunked": (put(b"Transfer-Encoding: gzip, chunked", body=b"2\r\n{}\r\n0\r\n\r\n"), WORDS),
    "chunked in HTTP/1.0": (
        put(CHUNKED, body=b"0\r\n\r\n" + SMUGGLED).replace(
            b"HTTP/1.1\r\nHost: gw", b"HTTP/1.0\r\nHost: gw", 1
        ),
        BARE,
    ),
    "a space before the colon": (put(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n" + SMUGGLED), BARE),
    "a chunk's size in words": (put(CHUNKED, body=b"two\r\n{}\r\n0\r\n\r\n"), WORDS),
    "a negative chunk": (put(CHUNKED, body=b"-2\r\n{}\r\n0\r\n\r\n"), WORDS),
    "a chunk beyond numbers": (put(CHUNKED, body=b"f" * 30 + b"\r\n{}\r\n0\r\n\r\n"), WORDS),
    "a chunk with a bare line feed": (put(CHUNKED, body=b"2\n{}\n0\n\n"), WORDS),
    "a chunk that is longer than it says": (put(CHUNKED, body=b"1\r\n{}\r\n0\r\n\r\n"), WORDS),
    "an extension without end": (put(CHUNKED, body=b"2;" + b"a" * 100_000 + b"\r\n{}\r\n0\r\n\r\n"), WORDS),
    "a body longer than its length": (put(b"Content-Length: 2", body=b"{}" + SMUGGLED), PASSES),
    "a body where there should be none": (get(MYSELF, b"Content-Length: 2") + b"{}", PASSES),
    "a length of nothing, and more": (put(b"Content-Length: 0", body=SMUGGLED), PASSES),
    "an expectation nobody has": (put(b"Expect: miracles", b"Content-Length: 2"), PASSES),
}

FIELDS: dict[str, Row] = {
    "no host": (get(MYSELF).replace(HOST + b"\r\n", b""), WORDS),
    "no host, HTTP/1.0": (get(MYSELF, line=b"GET %s HTTP/1.0").replace(HOST + b"\r\n", b""), PASSES),
    "two hosts": (get(MYSELF, b"Host: evil.example"), WORDS),
    "a host with a path": (get(MYSELF).replace(HOST, b"Host: gw.example/evil"), PASSES),
    "an empty host": (get(MYSELF).replace(HOST, b"Host:"), WORDS),
    "no key": (get(MYSELF).replace(KEY, b"X-A: b"), WORDS),
    "two keys": (get(MYSELF, KEY), WORDS),
    "a key and another": (get(MYSELF, b"Authorization: Basic eDp5"), WORDS),
    "a key in other letters": (get(MYSELF).replace(b"@KEY@", "schlüssel".encode()), WORDS),
    "a key that is no base64": (get(MYSELF).replace(b"Bearer @KEY@", b"Basic ????"), WORDS),
    "a scheme nobody has": (get(MYSELF).replace(b"Bearer @KEY@", b"Digest x"), WORDS),
    "a very long key": (get(MYSELF).replace(b"@KEY@", b"a" * 50_000), WORDS),
    "a key in a field that Connection names": (get(MYSELF, b"Connection: authorization"), PASSES),
    "a name with a space": (get(MYSELF, b"X A: b"), BARE),
    "no name": (get(MYSELF, b": b"), BARE),
    "no colon": (get(MYSELF, b"nonsense"), BARE),
    "a name in other letters": (get(MYSELF, "X-Ä: b".encode()), BARE),
    "a name with a zero": (get(MYSELF, b"X\x00A: b"), BARE),
    "a folded value": (get(MYSELF, b"X-A: b\r\n c"), BARE),
    "a value with a zero": (get(MYSELF, b"X-A: b\x00c"), BARE),
    "a value with a control character": (get(MYSELF, b"X-A: b\x01c"), BARE),
    "a value with a delete": (get(MYSELF, b"X-A: b\x7fc"), BARE),
    "a value with a bare carriage return": (get(MYSELF, b"X-A: b\rEvil: c"), BARE),
    "a value in Latin-1": (get(MYSELF, b"X-A: caf\xe9"), PASSES),
    "a value that is no text": (get(MYSELF, b"X-A: \xff\xfe"), PASSES),
    "half a surrogate in a value": (get(MYSELF, b"X-A: \xed\xa0\x80"), PASSES),
    "a very long value": (get(MYSELF, b"X-A: " + b"a" * 900_000), BARE),
    "a head of 400 KB": (get(MYSELF, b"Cookie: " + b"a" * 400_000), PASSES),
    "a head of 600 KB": (get(MYSELF, b"Cookie: " + b"a" * 600_000), BARE),
    "the longest name": (get(MYSELF, b"X" * LONGEST_NAME + b": a"), PASSES),
    "a name that is a byte longer": (get(MYSELF, b"X" * (LONGEST_NAME + 1) + b": a"), BARE),
    "as many fields as may be": (with_fields(MOST_FIELDS), PASSES),
    "a field more than may be": (with_fields(MOST_FIELDS + 1), BARE),
    "five thousand fields": (get(MYSELF, *(b"X-%d: a" % n for n in range(5000))), BARE),
    "another method by field": (get(MYSELF, b"X-HTTP-Method-Override: DELETE"), PASSES),
    "another address by field": (get(MYSELF, b"X-Original-URL: /evil"), PASSES),
    "a question to change the protocol": (
        get(MYSELF, b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMA"),
        PASSES,
    ),
    "a WebSocket": (
        get(MYSELF, b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: x"),
        PASSES,
    ),
    "an end of the world in ranges": (get(MYSELF, b"Range: bytes=" + b"0-1," * 2000), PASSES),
}

REQUESTS: Final = TARGETS | LINES | FRAMING | FIELDS
