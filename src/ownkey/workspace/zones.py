"""The time zone of the person who reads a page: that of their browser, which a script puts into a cookie."""

from datetime import datetime, timezone, tzinfo
from functools import cache
from typing import Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest

COOKIE: Final = "ownkey_zone"


def zone_of(request: HttpRequest) -> tzinfo:
    """Return the zone of the browser; UTC where it has not said any that exists."""
    name = unquote(request.COOKIES.get(COOKIE, ""))[:64]
    return ZoneInfo(name) if name in _names() else timezone.utc  # noqa: UP017 — `UTC` is the same


def name_of(zone: tzinfo, at: datetime) -> str:
    """Return what a zone is called at a time, such as `CET` or `UTC+03`."""
    name = at.astimezone(zone).tzname() or "UTC"
    return f"UTC{name}" if name.startswith(("+", "-")) else name


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
