"""Calls of Jira's API as people have them: words of the command line, a list in a file, a HAR recording."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownkey.cli.errors import MisuseError
from ownkey.cli.explain import path_in_jira

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call: a method and a path as they would go over the wire."""

    method: str
    path: str


def calls_in_words(words: Iterable[str]) -> tuple[Call, ...]:
    """Return the calls in `METHOD PATH METHOD PATH …`."""
    words = list(words)
    if len(words) % 2:
        raise MisuseError("odd-words", "Give pairs of a method and a path, such as GET /rest/api/3/myself.")
    return tuple(_call(method, path) for method, path in zip(words[::2], words[1::2], strict=True))


def calls_in_file(file: Path) -> tuple[Call, ...]:
    """Return the calls in a file: a HAR recording, or a METHOD and a PATH on each line (# starts a comment).

    What a recording holds beside calls of Jira's API, pages and pictures for example, is left out.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise MisuseError("calls-unreadable", f"The file {file} cannot be read as a list of calls.") from None
    if text.lstrip().startswith("{"):
        return tuple(_calls_in_har(text, file))
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return calls_in_words(word for line in lines for word in line)


def _calls_in_har(text: str, file: Path) -> Iterator[Call]:
    try:
        entries: list[dict[str, Any]] = json.loads(text)["log"]["entries"]
        requests = [(entry["request"]["method"], entry["request"]["url"]) for entry in entries]
    except (ValueError, LookupError, TypeError):
        raise MisuseError("har-unreadable", f"The file {file} is not a HAR recording.") from None
    for method, url in requests:
        path = path_in_jira(url)
        if path.startswith(("/rest/", "/jsm/")):
            yield Call(method.upper(), path)


def _call(method: str, path: str) -> Call:
    if method.upper() not in METHODS:
        raise MisuseError("bad-method", f"A call begins with its method, and {method} is none.")
    return Call(method.upper(), path_in_jira(path))
