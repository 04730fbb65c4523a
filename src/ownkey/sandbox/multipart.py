"""Forms with files (RFC 7578), read where they lie: a part is a piece of the body, not a copy of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ownkey.sandbox.content import Content

MOST_PARTS = 100
LONGEST_HEAD = 8192
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))')


class MultipartError(ValueError):
    """The body is no form with files."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form; `filename` is None where it is no file."""

    name: str
    filename: str | None
    media_type: str
    content: Content


def parts_of(body: Content, content_type: str) -> Iterator[Part]:
    """Return the fields of a form, in their order.

    Raises:
        MultipartError: the body does not have the form that its content type announces.
    """
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise MultipartError
    delimiter = b"--" + (match[1] or match[2]).encode("latin-1")
    at = body.find(delimiter)
    for _ in range(MOST_PARTS):
        if at == -1:
            raise MultipartError
        at += len(delimiter)
        if body.part(at, 2).read() == b"--":
            return
        head_end = body.find(b"\r\n\r\n", at)
        if head_end == -1 or head_end - at > LONGEST_HEAD:
            raise MultipartError
        # From within the blank line on, because an empty part's delimiter follows it at once.
        end = body.find(b"\r\n" + delimiter, head_end + 2)
        if end == -1:
            raise MultipartError
        head = body.part(at, head_end - at).read().decode("utf-8", "replace")
        yield _part(head, body.part(head_end + 4, end - head_end - 4))
        at = end + 2
    raise MultipartError


def _part(head: str, content: Content) -> Part:
    lines = (line.partition(":") for line in head.split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    disposition = headers.get("content-disposition", "")
    parameters = {
        found[1].lower(): re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3]
        for found in _PARAMETER.finditer(disposition)
    }
    filename = parameters.get("filename")
    if "filename*" in parameters:
        filename = unquote(parameters["filename*"].rpartition("'")[2])
    elif filename is not None:
        filename = unquote(filename) if "%22" in filename else filename
    return Part(
        parameters.get("name", ""), filename, headers.get("content-type", "application/octet-stream"), content
    )
