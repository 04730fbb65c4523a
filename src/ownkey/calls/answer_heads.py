"""Which answers of Atlassian's can be passed on: looked at before anything of them reaches the server.

The server's native part takes no status, name or value on trust either, but it ends the connection or the
process where it meets an odd one, instead of saying so.
"""

from string import ascii_lowercase, digits
from typing import Final

from ownkey.calls.headers import Headers
from ownkey.calls.upstream import UnreadableAnswerError

STATUSES: Final = range(200, 600)
"""Final answers, as RFC 9110 numbers them. A 101 would turn the connection into a tunnel."""
CODINGS: Final = frozenset({b"chunked", b"identity"})
"""What may be said of how the body was transferred; it has been undone by the upstream client."""

_IN_NO_VALUE = bytes({*range(0x20), 0x7F} - {ord("\t")})
_IN_NAMES = b"!#$%&'*+.^_`|~-" + ascii_lowercase.encode() + digits.encode()


def refuse_unpassable(status: int, headers: Headers) -> None:
    """Raise `UnreadableAnswerError` if an answer's head cannot be passed on as it is."""
    if status not in STATUSES:
        raise UnreadableAnswerError
    names = [name for name, _ in headers]
    if b"" in names or b"".join(names).translate(None, _IN_NAMES):
        raise UnreadableAnswerError
    values = b"".join([value for _, value in headers])
    if len(values.translate(None, _IN_NO_VALUE)) != len(values):
        raise UnreadableAnswerError
    lengths = {value for name, value in headers if name == b"content-length"}
    codings = {value.strip().lower() for name, value in headers if name == b"transfer-encoding"}
    if len(lengths) > 1 or not all(map(bytes.isdigit, lengths)) or not codings <= CODINGS:
        raise UnreadableAnswerError
