"""Answers of a hostile or broken Atlassian, byte by byte, and what becomes of each.

`REFUSED` is Ownkey's own 502 in words; a number is Jira's status, passed on; `BROKEN` is an answer that is
seen to break off, or is refused before it began. Where the two clients of the gateway read more or less
strictly, both ends are right.
"""

import gzip
import zlib
from typing import Final

REFUSED: Final = 502
BROKEN: Final = -1
Expected = int | tuple[int, ...]
EITHER: Final = (REFUSED, 200)

OK = b"HTTP/1.1 200 OK\r\n"
JSON = b"content-type: application/json\r\n"
BODY = b'{"ok":1}'
LENGTH = b"content-length: %d\r\n" % len(BODY)
WHOLE = JSON + LENGTH + b"\r\n" + BODY


def status(line: bytes) -> bytes:
    return line + b"\r\n" + WHOLE


def field(text: bytes) -> bytes:
    return OK + text + b"\r\n" + WHOLE


def chunks(text: bytes, coding: bytes = b"chunked") -> bytes:
    return OK + JSON + b"transfer-encoding: " + coding + b"\r\n\r\n" + text


def packed(body: bytes, coding: bytes = b"gzip") -> bytes:
    head = JSON + b"content-encoding: %s\r\ncontent-length: %d\r\n\r\n" % (coding, len(body))
    return OK + head + body


STATUSES: dict[str, tuple[bytes, Expected]] = {
    **{f"status {code:03d}": (status(b"HTTP/1.1 %03d Odd" % code), REFUSED) for code in (0, 1, 20, 42, 99)},
    **{
        f"status {code} alone": (status(b"HTTP/1.1 %d Odd" % code), REFUSED)
        for code in (100, 101, 102, 103, 150, 198, 199)
    },
    **{
        f"status {code}": (status(b"HTTP/1.1 %d Odd" % code), REFUSED)
        for code in (600, 601, 666, 700, 799, 950, 998, 999)
    },
    **{
        f"odd status {code}": (status(b"HTTP/1.1 %d Odd" % code), code)
        for code in (218, 299, 418, 451, 499, 599)
    },
    "status of two digits": (status(b"HTTP/1.1 99 Odd"), REFUSED),
    "status of four digits": (status(b"HTTP/1.1 1000 Odd"), REFUSED),
    "status 0200": (status(b"HTTP/1.1 0200 OK"), REFUSED),
    "a negative status": (status(b"HTTP/1.1 -200 OK"), REFUSED),
    "a signed status": (status(b"HTTP/1.1 +20 OK"), REFUSED),
    "a status in letters": (status(b"HTTP/1.1 abc OK"), REFUSED),
    "a status in hex": (status(b"HTTP/1.1 0xC OK"), REFUSED),
    "a fraction": (status(b"HTTP/1.1 20.0 OK"), REFUSED),
    "digits of another script": (status("HTTP/1.1 ٢٠٠ OK".encode()), REFUSED),
    "no status": (status(b"HTTP/1.1"), REFUSED),
    "no reason": (status(b"HTTP/1.1 200"), 200),
    "a reason in other letters": (status("HTTP/1.1 200 Schön".encode()), 200),
    "a reason with a zero": (status(b"HTTP/1.1 200 O\x00K"), EITHER),
    "a very long reason": (status(b"HTTP/1.1 200 " + b"a" * 100_000), EITHER),
    "a version nobody has": (status(b"HTTP/9.9 200 OK"), REFUSED),
    "HTTP/2 in words": (status(b"HTTP/2 200 OK"), REFUSED),
    "another protocol": (status(b"RTSP/1.0 200 OK"), EITHER),
    "no protocol": (status(b"200 OK"), REFUSED),
    "an old server": (b"HTTP/1.0 200 OK\r\n" + WHOLE, 200),
    "a mail server": (b"220 mail.example ESMTP\r\n250 OK\r\n", REFUSED),
    "an SSH server": (b"SSH-2.0-OpenSSH_9.2\r\n", REFUSED),
    "HTTP/2 frames": (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" * 3, REFUSED),
    "TLS": (b"\x15\x03\x01\x00\x02\x02\x46", REFUSED),
    "HTML without a head": (b"<html>It works</html>", REFUSED),
    "zeros": (bytes(1000), REFUSED),
    "nothing": (b"", REFUSED),
    "empty lines": (b"\r\n" * 10, REFUSED),
    "half a status line": (b"HTTP/1.1 20", REFUSED),
    "half a head": (OK + b"content-type: app", REFUSED),
    "a head without end": (OK + JSON, REFUSED),
    "a 100 first": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + WHOLE, 200),
    "a 103 first": (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK + WHOLE, 200),
    "a 102 first": (b"HTTP/1.1 102 Processing\r\n\r\n" + OK + WHOLE, 200),
    "a 199 first": (b"HTTP/1.1 199 Odd\r\n\r\n" + OK + WHOLE, 200),
    "a 103 and a 102 first": (
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK + WHOLE,
        200,
    ),
    "a 101 first": (b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + OK + WHOLE, REFUSED),
    "a 600 first": (b"HTTP/1.1 600 Odd\r\ncontent-length: 0\r\n\r\n" + OK + WHOLE, REFUSED),
    "a 103 with a cookie first": (
        b"HTTP/1.1 103 Early Hints\r\nset-cookie: a=b\r\n\r\n" + OK + WHOLE,
        200,
    ),
    "a thousand 100s": (b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + OK + WHOLE, 200),
    "a 100 and nothing": (b"HTTP/1.1 100 Continue\r\n\r\n", REFUSED),
    "another protocol is agreed to": (
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n\x81\x02hi",
        REFUSED,
    ),
    "204 with a length": (b"HTTP/1.1 204 No Content\r\ncontent-length: 8\r\n\r\n" + BODY, (REFUSED, 204)),
    "204 with chunks": (
        b"HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        (REFUSED, 204),
    ),
    "205 with a body": (b"HTTP/1.1 205 Reset\r\n" + WHOLE, 205),
    "304 with a length": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 8\r\n\r\n", 304),
    "407": (status(b"HTTP/1.1 407 Proxy Authentication Required"), 407),
    "421": (status(b"HTTP/1.1 421 Misdirected Request"), 421),
}

