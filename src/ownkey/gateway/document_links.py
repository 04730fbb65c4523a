"""Links in the documents of one kind of operation: whole, or in pieces."""

from typing import Protocol

from ownkey.gateway.jiras_links import JirasLinks
from ownkey.gateway.link_addresses import Addresses
from ownkey.gateway.link_places import Kind, Places
from ownkey.gateway.link_stream import LinkStream

LARGEST_KEPT = 64 * 1024
"""How much of a document is kept until its end where the whole of it is one link, or a map of roles."""


class InPieces(Protocol):
    """What exchanges the links of one document that comes in pieces."""

    def feed(self, piece: bytes) -> bytes:
        """Return what can be said already."""

    def finish(self) -> bytes:
        """Return what was held back."""


class DocumentLinks:
    """What is exchanged, and where."""

    __slots__ = ("_links", "addresses", "places")

    def __init__(self, addresses: Addresses, places: Places) -> None:
        self.addresses = addresses
        self.places = places
        self._links = JirasLinks(addresses, places)

    def rewrite(self, document: bytes) -> bytes:
        """Return a whole document with its links exchanged; the very same object if it has none."""
        marks = self.addresses.marks_in(document)
        if not marks.found:
            return document
        if self.places.is_link:
            return self._links.exchange_whole(document)
        if self.places.is_roles:
            return self._links.exchange_value(document, Kind.ROLES)
        rewritten = LinkStream(self._links).whole(document, marks)
        return document if rewritten == document else rewritten

    def stream(self) -> InPieces:
        """Return what exchanges the links of a document that comes in pieces."""
        if self.places.is_link or self.places.is_roles:
            return _KeptDocument(self)
        return LinkStream(self._links)


class _KeptDocument:
    """Keeps a small document until its end; a larger one passes as it is."""

    def __init__(self, links: DocumentLinks) -> None:
        self._links = links
        self._kept = b""
        self._is_too_large = False

    def feed(self, piece: bytes) -> bytes:
        self._kept += piece
        self._is_too_large |= len(self._kept) > LARGEST_KEPT
        return self._all() if self._is_too_large else b""

    def finish(self) -> bytes:
        return self._all() if self._is_too_large else self._links.rewrite(self._all())

    def _all(self) -> bytes:
        kept, self._kept = self._kept, b""
        return kept
