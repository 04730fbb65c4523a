"""The names in the bytes of a JSON document, read backwards from where their values begin."""

LONGEST_NAME = 200
_QUOTE, _BACKSLASH, _COLON = ord('"'), ord("\\"), ord(":")
_BLANKS = b" \t\r\n"


def name_before(data: bytes, colon: int) -> bytes:
    """Return the name that a colon belongs to; what is within a string gives none of those that matter."""
    end = colon - 1
    while end > 0 and data[end] in _BLANKS:
        end -= 1
    if end < 1 or data[end] != _QUOTE or data[end - 1] == _BACKSLASH:
        return b""
    start = data.rfind(b'"', end - LONGEST_NAME if end > LONGEST_NAME else 0, end)
    if start == -1 or (start and data[start - 1] == _BACKSLASH):
        return b""
    return data[start + 1 : end]


def colon_before(data: bytes) -> int:
    """Return where the colon is behind which data ends with the quote that begins a string, -1 if nowhere."""
    at = len(data) - 1
    if at < 0 or data[at] != _QUOTE:
        return -1
    at -= 1
    while at > 0 and data[at] in _BLANKS:
        at -= 1
    return at if at > 0 and data[at] == _COLON else -1
