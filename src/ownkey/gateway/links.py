"""Links in Jira's answers: those that lead to its API are made to lead back through the gateway.

Two kinds of address become the gateway's: the API base of the cloud id, and the site's `/rest/`. `/browse/`
and everything else on the site stays: people click it. Both are found plain and with JSON's escaped slashes.
Bytes are replaced, never parsed; a stream holds back only what may be the beginning of an address.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit


class LinkTable:
    """The addresses to replace and what by, for one ALM account seen from one address of the gateway."""

    __slots__ = (
        "_are_independent",
        "_escaped",
        "_local_prefix",
        "_longest",
        "_needles",
        "_pattern",
        "_plain",
        "_public_base",
        "_replacements",
    )

    def __init__(self, *, api_base: str, site_url: str, public_base: str) -> None:
        pairs = {f"{site_url}/rest/": f"{public_base}/rest/"}
        if api_base != site_url:
            pairs[f"{api_base}/"] = f"{public_base}/"
        self._plain = tuple((old.encode(), new.encode()) for old, new in pairs.items())
        self._escaped = tuple((_escape(old), _escape(new)) for old, new in self._plain)
        self._replacements = dict(self._plain + self._escaped)
        # Every address begins with `http`, ends in a slash, and holds no second beginning: none overlaps
        # another.
        self._needles = tuple(self._replacements)
        self._pattern = re.compile(b"|".join(map(re.escape, self._needles)))
        self._longest = max(map(len, self._needles))
        # Whether no replacement holds an address or the beginning of one, even with what follows.
        self._are_independent = not any(
            self._pattern.search(new) or self.undecided_tail(new) for new in self._replacements.values()
        )
        self._public_base = public_base.encode()
        self._local_prefix = urlsplit(api_base).path.encode()

    def rewrite(self, data: bytes) -> bytes:
        """Return whole data with its links replaced; the very same object if there are none."""
        if self._are_independent:
            # Several times as fast as the pattern, and most answers pass here.
            for old, new in self._plain:
                data = data.replace(old, new)
            if b"\\" in data:  # one byte is looked for fifty times as fast as two
                for old, new in self._escaped:
                    data = data.replace(old, new)
            return data
        return self._pattern.sub(lambda match: self._replacements[match[0]], data)

    def rewrite_local(self, target: bytes) -> bytes:
        """Return what a link of Jira's that names no host (`/rest/…`) is here: a link to the gateway."""
        if self._local_prefix and target.startswith(self._local_prefix + b"/"):
            target = target.removeprefix(self._local_prefix)
        return self._public_base + target

    def undecided_tail(self, data: bytes) -> int:
        """Return how many bytes at the end of data may be the beginning of an address."""
        start = data.find(b"h", max(len(data) - self._longest + 1, 0))
        while start != -1:
            tail = data[start:]
            if any(needle.startswith(tail) and needle != tail for needle in self._needles):
                return len(tail)
            start = data.find(b"h", start + 1)
        return 0


class LinkStream:
    """Replaces links in data that comes in pieces, wherever they are cut."""

    __slots__ = ("_held", "_table")

    def __init__(self, table: LinkTable) -> None:
        self._table = table
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """Return what can be said already."""
        data = self._held + chunk
        decided = len(data) - self._table.undecided_tail(data)
        self._held = data[decided:]
        return self._table.rewrite(data[:decided])

    def finish(self) -> bytes:
        """Return what was held back."""
        held, self._held = self._held, b""
        return held

    def feed_all(self, chunks: Iterable[bytes]) -> bytes:
        """Return what a number of chunks and the end come to."""
        return b"".join([*map(self.feed, chunks), self.finish()])


@lru_cache(maxsize=1024)
def link_table(api_base: str, site_url: str, public_base: str) -> LinkTable:
    """Return the table for these three addresses, made once."""
    return LinkTable(api_base=api_base, site_url=site_url, public_base=public_base)


def _escape(address: bytes) -> bytes:
    return address.replace(b"/", b"\\/")
