"""The state of a credential worked out anew: from the last report, the lists of scopes, dates and the day.

Nothing here looks at a column that the product derives, nor calls what derives it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ownkey.connections.causes import Cause
from ownkey.connections.models import AlmAccount, Credential

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = timedelta(days=1)
WITH_SCOPES = {"scoped-api-token", "service-account"}


@dataclass(frozen=True)
class Expected:
    """What is true of a credential on a day.

    Attributes:
        causes: What is true, the worst first.
        missing: How many of the scopes that count on the day are proved missing.
        is_usable: Whether calls are made with it.
        needs_owner: Whether its owner has something to do.
    """

    causes: tuple[Cause, ...]
    missing: int
    is_usable: bool
    needs_owner: bool


def expected_of(row: AlmAccount | Credential, today: date) -> Expected:
    """Return what is true of a credential on a day."""
    scopes = _Scopes(row, today)
    causes = tuple(_causes(row, scopes, today))
    needing = set(causes) - {Cause.SILENT, Cause.CONNECTED}
    if _schedule_is_still_to_look(row, today):
        needing -= {Cause.UNTESTED, Cause.NEW_SCOPES}
    is_usable = not {Cause.DISCONNECTED, Cause.REFUSED, Cause.EXPIRED, Cause.MOVED}.intersection(causes)
    return Expected(causes, len(scopes.with_state("missing")), is_usable, bool(needing))


class _Scopes:
    """The scopes that a credential needs, as far as they count on a day."""

    def __init__(self, row: AlmAccount | Credential, today: date) -> None:
        account = row if isinstance(row, AlmAccount) else row.alm_account
        own = account.main_scopes if row is account else None
        waits = own is None and account.counts_from is not None and account.counts_from > today
        later = set(account.later_scopes or ()) if waits else set()
        needed = account.required_scopes if own is None else own
        self.found = {one["scope"]: one["state"] for one in row.report.get("scopes", ())}
        self.looks_at_all = row.authentication in WITH_SCOPES
        self.counting = [scope for scope in needed if scope not in later]
        self.later = [scope for scope in needed if scope in later]

    def with_state(self, state: str | None, *, later: bool = False) -> list[str]:
        """Return those that a check found so; None: that no check has looked at."""
        if state is None and not self.looks_at_all:
            return []
        return [scope for scope in (self.later if later else self.counting) if self.found.get(scope) == state]


def _causes(row: AlmAccount | Credential, scopes: _Scopes, today: date) -> list[Cause]:
    last_day, checked_on = row.expires_on, row.checked_at.date() if row.checked_at else None
    is_over = last_day is not None and today > last_day + DAY
    was_accepted_after_it = (
        last_day is not None and checked_on is not None and last_day + DAY < checked_on <= today
    )
    is_gap, by_date = bool(scopes.with_state("missing")), []
    if last_day is not None and today >= last_day - 30 * DAY:
        by_date = [Cause.DATE_PASSED if is_over else Cause.EXPIRING]
    if row.state == "disconnected":
        return [Cause.DISCONNECTED]
    if row.state == "refused":
        return [Cause.REFUSED, *([Cause.EXPIRED] if is_over else [])]
    if is_over and not was_accepted_after_it:
        return [Cause.EXPIRED, *([Cause.GAPS] if is_gap else [])]
    if row.state == "unknown":
        return [Cause.MOVED, *by_date]
    unmet = scopes.with_state("missing", later=True) + scopes.with_state(None, later=True)
    beside: list[tuple[Cause, Callable[[], bool]]] = [
        (Cause.SILENT, lambda: (row.unanswered_times or 0) >= 6),
        (Cause.UNTESTED, lambda: bool(scopes.with_state(None))),
        (Cause.NEW_SCOPES, lambda: bool(unmet)),
    ]
    found = [*([Cause.GAPS] if is_gap else []), *by_date, *(cause for cause, holds in beside if holds())]
    return found or [Cause.CONNECTED]


def _schedule_is_still_to_look(row: AlmAccount | Credential, today: date) -> bool:
    account = row if isinstance(row, AlmAccount) else row.alm_account
    changed_at = account.profile_changed_at
    if row is account and (account.main_scopes is not None or account.main_scopes_changed_at is not None):
        changed_at = account.main_scopes_changed_at
    if changed_at is None or row.unanswered_since is not None:
        return False
    return today <= changed_at.date() + DAY and (row.checked_at is None or row.checked_at < changed_at)
