"""The tokens by which pages follow one another: each goes with one question, and with no other."""

from __future__ import annotations

import base64
import binascii
import hashlib

from ownkey.sandbox.jira.call import JiraRefusalError


def page_token(about: str, start: int) -> str:
    """Return the token of the page of answers that begins at a place."""
    return base64.urlsafe_b64encode(f"{start}:{_digest(about)}".encode()).decode()


def start_of(token: object, about: str) -> int:
    """Return where the page of a token begins, 0 without one; refuse a token of another question."""
    if not isinstance(token, str) or not token:
        return 0
    try:
        start, _, digest = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
    except (binascii.Error, ValueError):
        start, digest = "", ""
    if not start.isdecimal() or len(start) > 9 or digest != _digest(about):
        raise JiraRefusalError(400, "The provided next page token is invalid or expired.")
    return int(start)


def _digest(about: str) -> str:
    return hashlib.sha256(about.encode("utf-8", "surrogatepass")).hexdigest()[:16]
