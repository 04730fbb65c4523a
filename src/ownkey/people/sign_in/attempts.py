"""Counting attempts, for all workers alike: who fails again and again waits longer each time.

An attempt is counted before it is made, and given back when it succeeds: however many are made at once,
no more go through than one after the other would.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ownkey.people.errors import TooManyAttemptsError
from ownkey.people.models import Attempts

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
KEPT_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Patience:
    """How much is borne.

    Attributes:
        name: What is counted.
        free: So many failures cost nothing; with the last of them the waiting begins.
        forgotten_after: Failures are forgotten when there was none for so long.
        is_cleared_by_success: Whether one success forgets them all; if not, it only takes itself back. It
            must not where somebody can succeed for himself and guess for another.
    """

    name: str
    free: int
    forgotten_after: timedelta = timedelta(days=1)
    is_cleared_by_success: bool = True


@dataclass(frozen=True, slots=True)
class Counted:
    """One count: what is borne, and from or for whom."""

    patience: Patience
    subject: str

    @property
    def key(self) -> str:
        """What the count is kept under; the subject cannot be told from it."""
        text = f"{self.patience.name}\x00{self.subject}"
        return salted_hmac("ownkey.people.sign_in.attempts", text, algorithm="sha256").hexdigest()


def wait_after(failures: int, *, free: int) -> timedelta:
    """Return how long to wait after so many failures: nothing, then twice as long each time, to a limit."""
    if failures < free:
        return timedelta()
    # The exponent is bounded for the sake of a number that a database could hold.
    doubled: timedelta = FIRST_WAIT * 2 ** min(failures - free, 16)
    return min(doubled, LONGEST_WAIT)


def held_until(*counts: Counted) -> datetime | None:
    """Return when the next attempt is allowed, None for now."""
    keys = [counted.key for counted in counts]
    now = timezone.now()
    # A wait longer than any that is imposed was written by a clock that was ahead.
    rows = Attempts.objects.filter(key__in=keys, held_until__gt=now, held_until__lte=now + LONGEST_WAIT)
    return max((row.held_until for row in rows if row.held_until), default=None)


def refuse_held(*counts: Counted) -> None:
    """Refuse an attempt while somebody has to wait.

    Raises:
        TooManyAttemptsError: with the time of the next one.
    """
    until = held_until(*counts)
    if until is not None:
        raise TooManyAttemptsError(until)


@transaction.atomic
def begin(*counts: Counted) -> None:
    """Count one more attempt, as one that fails; `succeeded` takes that back.

    Raises:
        TooManyAttemptsError: It is too early for one; nothing is counted.
    """
    refuse_held(*counts)
    now = timezone.now()
    for counted in counts:
        row = _row(counted.key, forgotten_before=now - counted.patience.forgotten_after)
        row.count += 1
        row.last_at = now
        wait = wait_after(row.count, free=counted.patience.free)
        row.held_until = now + wait if wait else None
        row.save()


@transaction.atomic
def succeeded(*counts: Counted) -> None:
    """Take back what `begin` counted: the attempt went well."""
    for counted in counts:
        rows = Attempts.objects.select_for_update().filter(key=counted.key)
        if counted.patience.is_cleared_by_success:
            rows.delete()
            continue
        for row in rows:
            # It was allowed, so nothing was held before it.
            row.count, row.held_until = max(row.count - 1, 0), None
            row.save()


def forget(*counts: Counted) -> None:
    """Forget all failures."""
    Attempts.objects.filter(key__in=[counted.key for counted in counts]).delete()


@transaction.atomic
def is_within(counted: Counted, *, most: int, window: timedelta) -> bool:
    """Count one more, and return whether that makes no more than `most` in this window of time."""
    now = timezone.now()
    row = _row(counted.key, forgotten_before=now - window)
    if row.since <= now - window:
        row.count, row.since = 0, now
    row.count += 1
    row.last_at = now
    row.save()
    return row.count <= most


def _row(key: str, *, forgotten_before: datetime) -> Attempts:
    """Return the row of a key, locked; empty if there was none or its last attempt was long ago."""
    now = timezone.now()
    row = Attempts.objects.select_for_update().filter(key=key).first()
    if row is None:
        Attempts.objects.filter(last_at__lt=now - KEPT_FOR).delete()
        return Attempts(key=key, since=now, last_at=now)
    if row.last_at <= forgotten_before:
        row.count, row.since = 0, now
    return row
