"""What is true of a credential on a day, decided from its `StateColumns`.

`state_queries` asks the same of a whole table.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from ownkey import days
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.state_columns import StateColumns, StoredState

EXPIRING_WITHIN: Final = timedelta(days=30)
RECHECKED_WITHIN: Final = timedelta(days=1)
"""By then the schedule has looked at new scopes; until then their owner has nothing to do."""


class Cause(StrEnum):
    """One thing that is true of a credential."""

    DISCONNECTED = "disconnected"
    REFUSED = "refused"
    EXPIRED = "expired"
    MOVED = "moved"
    """The ALM account has another address since the last check."""
    GAPS = "gaps"
    EXPIRING = "expiring"
    DATE_PASSED = "date-passed"
    """The last day is over, and Atlassian accepts the token all the same."""
    SILENT = "silent"
    """Atlassian has not answered for long."""
    UNTESTED = "untested"
    """Required scopes were added after the last test."""
    NEW_SCOPES = "new-scopes"
    """Scopes that the token is not known to have count from a day to come."""
    CONNECTED = "connected"
    """Nothing else is."""


STOPPING: Final = frozenset({Cause.DISCONNECTED, Cause.REFUSED, Cause.EXPIRED, Cause.MOVED})
"""With one of these, no call is made with the credential."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the state of a credential depends on beside its columns.

    Attributes:
        today: The day.
        counts_from: The day from which the later scopes count; None if there are none.
        has_new_lists: Whether the required scopes were changed so lately that the schedule may not have
            looked yet.
    """

    today: date
    counts_from: date | None = None
    has_new_lists: bool = False

    @property
    def later_scopes_count(self) -> bool:
        """Whether the later scopes count today."""
        return self.counts_from is not None and self.counts_from <= self.today


def circumstances_of(
    counts_from: date | None, scopes_changed_at: datetime | None, *, today: date
) -> Circumstances:
    """Return what the columns of an ALM account make of a day."""
    changed_on = scopes_changed_at.date() if scopes_changed_at else None
    return Circumstances(today, counts_from, changed_on is not None and changed_on >= new_lists_since(today))


def circumstances_for(credential: AlmAccount | Credential, *, today: date) -> Circumstances:
    """Return the circumstances of one credential."""
    account = credential if isinstance(credential, AlmAccount) else credential.alm_account
    return circumstances_of(account.counts_from, credential.scopes_changed_at, today=today)


def new_lists_since(today: date) -> date:
    """Return the first day on which changed lists of scopes are new."""
    return today - RECHECKED_WITHIN


def causes_of(row: StateColumns, at: Circumstances) -> tuple[Cause, ...]:
    """Return what is true of a credential, the worst first; what a worse cause makes idle is left out."""
    return tuple(_causes_of(row, at)) or (Cause.CONNECTED,)


def is_usable(causes: Collection[Cause]) -> bool:
    """Return whether calls are made with a credential of which these are true."""
    return STOPPING.isdisjoint(causes)


def needs_owner(cause: Cause, row: StateColumns, at: Circumstances) -> bool:
    """Return whether the owner has something to do about a cause."""
    if cause in {Cause.UNTESTED, Cause.NEW_SCOPES}:
        return not (row.awaits_recheck and at.has_new_lists)
    return cause not in {Cause.SILENT, Cause.CONNECTED}


def missing_today(row: StateColumns, at: Circumstances) -> int:
    """Return how many of the scopes that count are proved missing."""
    return row.missing_count + (row.missing_later_count if at.later_scopes_count else 0)


def untested_today(row: StateColumns, at: Circumstances) -> int:
    """Return how many of the scopes that count no check has looked at."""
    return row.untested_count + (row.untested_later_count if at.later_scopes_count else 0)


def unmet_later(row: StateColumns, at: Circumstances) -> int:
    """Return how many scopes that count only later the token is not known to have."""
    is_to_come = at.counts_from is not None and not at.later_scopes_count
    return row.missing_later_count + row.untested_later_count if is_to_come else 0


def is_past(expires_on: date | None, today: date) -> bool:
    """Return whether a last day is over everywhere; without one, none is."""
    return expires_on is not None and days.is_over_everywhere(expires_on, today=today)


def _causes_of(row: StateColumns, at: Circumstances) -> Iterator[Cause]:
    is_over = is_past(row.expires_on, at.today)
    if row.state == StoredState.DISCONNECTED:
        yield Cause.DISCONNECTED
    elif row.state == StoredState.REFUSED:
        yield Cause.REFUSED
        if is_over:
            yield Cause.EXPIRED
    elif is_over and not (row.accepted_past_on is not None and row.accepted_past_on <= at.today):
        yield Cause.EXPIRED
        if missing_today(row, at):
            yield Cause.GAPS
    elif row.state == StoredState.UNKNOWN:
        yield Cause.MOVED
        yield from _by_date(row, at)
    else:
        yield from _of_one_that_works(row, at)


def _of_one_that_works(row: StateColumns, at: Circumstances) -> Iterator[Cause]:
    if missing_today(row, at):
        yield Cause.GAPS
    yield from _by_date(row, at)
    if row.is_silent:
        yield Cause.SILENT
    if untested_today(row, at):
        yield Cause.UNTESTED
    if unmet_later(row, at):
        yield Cause.NEW_SCOPES


def _by_date(row: StateColumns, at: Circumstances) -> Iterator[Cause]:
    if is_past(row.expires_on, at.today):
        yield Cause.DATE_PASSED
    elif row.expires_on is not None and row.expires_on <= at.today + EXPIRING_WITHIN:
        yield Cause.EXPIRING
