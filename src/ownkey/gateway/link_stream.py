"""A JSON document on its way through, its links exchanged where Jira puts them and nothing else touched.

Nothing is parsed and written anew: bytes are copied, and only the beginnings of links are exchanged. The name
before each object and list says what it is; what people keep is skipped from bracket to bracket, and what
stands between is Jira's. Stretches are cut only where people's values have beginnings of links in them.
"""

import re
from collections.abc import Iterator

from ownkey.gateway.jiras_links import JirasLinks
from ownkey.gateway.json_names import name_before
from ownkey.gateway.link_addresses import Marks
from ownkey.gateway.link_places import Kind
from ownkey.gateway.nesting import Nesting, end_of
from ownkey.gateway.openers import OF_A_DOCUMENT, is_two_colons

LARGEST_FIELD_VALUE = 64 * 1024
"""How much of one custom field is kept until its end has come; a larger one passes as it is."""
UNDECIDED = 1024
"""What a name and the beginning of its link take at most, blanks between them included."""

_BEGINNING = re.compile(
    rb'(?<!\\)"(?:\w[^"\\]{0,199}+)?+(?:"\s*+(?::\s*+(?:"[^"]{0,400}+(?:"\s*+)?+|[{]\s*+(?:"\w{0,7}+)?+)?+)?+)?+\Z'
)
_QUOTES_IN_A_BEGINNING = 4
_BACKSLASH, _LIST = ord("\\"), ord("[")
_BLANKS_AND_COLON = b" \t\r\n:"


class LinkStream:
    """Exchanges the links of one document that comes in pieces, wherever they are cut.

    It holds back what may be the beginning of a link, and one custom field at a time.
    """

    __slots__ = ("_has_given_up", "_held", "_kept", "_kept_kind", "_links", "_nesting")

    def __init__(self, links: JirasLinks) -> None:
        self._links = links
        self._has_given_up = False
        self._held = b""
        self._nesting: Nesting | None = None
        self._kept: bytearray | None = None
        self._kept_kind = Kind.FIELD_VALUE

    def feed(self, piece: bytes) -> bytes:
        """Return what can be said already."""
        return b"".join(self.take(piece, is_last=False))

    def finish(self) -> bytes:
        """Return what was held back."""
        return b"".join(self.take(b"", is_last=True))

    def take(self, piece: bytes, *, is_last: bool) -> list[bytes]:
        """Return the parts of what can be said, which is all if no further piece comes."""
        out: list[bytes] = []
        data = piece if self._nesting is None else self._leave_nesting(self._nesting, piece, out)
        if self._nesting is None:
            data, self._held = self._held + data, b""
            if self._has_given_up:
                out.append(data)
            elif data:
                decided = len(data) if is_last else self._decided(data)
                self._read(data, out, decided=decided, marks=self._links.addresses.marks_in(data))
        if is_last and self._kept is not None:
            out.append(bytes(self._kept))  # it broke off
            self._kept = None
        return out

    def whole(self, document: bytes, marks: Marks) -> bytes:
        """Return a whole document with its links exchanged, the very same if none is; `marks` are in it."""
        out: list[bytes] = []
        self._read(document, out, decided=len(document), marks=marks)
        if self._kept is not None:
            out.append(bytes(self._kept))  # it breaks off
        return out[0] if len(out) == 1 else b"".join(out)

    def _leave_nesting(self, nesting: Nesting, piece: bytes, out: list[bytes]) -> bytes:
        """Take what still belongs to an object or a list that a piece before began; return the rest."""
        end = nesting.end_in(piece, 0)
        inside = piece if end is None else piece[:end]
        if self._kept is None:
            out.append(inside)
        else:
            self._kept += inside
            if end is not None or len(self._kept) > LARGEST_FIELD_VALUE:
                kept = bytes(self._kept)
                out.append(kept if end is None else self._links.exchange_value(kept, self._kept_kind))
                self._kept = None
        if end is None:
            return b""
        self._nesting = None
        return piece[end:]

    def _read(self, data: bytes, out: list[bytes], *, decided: int, marks: Marks) -> None:
        """Add what data comes to as far as it is decided, and hold back the rest."""
        position = copied = 0
        for start, position, kind in self._kept_by_people(data, decided, marks):
            if self._nesting is not None:
                out.append(self._links.exchange(data[copied:start], marks))
                self._keep(data[start:], kind, out)
                return
            if marks.are_in(data, start, position):
                out += (
                    self._links.exchange(data[copied:start], marks),
                    self._links.exchange_value(data[start:position], kind),
                )
                copied = position
        decided = max(decided, position)
        out.append(self._links.exchange(data[copied:decided], marks))
        self._held = data[decided:]

    def _kept_by_people(self, data: bytes, decided: int, marks: Marks) -> Iterator[tuple[int, int, Kind]]:
        """Yield from where to where each value of people's goes, and its kind, of those to be looked at."""
        openers, kind_of = self._links.openers, self._links.places.kind_of
        position, expression = 0, openers.first_in(data, is_escaped=marks.are_hosts)
        while position >= 0:
            matches, position = expression.finditer(data, position, decided), -1
            for found in matches:
                if found.lastindex:
                    continue
                colon, start = found.start(), found.end() - 1
                if is_two_colons(data, start):
                    position, expression = colon, openers.every(is_escaped=marks.are_hosts)
                    break
                kind = kind_of(name_before(data, colon))
                if kind is not None and (kind := _kind_of_container(data, start, kind)) is not None:
                    position = end_of(data, start) or self._end_within(data, start)
                    yield start, position, kind
                    break

    def _end_within(self, data: bytes, start: int) -> int:
        """Return where what begins in data ends; what does not end there is remembered."""
        nesting = Nesting()
        end = nesting.end_in(data, start)
        if end is None:
            self._nesting = nesting
        return end or len(data)

    def _keep(self, beginning: bytes, kind: Kind, out: list[bytes]) -> None:
        """Pass people's values on although they go on in the next piece, and keep what needs its end."""
        if kind is Kind.PEOPLES:
            out.append(beginning)
        else:
            self._kept, self._kept_kind = bytearray(beginning), kind

    def _decided(self, data: bytes) -> int:
        """Return how much of data cannot be the beginning of a link whatever follows."""
        size = len(data)
        if data[-1] in _BLANKS_AND_COLON and size - len(data.rstrip(_BLANKS_AND_COLON)) > UNDECIDED // 2:
            self._has_given_up = True  # the name before so many blanks would have to be kept
            return size
        first, quote, nearest = size, size, max(size - UNDECIDED, 0)
        for _ in range(_QUOTES_IN_A_BEGINNING):
            quote = data.rfind(b'"', nearest, quote)
            if quote == -1:
                break
            if _BEGINNING.match(data, quote):
                first = quote
        return first if first < size or data[-1] != _BACKSLASH else size - 1


def _kind_of_container(data: bytes, start: int, kind: Kind) -> Kind | None:
    """Return what the object or list that begins in data is, None if it is looked into."""
    if kind is Kind.PEOPLES:
        return kind
    if kind is Kind.ROLES:
        return kind if data[start] != _LIST else None
    if kind is Kind.FIELD_VALUE:
        return Kind.PEOPLES if OF_A_DOCUMENT.match(data, start) else kind
    if kind is Kind.DOCUMENT_OR_LIST:
        return Kind.PEOPLES if OF_A_DOCUMENT.match(data, start) else None
    return None
