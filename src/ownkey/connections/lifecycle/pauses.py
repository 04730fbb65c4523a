"""Pauses: a Jira that asked for fewer requests, or did not answer, is left alone for a while."""

from datetime import datetime, timedelta
from typing import Final

from ownkey.atlassian.verdicts import Reason
from ownkey.connections.lifecycle.models import SitePause
from ownkey.connections.models import AlmAccount

AFTER_RATE_LIMIT: Final = timedelta(minutes=15)
AFTER_NO_ANSWER: Final = timedelta(minutes=2)
_RATE_LIMITED: Final = frozenset({Reason.RATE_LIMITED, Reason.INCONCLUSIVE})


def place_of(account: AlmAccount) -> str:
    """Return what Atlassian's limits count by: the cloud id, or the site where there is none."""
    return account.cloud_id or account.site_url


def pause(account: AlmAccount, *, reason: str, now: datetime) -> None:
    """Leave a Jira alone after a check that was not answered."""
    wait = AFTER_RATE_LIMIT if reason in _RATE_LIMITED else AFTER_NO_ANSWER
    SitePause.objects.update_or_create(place=place_of(account), defaults={"until": now + wait})


def paused_places(now: datetime) -> frozenset[str]:
    """Return which Jiras are to be left alone; a pause that a wrong clock made too long does not count."""
    pauses = SitePause.objects.filter(until__gt=now, until__lte=now + AFTER_RATE_LIMIT)
    return frozenset(pauses.values_list("place", flat=True))


def forget_old_pauses(now: datetime) -> None:
    """Remove pauses that are over."""
    SitePause.objects.exclude(until__gt=now, until__lte=now + AFTER_RATE_LIMIT).delete()
