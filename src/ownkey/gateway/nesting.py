"""Where an object or a list of a JSON document ends, found in pieces and without reading what is in it."""

import re

DEEPEST_AT_ONCE = 8
"""How deep an object or a list may be for one expression to match it; what is deeper is counted."""

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_FLAT = re.compile(rb'(?:[^"{}\[\]]++|' + _STRING + rb")*+", re.DOTALL)
"""What has no brackets of its own: whole strings, numbers, commas."""


def _nested(depth: int) -> bytes:
    within = b"|" + _nested(depth - 1) if depth else b""
    return rb'[{\[](?:[^"{}\[\]]++|' + _STRING + within + rb")*+[}\]]"


_WHOLE = re.compile(_nested(DEEPEST_AT_ONCE), re.DOTALL)
_REST_OF_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
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
        matched = _REST_OF_STRING.match(data, position)
        position = matched.end() if matched else position
        if position >= len(data):
            return len(data)
        if data[position] == _QUOTE:
            self._is_in_string = False
        else:
            self._is_escaped = True  # a backslash at the very end
        return position + 1
