"""Which expiry dates an API token of Jira Cloud can have: Atlassian gives each of them 365 days at most."""

from datetime import date, timedelta

from ownkey.atlassian.wire import Authentication
from ownkey.days import TIME_ZONES, is_over_everywhere

LONGEST_EXPIRY = timedelta(days=365)

TOO_FAR = (
    "Atlassian lets an API token live 365 days at most, so it expires by {day} at the latest: look the date "
    "up in the list of your API tokens at Atlassian."
)
OVER = (
    "That day is over, and the token with it: make a new one, or give the date that was chosen for this one."
)


def default_expiry(today: date) -> date:
    """Return the longest expiry that Atlassian allows for an API token made today."""
    return today + LONGEST_EXPIRY


def fault_of_new(expires_on: date | None, *, authentication: Authentication, today: date) -> str | None:
    """Return what is wrong with the date given for a new token, None if it can be.

    The day may be over by UTC and still last where the token was made. A personal access token and a password
    of Data Center may live as long as their Jira allows.
    """
    if expires_on is not None and authentication.is_cloud and is_over_everywhere(expires_on, today=today):
        return OVER
    return fault_of_saved(expires_on, authentication=authentication, today=today)


def fault_of_saved(expires_on: date | None, *, authentication: Authentication, today: date) -> str | None:
    """Return what is wrong with the date given for a token that is saved already.

    It may lie in the past: then the token counts as expired, until Atlassian accepts it again.
    """
    if expires_on is None or not authentication.is_cloud or expires_on <= today + LONGEST_EXPIRY + TIME_ZONES:
        return None
    return TOO_FAR.format(day=default_expiry(today).isoformat())
