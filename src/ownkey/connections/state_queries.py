"""The state of credentials as conditions of a query, and counts by it: `causes`, for a whole table.

Each condition is for `Credential` and `CredentialCount` alike, which have the same columns; a prefix leads to
them from another table.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from django.db.models import Case, Q, Sum, When

from ownkey import days
from ownkey.connections.cause_table import CAUSES
from ownkey.connections.causes import (
    EXPIRING_WITHIN,
    Cause,
    causes_of,
    circumstances_of,
    is_usable,
    needs_owner,
    new_lists_since,
)
from ownkey.connections.models import AlmAccount, CredentialCount, StoredState
from ownkey.connections.state_columns import StateColumns
from ownkey.connections.state_table import State

_COUNTED: Final = tuple(
    field.name
    for field in StateColumns._meta.fields  # noqa: SLF001 Django's public name for it
    if field.name != "expires_on"
)


@dataclass(frozen=True, slots=True)
class StateCounts:
    """Counts of people's credentials.

    Attributes:
        total: How many there are.
        usable: With how many of them calls are made.
        needing: In how many of them the owner has something to do.
        states: Of how many each state is true, as its own or beside a worse one.
    """

    total: int
    usable: int
    needing: int
    states: Counter[State]


def count_usable(today: date) -> Counter[UUID]:
    """Return with how many credentials of active people calls are made, by the id of the ALM account."""
    rows = CredentialCount.objects.filter(Conditions(today).usable(), is_active=True)
    return Counter(dict(rows.values_list("alm_account").annotate(sum=Sum("number"))))


def count_states(today: date, among: Q = Q()) -> StateCounts:  # noqa: B008 an empty condition never changes
    """Return counts of the credentials that match: an ALM account's, of active people, or all."""
    counted, states = Counter[str](), Counter[State]()
    for row, changed_at, number in _rows(today, among):
        at = circumstances_of(row.alm_account.counts_from, changed_at, today=today)
        causes = causes_of(row, at)
        counted["total"] += number
        counted["usable"] += number if is_usable(causes) else 0
        counted["needing"] += number if any(needs_owner(cause, row, at) for cause in causes) else 0
        for state in {CAUSES[cause].state for cause in causes}:
            states[state] += number
    return StateCounts(counted["total"], counted["usable"], counted["needing"], states)


def _rows(today: date, among: Q) -> Iterator[tuple[CredentialCount, datetime | None, int]]:
    """Yield columns with how many credentials have them, last days in the far future being one."""
    near = Case(When(expires_on__lte=today + EXPIRING_WITHIN, then="expires_on"))
    accounts = AlmAccount.objects.only("counts_from", "profile_changed_at").in_bulk()
    rows = CredentialCount.objects.filter(among).order_by().values(*_COUNTED, "alm_account_id", last_day=near)
    for found in rows.annotate(sum=Sum("number")):
        number, account = found.pop("sum"), accounts[found.pop("alm_account_id")]
        row = CredentialCount(alm_account=account, expires_on=found.pop("last_day"), **found)
        yield row, account.profile_changed_at, number


class Conditions:
    """What is true of credentials on a day, as conditions.

    Args:
        today: The day.
        prefix: What leads to the columns of `StateColumns`, such as "credential__"; empty in their own table.
    """

    def __init__(self, today: date, *, prefix: str = "") -> None:
        self.today = today
        self._prefix = prefix

    def cause(self, cause: Cause) -> Q:
        """Return the condition that something is true of a credential, as the worst or beside it."""
        return self.by_cause()[cause]

    def any_of(self, causes: Iterable[Cause]) -> Q:
        """Return the condition that one of these is true of a credential."""
        conditions = self.by_cause()
        return reduce(or_, (conditions[cause] for cause in causes))

    def state(self, state: State) -> Q:
        """Return the condition that a state is true of a credential, as its own or beside a worse one."""
        return self.any_of(cause for cause, row in CAUSES.items() if row.state is state)

    def usable(self) -> Q:
        """Return the condition that calls are made with a credential."""
        return self._is(state__in=(StoredState.CONNECTED, StoredState.GAPS)) & self._in_time()

    def needs_owner(self) -> Q:
        """Return the condition that the owner has something to do about a credential."""
        waits = {Cause.UNTESTED, Cause.NEW_SCOPES}
        by_itself = {Cause.SILENT, Cause.CONNECTED}
        begun = datetime.combine(new_lists_since(self.today), time.min, tzinfo=UTC)
        is_excused = self._is(awaits_recheck=True, alm_account__profile_changed_at__gte=begun)
        return self.any_of(set(Cause) - waits - by_itself) | (self.any_of(waits) & ~is_excused)

    def _is(self, **values: object) -> Q:
        return Q(**{f"{self._prefix}{name}": value for name, value in values.items()})

    def _over(self) -> Q:
        return self._is(expires_on__lt=days.first_that_lasts(self.today))

    def _in_time(self) -> Q:
        """Return the condition that the last day is not over, or was proved wrong."""
        lasts = self._is(expires_on=None) | self._is(expires_on__gte=days.first_that_lasts(self.today))
        return lasts | self._is(accepted_past_on__lte=self.today)

    def _has_expired(self) -> Q:
        not_accepted = self._is(accepted_past_on=None) | self._is(accepted_past_on__gt=self.today)
        return self._over() & not_accepted

    def _missing(self) -> Q:
        later = self._is(missing_later_count__gt=0, alm_account__counts_from__lte=self.today)
        return self._is(missing_count__gt=0) | later

    def _untested(self) -> Q:
        later = self._is(untested_later_count__gt=0, alm_account__counts_from__lte=self.today)
        return self._is(untested_count__gt=0) | later

    def _unmet_later(self) -> Q:
        unmet = self._is(missing_later_count__gt=0) | self._is(untested_later_count__gt=0)
        return unmet & self._is(alm_account__counts_from__gt=self.today)

    def by_cause(self) -> dict[Cause, Q]:
        """Return the condition of each cause."""
        has_token = self._is(state__in=(StoredState.CONNECTED, StoredState.GAPS, StoredState.UNKNOWN))
        works, refused = self.usable(), self._is(state=StoredState.REFUSED)
        moved = self._is(state=StoredState.UNKNOWN) & self._in_time()
        soon = self._is(
            expires_on__gte=days.first_that_lasts(self.today), expires_on__lte=self.today + EXPIRING_WITHIN
        )
        found = {
            Cause.DISCONNECTED: self._is(state=StoredState.DISCONNECTED),
            Cause.REFUSED: refused,
            Cause.EXPIRED: (has_token & self._has_expired()) | (refused & self._over()),
            Cause.MOVED: moved,
            Cause.GAPS: (works | (has_token & self._has_expired())) & self._missing(),
            Cause.EXPIRING: (works | moved) & soon,
            Cause.DATE_PASSED: (works | moved) & self._over(),
            Cause.SILENT: works & self._is(is_silent=True),
            Cause.UNTESTED: works & self._untested(),
            Cause.NEW_SCOPES: works & self._unmet_later(),
        }
        beside = (
            Cause.GAPS,
            Cause.EXPIRING,
            Cause.DATE_PASSED,
            Cause.SILENT,
            Cause.UNTESTED,
            Cause.NEW_SCOPES,
        )
        return {**found, Cause.CONNECTED: works & ~reduce(or_, (found[cause] for cause in beside))}
