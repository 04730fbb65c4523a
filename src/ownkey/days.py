"""The day that dates are compared with: one for every page, command, mail and call.

A last day is read off a calendar, and nobody says which time zone that calendar hangs in: it is still the
27th in Honolulu when it is the 28th in Auckland. Ownkey counts in days of UTC, on every machine alike, and is
patient by a day at both ends where a person types a date.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

TIME_ZONES: Final = timedelta(days=1)
"""How far the day of a person's calendar may be from UTC's, in either direction."""


def today() -> date:
    """Return the day that it is (UTC), whatever time zone this machine or its user is in."""
    return datetime.now(UTC).date()


def is_over_everywhere(day: date, *, today: date) -> bool:
    """Return whether a day has ended in every time zone, so that nobody can mean it any more."""
    return day < today - TIME_ZONES
