"""Files for the issues of a seed, pictures among them that can really be looked at."""

from __future__ import annotations

import mimetypes
import struct
import zlib
from typing import TYPE_CHECKING

from ownkey.sandbox.content import Content
from ownkey.sandbox.jira.entities import Attachment

if TYPE_CHECKING:
    from datetime import datetime

    from ownkey.sandbox.jira.entities import Issue
    from ownkey.sandbox.jira.world import World


def add_file(  # noqa: PLR0913, PLR0917 a file's facts
    world: World, issue: Issue, number: str, filename: str, content: bytes, author: str, at: datetime
) -> Attachment:
    """Put a file on an issue; its type follows from its name."""
    media_type = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    media_id = f"0c0ffee0-0000-4000-8000-{int(number):012d}"
    attachment = Attachment(number, media_id, issue.id, author, filename, media_type, Content(content), at)
    world.attachments[number] = attachment
    return attachment


def picture(width: int, height: int) -> bytes:
    """Return a PNG of a sunset, so many pixels wide and high."""
    rows = b"".join(
        b"\0" + bytes((255 - 128 * y // height, 90 + 80 * y // height, 40 + 160 * y // height)) * width
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
