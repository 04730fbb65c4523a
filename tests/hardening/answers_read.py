"""An answer as a strict client reads it: whatever is not well formed is an assertion that fails."""

import re
from dataclasses import dataclass


@dataclass
class Read:
    """An answer as a strict client reads it."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes
    is_whole: bool
    rest: bytes


def read(text: bytes) -> Read:
    head, end, rest = text.partition(b"\r\n\r\n")
    assert end, f"no whole head: {text[:200]!r}"
    line, *lines = head.split(b"\r\n")
    match = re.fullmatch(rb"HTTP/1\.[01] ([2-5]\d\d) [\t -~]*", line)
    assert match, line
    pairs = []
    for one in lines:
        pair = re.fullmatch(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -~\x80-\xff]*)", one)
        assert pair, one
        pairs.append((pair[1].lower(), pair[2]))
    fields = dict(pairs)
    for name in (b"content-length", b"transfer-encoding", b"ownkey-error"):
        assert sum(each == name for each, _ in pairs) <= 1, pairs
    status = int(match[1])
    if status in {204, 304}:
        return Read(status, fields, b"", is_whole=True, rest=rest)
    if b"transfer-encoding" in fields:
        return _chunked(status, fields, rest)
    assert b"content-length" in fields, fields
    length = int(fields[b"content-length"])
    return Read(status, fields, rest[:length], is_whole=len(rest) >= length, rest=rest[length:])


def _chunked(status: int, fields: dict[bytes, bytes], rest: bytes) -> Read:
    body = b""
    while True:
        size, end, rest = rest.partition(b"\r\n")
        if not end:
            return Read(status, fields, body, is_whole=False, rest=b"")
        length = int(size, 16)
        if not length:
            return Read(status, fields, body, is_whole=rest.startswith(b"\r\n"), rest=rest[2:])
        body, rest = body + rest[:length], rest[length + 2 :]
