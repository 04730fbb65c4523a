"""A JSON document on its way through, its links exchanged where Jira puts them and nothing else touched.

Nothing is parsed and written anew: bytes are copied, and only the beginnings of links are exchanged. Behind
every colon the name before it says what follows, and what people keep is skipped from bracket to bracket.
That is sound although strings are not read one by one: within a string no quote stands without a backslash
before it, so that what looks like a name with its value is one.
"""

import re

from ownkey.gateway.link_addresses import Addresses
from ownkey.gateway.link_places import Kind, Places
from ownkey.gateway.nesting import Nesting, end_of

LONGEST_NAME = 200
LARGEST_FIELD_VALUE = 64 * 1024
"""How much of one custom field is kept until its end has come; a larger one passes as it is."""
UNDECIDED = 1024
"""What a name and the beginning of its link take at most, blanks between them included."""

_BEGINNING = re.compile(
    rb'(?<!\\)"(?:\w[^"\\]{0,199}+)?+(?:"\s*+(?::\s*+(?:"[^"]{0,400}+(?:"\s*+)?+|[{]\s*+(?:"\w{0,7}+)?+)?+)?+)?+\Z'
)
_OF_A_DOCUMENT = re.compile(rb'\{\s*+"(?:type|version|content)"')
_QUOTE, _BACKSLASH, _LIST = ord('"'), ord("\\"), ord("[")


class LinkStream:
    """Exchanges the links of one document that comes in pieces, wherever they are cut.

    It holds back what may be the beginning of a link, and one custom field at a time.
    """

    __slots__ = (
        "_addresses",
        "_has_given_up",
        "_held",
        "_kept",
        "_kept_kind",
        "_nesting",
        "_places",
        "has_exchanged",
    )

    def __init__(self, addresses: Addresses, places: Places) -> None:
        self.has_exchanged = False
        self._addresses = addresses
        self._places = places
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
                self._read(data, out, decided=len(data) if is_last else self._decided(data))
        if is_last and self._kept is not None:
            out.append(bytes(self._kept))  # it broke off
            self._kept = None
        return out

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
                out.append(kept if end is None else self.value(kept, self._kept_kind))
                self._kept = None
        if end is None:
            return b""
        self._nesting = None
        return piece[end:]

    def _read(self, data: bytes, out: list[bytes], *, decided: int) -> None:
        """Add what data comes to as far as it is decided, and hold back the rest."""
        kind_of, replaced = self._places.kind_of, self._addresses.replaced
        position = copied = 0
        for found in self._addresses.candidates(data).finditer(data, 0, decided):
            colon = found.start()
            if colon < position:
                continue  # within what was passed over
            is_self = data.startswith(b'"self"', colon - 6) and data[colon - 7] != _BACKSLASH
            kind = Kind.LINK if is_self else kind_of(_name_before(data, colon))
            if kind is None:
                continue
            if found.lastindex:
                start, end = found.span(1)
                if kind is Kind.LINK or (kind is Kind.FILE and self._addresses.file_behind.match(data, end)):
                    out += data[copied:start], replaced(found[1])
                    self.has_exchanged = True
                    copied = position = end
                continue
            start = found.end() - 1
            container = _kind_of_container(data, start, kind)
            if container is None:
                continue
            position = end_of(data, start) or self._end_within(data, start)
            if self._nesting is not None:
                self._keep(data, copied, start, container, out)
                return
            if container is not Kind.PEOPLES:
                out += data[copied:start], self.value(data[start:position], container)
                copied = position
        decided = max(decided, position)
        out.append(data[copied:decided])
        self._held = data[decided:]

    def _end_within(self, data: bytes, start: int) -> int:
        """Return where what begins in data ends; what does not end there is remembered."""
        nesting = Nesting()
        end = nesting.end_in(data, start)
        if end is None:
            self._nesting = nesting
        return end or len(data)

    def _keep(self, data: bytes, copied: int, start: int, kind: Kind, out: list[bytes]) -> None:
        """Pass people's values on although they go on in the next piece, and keep what needs its end."""
        if kind is Kind.PEOPLES:
            out.append(data[copied:])
        else:
            out.append(data[copied:start])
            self._kept, self._kept_kind = bytearray(data[start:]), kind

    def value(self, value: bytes, kind: Kind) -> bytes:
        """Return a custom field's value, or a map of roles, with the links that can be in it exchanged."""
        links = self._addresses.role_links if kind is Kind.ROLES else self._addresses.field_links
        exchanged, count = links.subn(self._exchanged, value)
        self.has_exchanged |= count > 0
        return exchanged

    def whole_link(self, document: bytes) -> bytes:
        """Return a document that is one string with its link exchanged."""
        found = self._addresses.any_behind.match(document)
        if found is None:
            return document
        self.has_exchanged = True
        return self._exchanged(found) + document[found.end() :]

    def _exchanged(self, found: re.Match[bytes]) -> bytes:
        whole, start = found[0], found.start(1) - found.start()
        return whole[:start] + self._addresses.replaced(found[1])

    def _decided(self, data: bytes) -> int:
        """Return how much of data cannot be the beginning of a link whatever follows."""
        if len(data) - len(data.rstrip(b" \t\r\n:")) > UNDECIDED // 2:
            self._has_given_up = True  # the name before so many blanks would have to be kept
            return len(data)
        found = _BEGINNING.search(data, max(len(data) - UNDECIDED, 0))
        if found is not None:
            return found.start()
        return len(data) - 1 if data[-1] == _BACKSLASH else len(data)


def _kind_of_container(data: bytes, start: int, kind: Kind) -> Kind | None:
    """Return what the object or list that begins in data is, None if it is looked into."""
    match kind:
        case Kind.PEOPLES:
            return kind
        case Kind.DOCUMENT_OR_LIST:
            return Kind.PEOPLES if _OF_A_DOCUMENT.match(data, start) else None
        case Kind.FIELD_VALUE:
            return Kind.PEOPLES if _OF_A_DOCUMENT.match(data, start) else kind
        case Kind.ROLES:
            return kind if data[start] != _LIST else None
        case _:
            return None


def _name_before(data: bytes, colon: int) -> bytes:
    """Return the name that a colon belongs to; what is within a string gives none of those that matter."""
    end = colon - 1
    while end > 0 and data[end] in b" \t\r\n":
        end -= 1
    if end < 1 or data[end] != _QUOTE or data[end - 1] == _BACKSLASH:
        return b""
    start = data.rfind(b'"', max(end - LONGEST_NAME, 0), end)
    if start == -1 or (start and data[start - 1] == _BACKSLASH):
        return b""
    return data[start + 1 : end]
