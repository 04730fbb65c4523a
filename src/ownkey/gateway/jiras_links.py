"""Links in a stretch of a document in which all is Jira's, and in values of which only some can be.

The beginnings of links are found first, which costs next to nothing; then the name before each decides.
"""

import re

from ownkey.gateway.json_names import colon_before, name_before
from ownkey.gateway.link_addresses import Addresses, Marks
from ownkey.gateway.link_places import Kind, Places
from ownkey.gateway.openers import Openers


class JirasLinks:
    """What is exchanged in the documents of one kind of operation, made once for all of them."""

    __slots__ = ("_ends", "_kinds", "addresses", "openers", "places")

    def __init__(self, addresses: Addresses, places: Places) -> None:
        self.addresses = addresses
        self.places = places
        self._kinds = places.names
        links = sorted((name for name, kind in places.names.items() if kind is Kind.LINK), key=_is_seldom)
        # What stands before most links, and is never within a string: the name behind a bracket or a comma.
        self._ends = tuple(before + b'"' + name + b'":"' for name in links for before in (b"{", b","))
        self.openers = Openers(addresses, places)

    def exchange(self, stretch: bytes, marks: Marks) -> bytes:
        """Return a stretch in which all is Jira's with its links exchanged; the very same if it has none."""
        if not marks.found:
            return stretch
        if marks.are_hosts or not self.addresses.are_apart:
            exchanged = self.addresses.everywhere.sub(self._decide, stretch)
            return stretch if exchanged == stretch else exchanged
        for old in marks.found:
            pieces = stretch.split(old)
            if len(pieces) > 1:
                stretch = self._join(pieces, stretch, old)
        return stretch

    def _join(self, pieces: list[bytes], stretch: bytes, old: bytes) -> bytes:
        """Return a stretch that was split at what links may begin with, which is exchanged where they do."""
        new, ends = self.addresses.replaced(old), self._ends
        last = pieces.pop()
        are_links = [piece.endswith(ends) for piece in pieces]
        pieces.append(last)
        if False not in are_links:
            return new.join(pieces)
        out: list[bytes] = []
        has_any = False
        for piece, is_link, behind in zip(pieces, are_links, pieces[1:], strict=False):
            is_exchanged = is_link or self._is_link(piece, colon_before(piece), behind, 0)
            has_any |= is_exchanged
            out += piece, new if is_exchanged else old
        return b"".join([*out, last]) if has_any else stretch

    def _decide(self, found: re.Match[bytes]) -> bytes:
        start, end = found.span(1)
        if not self._is_link(found.string, found.start(), found.string, end):
            return found[0]
        return found[0][: start - found.start()] + self.addresses.replaced(found[1])

    def _is_link(self, data: bytes, colon: int, behind: bytes, start: int) -> bool:
        """Whether the name before a colon says that a link follows, which `behind` begins after `start`."""
        if colon < 0:
            return False
        kind = self._kinds.get(name_before(data, colon))
        if kind is Kind.FILE:
            return self.addresses.file_behind.match(behind, start) is not None
        return kind is Kind.LINK

    def exchange_value(self, value: bytes, kind: Kind) -> bytes:
        """Return a custom field's value, or a map of roles, with the links that can be in it exchanged."""
        if kind is Kind.PEOPLES:
            return value
        links = self.addresses.role_links if kind is Kind.ROLES else self.addresses.field_links
        exchanged, count = links.subn(self._exchanged, value)
        return exchanged if count else value

    def exchange_whole(self, document: bytes) -> bytes:
        """Return a document that is one string with its link exchanged."""
        found = self.addresses.any_behind.match(document)
        return document if found is None else self._exchanged(found) + document[found.end() :]

    def _exchanged(self, found: re.Match[bytes]) -> bytes:
        whole, start = found[0], found.start(1) - found.start()
        return whole[:start] + self.addresses.replaced(found[1])


def _is_seldom(name: bytes) -> tuple[bool, bytes]:
    return name != b"self", name
