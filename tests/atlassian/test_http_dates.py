"""HTTP's dates are read in all three forms, and `Retry-After` in seconds and as a date."""

from datetime import UTC, datetime

import pytest

from ownkey.atlassian.http_dates import http_date, retry_after_s

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        (" 0 ", 0.0),
        ("", None),
        ("-1", None),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Monday, 23-Nov-26 12:01:00 GMT", 60.0),
        ("Mon Nov 23 12:00:05 2026", 5.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 99 Nov 2026 12:00:00 GMT", None),
        ("\xff\xfe", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(text: str, seconds: float | None) -> None:
    assert retry_after_s(text, now=NOON) == seconds


def test_a_date_says_no_seconds_without_a_clock_to_compare_it_with() -> None:
    assert retry_after_s("Mon, 23 Nov 2026 12:00:30 GMT", now=None) is None
    assert retry_after_s("30", now=None) == 30.0


@pytest.mark.parametrize(
    "text", ["Mon, 23 Nov 2026 12:00:00 GMT", "Monday, 23-Nov-26 12:00:00 GMT", "Mon Nov 23 12:00:00 2026"]
)
def test_every_form_of_a_date_is_the_same_aware_time(text: str) -> None:
    assert http_date(text) == NOON