_CONTROLS = [byte for byte in (*range(0x20), 0x7F) if byte not in (0x09, 0x0A, 0x0D)]

FIELDS: dict[str, tuple[bytes, Expected]] = {
    **{
        f"a value with {byte:#04x}": (field(b"x-odd: a" + bytes([byte]) + b"b"), REFUSED)
        for byte in _CONTROLS
    },
    "a value with a tab": (field(b"x-odd: a\tb"), 200),
    "a value with a bare carriage return": (field(b"x-odd: a\rset-cookie: b=c"), REFUSED),
    "a value with a bare line feed": (field(b"x-odd: a\nset-cookie: b=c"), 200),
    "a value in Latin-1": (field(b"x-odd: caf\xe9"), 200),
    "a value in UTF-8": (field("x-odd: café ☕".encode()), 200),
    "a value that is no text": (field(b"x-odd: \xff\xfe\x80"), 200),
    "half a surrogate in a value": (field(b"x-odd: \xed\xa0\x80"), 200),
    "an empty value": (field(b"x-odd:"), 200),
    "a value of spaces": (field(b"x-odd:    "), 200),
    "a very long value": (field(b"x-odd: " + b"a" * 200_000), EITHER),
    "a folded value": (field(b"x-odd: a\r\n b"), EITHER),
    "an empty name": (field(b": a"), REFUSED),
    "a name with a space": (field(b"x odd: a"), REFUSED),
    "a name with a space before the colon": (field(b"x-odd : a"), REFUSED),
    "a name with a tab": (field(b"x\todd: a"), REFUSED),
    "a name in other letters": (field("x-ödd: a".encode()), REFUSED),
    "a name with a zero": (field(b"x\x00odd: a"), REFUSED),
    "a name in brackets": (field(b"(x): a"), REFUSED),
    "a name with a slash": (field(b"a/b: c"), REFUSED),
    "a name with an at": (field(b"a@b: c"), REFUSED),
    "no colon": (field(b"nonsense"), REFUSED),
    "a very long name": (field(b"x" * 70_000 + b": a"), REFUSED),
    "five thousand fields": (field(b"\r\n".join(b"x-%d: a" % n for n in range(5000))), REFUSED),
    "ownkey's own names": (field(b"ownkey-error: fault\r\nownkey-acting-as: eve"), 200),
    "names with an underscore": (field(b"x_accel_redirect: /etc/passwd"), 200),
    "twice a content type": (field(b"content-type: text/html"), 200),
    "a cookie": (field(b"set-cookie: JSESSIONID=1"), 200),
    "an unknown retry": (field(b"retry-after: soon"), 200),
    "a date nobody has": (field(b"date: Someday"), 200),
    "fields named by Connection": (field(b"connection: content-type, x-odd\r\nx-odd: a"), 200),
    "an upgrade that was not asked for": (field(b"upgrade: h2c\r\nconnection: upgrade"), 200),
    "a location with a line break": (
        b"HTTP/1.1 302 Found\r\nlocation: https://a/\x0bb\r\ncontent-length: 0\r\n\r\n",
        REFUSED,
    ),
}

