"""A new API token of Jira Cloud expires within a year; what Data Center issues may live longer."""

from datetime import date, timedelta

import pytest

from ownkey.atlassian.wire import Authentication
from ownkey.connections.expiry import default_expiry, fault_of_new, fault_of_saved

TODAY = date(2026, 11, 23)
CLOUD = [kind for kind in Authentication if kind.is_cloud]
DATA_CENTER = [kind for kind in Authentication if not kind.is_cloud]


@pytest.mark.parametrize("kind", CLOUD)
@pytest.mark.parametrize("days", [0, 1, 365, 366])
def test_a_year_and_a_day_for_time_zones_can_be(kind: Authentication, days: int) -> None:
    day = TODAY + timedelta(days=days)
    assert fault_of_new(day, authentication=kind, today=TODAY) is None
    assert fault_of_saved(day, authentication=kind, today=TODAY) is None


@pytest.mark.parametrize("kind", CLOUD)
def test_a_day_later_cannot_and_the_latest_is_named(kind: Authentication) -> None:
    for fault_of in (fault_of_new, fault_of_saved):
        fault = fault_of(TODAY + timedelta(days=367), authentication=kind, today=TODAY)
        assert "by 2027-11-23 at the latest" in (fault or "")


@pytest.mark.parametrize("kind", CLOUD)
def test_only_a_saved_token_may_have_expired(kind: Authentication) -> None:
    long_over = TODAY - timedelta(days=2)
    assert "That day is over" in (fault_of_new(long_over, authentication=kind, today=TODAY) or "")
    assert fault_of_saved(long_over, authentication=kind, today=TODAY) is None


@pytest.mark.parametrize("kind", CLOUD)
def test_a_last_day_that_still_lasts_in_the_west_can_be(kind: Authentication) -> None:
    assert fault_of_new(TODAY - timedelta(days=1), authentication=kind, today=TODAY) is None


@pytest.mark.parametrize("kind", DATA_CENTER)
def test_data_center_sets_no_limit(kind: Authentication) -> None:
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=3650)):
        assert fault_of_new(day, authentication=kind, today=TODAY) is None
        assert fault_of_saved(day, authentication=kind, today=TODAY) is None


@pytest.mark.parametrize("kind", Authentication)
def test_no_date_and_the_usual_one_can_be(kind: Authentication) -> None:
    for day in (None, default_expiry(TODAY)):
        assert fault_of_new(day, authentication=kind, today=TODAY) is None
