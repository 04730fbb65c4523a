"""The media host: it gives an attachment's bytes to whoever has the short-lived link that Jira redirects to.

It asks for no Authorization: the token in the link is the credential (facts.md 5). It answers ranges,
conditions and HEAD, as a host of files does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from ownkey.sandbox.exchange import Note, Response, json_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ownkey.sandbox.cloud import Cloud
    from ownkey.sandbox.content import Content
    from ownkey.sandbox.exchange import Request
    from ownkey.sandbox.jira.entities import Attachment

PREFIX = "/file/"
LINK_LIFE_S = 600
_PATH = re.compile(r"/file/([0-9a-f-]{36})/binary")
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def link(attachment: Attachment, *, origin: str, key: bytes, now: datetime) -> str:
    """Return the address from which an attachment can be had for ten minutes."""
    token = _token(attachment.media_id, int(now.timestamp()) + LINK_LIFE_S, key)
    return f"{origin}{PREFIX}{attachment.media_id}/binary?token={token}&name={quote(attachment.filename)}"


def answer(cloud: Cloud, request: Request) -> Response:
    """Return the media host's answer."""
    return _decide(cloud, request).with_headers(("server", "AtlassianEdge")).noted(Note("media"))


def _decide(cloud: Cloud, request: Request) -> Response:
    found = _PATH.fullmatch(request.path)
    if found is None or request.method not in ("GET", "HEAD"):
        return json_response(404, {"error": "Not Found"})
    token = request.query.get("token", "")
    if not _is_good(token, found[1], key=cloud.world.media_key, now=cloud.clock()):
        return json_response(403, {"error": "The link has expired or was never given out."})
    attachments = cloud.world.attachments.values()
    attachment = next((item for item in attachments if item.media_id == found[1]), None)
    if attachment is None:
        return json_response(404, {"error": "Not Found"})
    return file_response(attachment, request.header)


def file_response(attachment: Attachment, header: Callable[[str], str | None]) -> Response:
    """Return an attachment's bytes, or the range of them that was asked for (RFC 9110, 13 and 14)."""
    content = attachment.content
    etag = f'"{content.digest[:32]}"'
    headers = (
        ("content-type", attachment.media_type),
        ("content-disposition", f"attachment; filename*=UTF-8''{quote(attachment.filename)}"),
        ("accept-ranges", "bytes"),
        ("etag", etag),
    )
    if etag in (header("if-none-match") or ""):
        return Response(304, headers=headers)
    asked = header("range")
    if asked is None or header("if-range") not in (None, etag):
        return Response(200, headers=headers, file=content)
    return _partial(content, asked, headers)


def _partial(content: Content, asked: str, headers: tuple[tuple[str, str], ...]) -> Response:
    match = _RANGE.fullmatch(asked.strip())
    if match is None or not (match[1] or match[2]):
        return Response(200, headers=headers, file=content)  # Several ranges at once: all of it is an answer.
    if match[1]:
        start, end = int(match[1]), min(int(match[2] or content.size), content.size - 1)
    else:
        start, end = max(0, content.size - int(match[2])), content.size - 1
    if start > end:
        return Response(416, headers=(("content-range", f"bytes */{content.size}"),))
    place = ("content-range", f"bytes {start}-{end}/{content.size}")
    return Response(206, headers=(*headers, place), file=content.part(start, end - start + 1))


def _token(media_id: str, expires: int, key: bytes) -> str:
    signature = hmac.new(key, f"{media_id}.{expires}".encode(), hashlib.sha256).digest()
    return f"{expires}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _is_good(token: str, media_id: str, *, key: bytes, now: datetime) -> bool:
    expires = token.partition(".")[0]
    if not expires.isdecimal() or len(expires) > 12 or now.timestamp() > int(expires):
        return False
    return hmac.compare_digest(_token(media_id, int(expires), key).encode(), token.encode())
