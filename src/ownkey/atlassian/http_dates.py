"""Times in HTTP's header fields: dates in their three forms, and what `Retry-After` asks for."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_date(text: str) -> datetime | None:
    """Return the time that a header field says (RFC 9110, section 5.6.7), aware, or None."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def retry_after_s(text: str, *, now: datetime | None) -> float | None:
    """Return the seconds that a `Retry-After` asks for (RFC 9110, section 10.2.3); None if it says none.

    `now` is what a date is compared with: the answer's own time where it tells one, since the sender's clock
    need not agree with ours. Without it a date says nothing.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    at = http_date(text)
    return max((at - now).total_seconds(), 0.0) if at is not None and now is not None else None