FRAMING: dict[str, tuple[bytes, Expected]] = {
    "two lengths": (OK + JSON + LENGTH + b"content-length: 3\r\n\r\n" + BODY, REFUSED),
    "a list of lengths": (OK + JSON + b"content-length: 8, 8\r\n\r\n" + BODY, REFUSED),
    "a negative length": (OK + JSON + b"content-length: -8\r\n\r\n" + BODY, REFUSED),
    "a signed length": (OK + JSON + b"content-length: +8\r\n\r\n" + BODY, REFUSED),
    "a length in hex": (OK + JSON + b"content-length: 0x8\r\n\r\n" + BODY, REFUSED),
    "a length in words": (OK + JSON + b"content-length: eight\r\n\r\n" + BODY, REFUSED),
    "no length's value": (OK + JSON + b"content-length:\r\n\r\n" + BODY, REFUSED),
    "a length beyond numbers": (OK + JSON + b"content-length: " + b"9" * 40 + b"\r\n\r\n" + BODY, REFUSED),
    "a fraction of a length": (OK + JSON + b"content-length: 8.0\r\n\r\n" + BODY, REFUSED),
    "length and chunks": (
        OK + JSON + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        EITHER,
    ),
    "too short": (OK + JSON + b"content-length: 20\r\n\r\n" + BODY, BROKEN),
    "too short by megabytes": (OK + JSON + b"content-length: 9000000\r\n\r\n" + BODY, BROKEN),
    "too long": (OK + JSON + b"content-length: 2\r\n\r\n{}" + b"HTTP/1.1 200 OK\r\n\r\nsmuggled", 200),
    "an answer behind an answer": (OK + WHOLE + status(b"HTTP/1.1 200 Smuggled"), 200),
    "neither length nor chunks": (OK + JSON + b"\r\n" + BODY, 200),
    "chunks": (chunks(b"8\r\n" + BODY + b"\r\n0\r\n\r\n"), 200),
    "chunks with extensions": (chunks(b'8;a="b"\r\n' + BODY + b"\r\n0;x\r\n\r\n"), 200),
    "chunks in capitals": (chunks(b"8\r\n" + BODY + b"\r\n0\r\n\r\n", b"Chunked"), 200),
    "chunks and a trailer": (chunks(b"8\r\n" + BODY + b"\r\n0\r\nset-cookie: a=b\r\n\r\n"), 200),
    "chunks without an end": (chunks(b"8\r\n" + BODY + b"\r\n"), BROKEN),
    "a chunk that is cut": (chunks(b"80\r\n" + BODY), BROKEN),
    "a chunk's size in words": (chunks(b"eight\r\n" + BODY + b"\r\n0\r\n\r\n"), BROKEN),
    "a negative chunk": (chunks(b"-8\r\n" + BODY + b"\r\n0\r\n\r\n"), BROKEN),
    "a chunk beyond numbers": (chunks(b"f" * 40 + b"\r\n" + BODY), BROKEN),
    "a chunk that is longer than it says": (chunks(b"2\r\n" + BODY + b"\r\n0\r\n\r\n"), BROKEN),
    "no chunk at all": (chunks(b"0\r\n\r\n"), 200),
    "an extension without end": (chunks(b"8;" + b"a" * 100_000), BROKEN),
    "chunked twice": (chunks(b"8\r\n" + BODY + b"\r\n0\r\n\r\n", b"chunked, chunked"), REFUSED),
    "an unknown coding": (chunks(BODY, b"xchunked"), REFUSED),
    "packed, then chunked": (chunks(b"0\r\n\r\n", b"gzip, chunked"), REFUSED),
    "chunked, then packed": (chunks(b"0\r\n\r\n", b"chunked, gzip"), REFUSED),
    "packed well": (packed(gzip.compress(BODY)), 200),
    "packed, but not": (packed(BODY), BROKEN),
    "packed and cut": (packed(gzip.compress(BODY * 1000)[:40]), BROKEN),
    "packed with a wrong sum": (packed(gzip.compress(BODY)[:-8] + bytes(8)), BROKEN),
    "deflate": (packed(zlib.compress(BODY), b"deflate"), 200),
    "packed twice": (packed(gzip.compress(gzip.compress(BODY)), b"gzip, gzip"), 200),
    "packed in a way nobody knows": (packed(b"??", b"zstd9"), 200),
    "a bomb": (packed(gzip.compress(bytes(50_000_000))), 200),
}

TEXTS: dict[str, tuple[bytes, Expected]] = {
    name: (OK + JSON + b"content-length: %d\r\n\r\n" % len(body) + body, 200)
    for name, body in {
        "half a surrogate": b'{"accountId":"x","displayName":"\\ud83d","summary":"\\ude00\\ud83d"}',
        "control characters": b'{"displayName":"a\\u0000b\\u001b[31m"}',
        "text that is no UTF-8": b'{"displayName":"\xff\xfe"}',
        "no JSON": b"not json",
        "half of JSON": b'{"a":',
        "JSON that is nested without end": b"[" * 100_000,
        "numbers without end": b'{"total":' + b"9" * 5000 + b"}",
        "no numbers": b'{"total":NaN,"x":Infinity}',
        "a mark of byte order": b'\xef\xbb\xbf{"a":1}',
    }.items()
}

ANSWERS: Final = STATUSES | FIELDS | FRAMING | TEXTS
