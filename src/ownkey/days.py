"""The day that dates are compared with: one for every page, command, mail and call.

A last day is read off a calendar, and nobody says which time zone that calendar hangs in: it is still the
27th in Honolulu when it is the 28th in Auckland. Ownkey counts in days of UTC, on every machine alike. The
last day of an API token counts as over only once it is over in every time zone: until then Atlassian decides.
Client keys end by UTC, as the sentence beside their date says.
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
    return today - day > TIME_ZONES


def first_that_lasts(today: date) -> date:
    """Return the earliest day that is not over everywhere: what a query compares the column of a day with."""
    return today - TIME_ZONES
