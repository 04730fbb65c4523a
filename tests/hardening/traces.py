"""Every form in which a secret could have been written down, and a search that looks into what is packed."""

import base64
import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from html import escape
from urllib.parse import quote, quote_plus

SHORTEST_HALF = 12


def traces_of(secret: str, *, login: str = "") -> frozenset[bytes]:
    """Return the secret and its telling half, encoded in all the ways that programs have."""
    half = secret[len(secret) // 2 :]
    texts = {secret, half} if len(half) >= SHORTEST_HALF else {secret}
    found: set[str] = set()
    for text in texts:
        raw = text.encode()
        found |= {
            text,
            text[::-1],
            quote(text, safe=""),
            quote(text),
            quote_plus(text, safe=""),
            repr(text)[1:-1],
            escape(text),
        }
        found |= {
            json.dumps(text)[1:-1],
            raw.hex(),
            raw.hex().upper(),
            base64.b32encode(raw).decode().rstrip("="),
        }
        found |= set(_in_base64(raw))
        found |= {text.encode("utf-16-le").decode("latin-1"), text.encode("utf-16-be").decode("latin-1")}
    found |= {base64.b64encode(f"{login}:{secret}".encode()).decode().rstrip("=")[4:-4]}
    return frozenset(each.encode("latin-1", "replace") for each in found)


def _in_base64(raw: bytes) -> Iterator[str]:
    """Yield how bytes look inside of longer ones in base64, which depends on where they begin."""
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(bytes(before) + raw).decode().rstrip("=")
            yield whole[(0, 2, 3)[before] : len(whole) - 2]


def places_of(traces: frozenset[bytes], name: str, data: bytes) -> list[str]:
    """Return where in data a trace stands, looking into gzip, deflate and tar as well."""
    found = [name for trace in traces if trace in data]
    for inner_name, inner in _unpacked(data):
        found += places_of(traces, f"{name} → {inner_name}", inner)
    return sorted(set(found))


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(data)
    elif data[:1] == b"\x78":
        try:
            yield "deflate", zlib.decompress(data)
        except zlib.error:
            return
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive.getmembers():
                if (file := archive.extractfile(member)) is not None:
                    yield member.name, file.read()
