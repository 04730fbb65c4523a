"""Method and path to operation: a tree of path segments behind a bounded cache.

The path is the raw one, as it came over the wire and without its query. It is judged first: what another
program on the way could read as a different path (dot segments, encoded slashes, doubled encoding and the
like) is no operation at all. Then each segment is decoded once and looked up; a literal segment beats a
parameter, as it does in Jira.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from ownkey.scopes.catalogue import Operation, load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CACHED_PATHS = 4096
LONGEST_CACHED_PATH = 512

# Nearly every path is plain: no escapes, no dot segments, nothing to decode. This says so in one match.
_PLAIN = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_~!$&'()*+,=:@.-]+)+/?")
_UNSAFE = re.compile(
    r"""
      [\x00-\x20\x7f-\U0010ffff\\\#?;]         # never raw in a path, or a delimiter to some program
    | //                                          # an empty segment
    | /(?:\.|%2e){1,2}(?:/|%3b|\Z)                # a dot segment, raw or encoded, also as `..;`
    | %(?![0-9a-f]{2})                            # a broken escape
    | %(?:25)*(?:2f|5c)                           # an encoded slash or backslash, however often encoded
    | %(?:25)*(?:[01][0-9a-f]|7f)                 # an encoded control character, likewise
    | %25(?:25)*(?:2e|3b)                         # a dot or semicolon encoded twice or more
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,  # without ASCII, the Kelvin sign would be a k, and k be unsafe
)
_CONTROL = re.compile("[\x80-\x9f]")

# Jira answers at these addresses as at version 3 of its API.
_VERSION_ALIASES = ("2", "latest")


class UnroutedReason(StrEnum):
    """Why a request is no operation."""

    UNKNOWN_PATH = "unknown-path"
    WRONG_METHOD = "wrong-method"
    UNSAFE_PATH = "unsafe-path"


@dataclass(frozen=True, slots=True)
class Unrouted:
    """A request that is no operation, and why."""

    reason: UnroutedReason
    allowed_methods: tuple[str, ...] = ()


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    operations: dict[str, Operation] = field(default_factory=dict)


_UNKNOWN = Unrouted(UnroutedReason.UNKNOWN_PATH)
_UNSAFE_PATH = Unrouted(UnroutedReason.UNSAFE_PATH)


class Router:
    """Finds the operation of a request."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            node = self._root
            for segment in operation.path.split("/")[1:]:
                node = _child(node, segment)
            node.operations[operation.method] = operation
        versions = _below(self._root, "rest", "api")
        if versions and (current := versions.literals.get("3")):
            versions.literals |= dict.fromkeys(_VERSION_ALIASES, current)
        self._find_cached = lru_cache(maxsize=CACHED_PATHS)(self._find)

    def find(self, method: str, path: str) -> Operation | Unrouted:
        """Return the operation of a request, or why there is none.

        HEAD answers as GET, and one trailing slash means nothing. Where the path is known and the method is
        not, the methods that it answers to are told. `path` is the raw path without its query.
        """
        # Long paths are not kept: a cache must not be a way to fill the memory.
        return (
            self._find_cached(method, path) if len(path) <= LONGEST_CACHED_PATH else self._find(method, path)
        )

    def _find(self, method: str, path: str) -> Operation | Unrouted:
        if _PLAIN.fullmatch(path):
            segments: Sequence[str] | None = path.split("/")
        else:
            segments = _decoded_segments(path)
        if segments is None:
            return _UNSAFE_PATH
        end = len(segments) - 1 if segments[-1] == "" else len(segments)
        node = _descend(self._root, segments, 1, end)
        if node is None:
            return _UNKNOWN
        found = node.operations.get("GET" if method == "HEAD" else method)
        return found or Unrouted(UnroutedReason.WRONG_METHOD, tuple(sorted(node.operations)))


@cache
def load_router() -> Router:
    """Return the router of the catalogue that Ownkey comes with."""
    return Router(load_catalogue().operations)


def _child(node: _Node, segment: str) -> _Node:
    if not segment.startswith("{"):
        return node.literals.setdefault(segment, _Node())
    node.parameter = node.parameter or _Node()
    return node.parameter


def _below(node: _Node, *segments: str) -> _Node | None:
    found: _Node | None = node
    for segment in segments:
        found = found.literals.get(segment) if found else None
    return found


def _descend(node: _Node, segments: Sequence[str], index: int, end: int) -> _Node | None:
    """Return the node at the end of the segments, by a literal where there is a way, else by a parameter."""
    while index < end:
        literal = node.literals.get(segments[index])
        index += 1
        if literal is not None and node.parameter is not None:
            return _descend(literal, segments, index, end) or _descend(node.parameter, segments, index, end)
        following = literal or node.parameter
        if following is None:
            return None
        node = following
    return node if node.operations else None


def _decoded_segments(path: str) -> list[str] | None:
    """Return the segments of a path that is not plain, each decoded once; None if it is unsafe."""
    if not path.startswith("/") or _UNSAFE.search(path):
        return None
    try:
        segments = [unquote_to_bytes(segment).decode() for segment in path.split("/")]
    except UnicodeDecodeError:
        return None
    return None if any(_CONTROL.search(segment) for segment in segments) else segments
