"""One request in and one response out, as plain values: what every part of the sandbox takes and gives."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ownkey.sandbox.content import Content

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request. `path` is raw, percent-encoding and all; header names are lower case.

    A form with files is in `upload`, which may be on disk; any other body is in `body`.
    """

    method: str
    path: str
    query_string: str = ""
    headers: Headers = ()
    body: bytes = b""
    client_host: str = "127.0.0.1"
    upload: Content | None = None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None where it was not sent."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def origin(self) -> str:
        """The address under which the caller reached the sandbox; links in answers start with it."""
        return f"http://{self.header('host') or 'localhost'}"

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters; of one that is repeated, the last."""
        return {
            name: values[-1] for name, values in parse_qs(self.query_string, keep_blank_values=True).items()
        }

    @property
    def form(self) -> Mapping[str, list[str]]:
        """The fields of a posted form."""
        return parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def cookie(self, name: str) -> str | None:
        """Return one cookie's value, None where it was not sent."""
        try:
            cookies = SimpleCookie(self.header("cookie") or "")
        except CookieError:
            return None
        return cookies[name].value if name in cookies else None


@dataclass(frozen=True, slots=True)
class Note:
    """What the request log keeps about an answer: who asked, how, and what came of it. Never a secret."""

    outcome: str = "answered"
    email: str | None = None
    authentication: str = "none"
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response. A file's bytes are in `file`, and then `body` is empty."""

    status: int
    body: bytes = b""
    headers: Headers = ()
    note: Note = field(default_factory=Note)
    file: Content | None = None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, None where it is not set."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def with_headers(self, *headers: tuple[str, str]) -> Response:
        """Return this response with headers added."""
        return replace(self, headers=(*self.headers, *headers))

    def noted(self, note: Note) -> Response:
        """Return this response with what the request log shall say about it."""
        return replace(self, note=note)


def json_response(status: int, value: object, *headers: tuple[str, str]) -> Response:
    """Return a JSON response."""
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(status, body, (("content-type", "application/json;charset=UTF-8"), *headers))


def text_response(status: int, text: str, *headers: tuple[str, str], kind: str = "text/plain") -> Response:
    """Return a text response; `kind` is its media type."""
    return Response(status, text.encode(), (("content-type", f"{kind};charset=UTF-8"), *headers))


def redirect_response(location: str, *headers: tuple[str, str], status: int = 303) -> Response:
    """Return a redirect."""
    return Response(status, b"", (("location", location), *headers))
