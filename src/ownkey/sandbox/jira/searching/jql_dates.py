"""Dates and time spans as JQL writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ownkey.sandbox.jira.searching.jql_tree import JqlError

if TYPE_CHECKING:
    from ownkey.sandbox.jira.call import Call

_RELATIVE = re.compile(r"([+-]?)(\d{1,6})([mhdwMy]?)")
_UNITS_H = {"m": 1 / 60, "h": 1, "d": 24, "": 1 / 60, "w": 7 * 24, "M": 30 * 24, "y": 365 * 24}
_FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")


def date_of(call: Call, text: str) -> datetime:
    """Return the moment that a text means, which may be counted from now."""
    if _RELATIVE.fullmatch(text):
        return call.now + offset_of(text)
    return moment_of(text, zone_of(call))


def offset_of(text: str) -> timedelta:
    """Return the time span that a text like `-7d` means."""
    match = _RELATIVE.fullmatch(text)
    if match is None:
        raise JqlError(f"'{text[:40]}' is no time span: -7d and 4w are.")
    hours = int(match[2]) * _UNITS_H[match[3]]
    return timedelta(hours=min(hours, 10**6) * (-1 if match[1] == "-" else 1))


def zone_of(call: Call) -> tzinfo:
    """Return the time zone of the caller, in which a query's dates are meant."""
    return _zone(call.person.time_zone)


@cache
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # the machine has no table of them
        return UTC


def moment_of(text: str, zone: tzinfo) -> datetime:
    """Return the moment of a date in a time zone, with or without a time."""
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    raise JqlError(
        f"Date value '{text[:40]}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )
