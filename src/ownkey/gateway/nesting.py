"""Where an object or a list of a JSON document ends, found in pieces and without reading what is in it."""

import re

DEEPEST_AT_ONCE = 8
"""How deep an object or a list may be for one expression to match it; what is deeper is counted."""

REST_OF_STRING = rb'(?:[^"]*+"(?<!\\")|(?:[^"\\]++|\\.)*+")'
"""Behind its first quote. Most end at the next one, found fastest; only one behind a backslash is weighed."""
_STRING = b'"' + REST_OF_STRING
_BETWEEN = rb'[^"{}\[\]]*+'
_FLAT = re.compile(_BETWEEN + b"(?:" + _STRING + _BETWEEN + b")*+", re.DOTALL)
"""What has no brackets of its own: whole strings, numbers, commas."""


def rest_of(string: bytes, depth: int) -> bytes:
    """Return the expression of an object or a list so deep behind its bracket, all its strings as given."""
    within = b"(?:" + string + rb"|[{\[]" + rest_of(string, depth - 1) + b")" if depth else string
    return _BETWEEN + b"(?:" + within + _BETWEEN + rb")*+[}\]]"


_WHOLE = re.compile(rb"[{\[]" + rest_of(_STRING, DEEPEST_AT_ONCE), re.DOTALL)
_ON_TO_ITS_QUOTE = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_OPENING = frozenset(b"{[")
_QUOTE = ord('"')


def end_of(data: bytes, start: int) -> int | None:
    """Return where the object or list ends that begins in data, None if it is deep or goes on behind data."""
    matched = _WHOLE.match(data, start)
    return matched.end() if matched else None


class Nesting:
    """Counts brackets outside of strings from an opening one on; depth costs no memory."""

    __slots__ = ("_depth", "_is_escaped", "_is_in_string")

    def __init__(self) -> None:
        self._depth = 0
        self._is_in_string = False
        self._is_escaped = False

    def end_in(self, data: bytes, start: int) -> int | None:
        """Return where in data it ends, None if not within; the next data then goes on where this ended."""
        position, size = start, len(data)
        while position < size:
            if self._is_in_string:
                position = self._skip_string(data, position)
                continue
            matched = _FLAT.match(data, position)
            position = matched.end() if matched else position
            if position == size:
                break
            character = data[position]
            position += 1
            if character == _QUOTE:
                self._is_in_string = True
            elif character in _OPENING:
                self._depth += 1
            else:
                self._depth -= 1
                if self._depth <= 0:
                    return position
        return None

    def _skip_string(self, data: bytes, position: int) -> int:
        """Return where a string that began before goes on outside of itself, at most the end of data."""
        if self._is_escaped:
            self._is_escaped = False
            position += 1
        matched = _ON_TO_ITS_QUOTE.match(data, position)
        position = matched.end() if matched else position
        if position >= len(data):
            return len(data)
        if data[position] == _QUOTE:
            self._is_in_string = False
        else:
            self._is_escaped = True  # a backslash at the very end
        return position + 1
