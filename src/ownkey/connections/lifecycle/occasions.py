"""Occasions: what a person is reminded of, and whether it still stands. Nothing here reads or writes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.required_scopes import account_of, grace_scopes
from ownkey.connections.states import Standing, State, days_left, is_past_its_date


class Occasion(StrEnum):
    """Why there is a reminder."""

    EXPIRES_IN_30 = "expires-30"
    EXPIRES_IN_14 = "expires-14"
    EXPIRES_IN_7 = "expires-7"
    EXPIRES_IN_1 = "expires-1"
    EXPIRED = "expired"
    REFUSED = "refused"
    GAPS = "gaps"
    SCOPES_IN_30 = "scopes-30"
    SCOPES_IN_14 = "scopes-14"
    SCOPES_IN_7 = "scopes-7"
    SCOPES_IN_1 = "scopes-1"
    SCOPES_DUE = "scopes-due"
    """New scopes have come to count, and the token lacks some."""
    ASKED = "asked"
    """An administrator asked for it."""


REMINDER_DAYS: Final = (30, 14, 7, 1)
"""How many days before a date people are reminded of it; each has two members of `Occasion`."""

STEPS: Final = {days: Occasion(f"expires-{days}") for days in REMINDER_DAYS}
BY_DATE: Final = (*STEPS.values(), Occasion.EXPIRED)
"""What the declared expiry date brings, the most urgent last."""

SCOPE_STEPS: Final = {days: Occasion(f"scopes-{days}") for days in REMINDER_DAYS}
BY_NEW_SCOPES: Final = (*SCOPE_STEPS.values(), Occasion.SCOPES_DUE)
"""What new required scopes bring, the most urgent last."""

BREAKAGES: Final = {State.REFUSED: Occasion.REFUSED, State.GAPS: Occasion.GAPS}


def reminder_days_in_words() -> str:
    """Return how many days before a date people are reminded, the first first: "30, 14, 7 and 1"."""
    *first, last = map(str, sorted(REMINDER_DAYS, reverse=True))
    return f"{', '.join(first)} and {last}" if first else last


def look_ahead() -> timedelta:
    """Return how long before a date the first reminder of it is due."""
    return timedelta(days=max(*STEPS, *SCOPE_STEPS))


@dataclass(frozen=True, slots=True)
class Due:
    """An occasion, and what tells it from others of its kind: which token, and which date or refusal."""

    occasion: Occasion
    about: str


def due_by_date(row: AlmAccount | Credential, standing: Standing, today: date) -> Due | None:
    """Return what the expiry date brings today: the most urgent step alone, if earlier ones were missed."""
    days = days_left(row, today)
    if days is None or standing.state in {State.REFUSED, State.DISCONNECTED}:
        return None
    about = f"{row.version}/{row.expires_on}"
    if standing.state is State.EXPIRED:
        return Due(Occasion.EXPIRED, about)
    if is_past_its_date(row, today):  # and Atlassian accepts it all the same
        return None
    return _step(STEPS, max(days, 0), about)


def due_by_new_scopes(row: AlmAccount | Credential, standing: Standing, today: date) -> Due | None:
    """Return what scopes that count from a day on bring today: the most urgent step alone."""
    counts_from, later = account_of(row).counts_from, grace_scopes(row)
    if counts_from is None or not later or standing.is_broken:
        return None
    # Another list, or another day, is another occasion; what a check finds out meanwhile is none.
    which = hashlib.blake2b(" ".join(sorted(later)).encode(), digest_size=4).hexdigest()
    about = f"{row.version}/{counts_from}/{which}"
    if counts_from <= today:
        lacks = later.intersection(standing.missing)
        return Due(Occasion.SCOPES_DUE, about) if lacks else None
    if not any(fact.state is State.RECHECK_PENDING and fact.needs_owner for fact in standing.facts):
        return None
    return _step(SCOPE_STEPS, (counts_from - today).days, about)


def _step(steps: Mapping[int, Occasion], days: int, about: str) -> Due | None:
    reached = [step for step in steps if 0 <= days <= step]
    return Due(steps[min(reached)], about) if reached else None


def due_by_breakage(row: AlmAccount | Credential, standing: Standing) -> Due | None:
    """Return what a check or a call has just brought to light: a refusal, or scopes that are missing."""
    occasion = BREAKAGES.get(standing.state)
    return Due(occasion, f"{row.version}/{row.since.isoformat()}") if occasion else None


def still_stands(due: Due, row: AlmAccount | Credential | None, standing: Standing, today: date) -> bool:
    """Return whether an occasion is still to be told: it is not once the cause was put right."""
    if due.occasion is Occasion.ASKED:
        return standing.needs_attention
    if row is None:
        return False
    return due in {
        due_by_date(row, standing, today),
        due_by_new_scopes(row, standing, today),
        due_by_breakage(row, standing),
    }


def as_urgent_as(occasion: Occasion) -> tuple[Occasion, ...]:
    """Return an occasion of a date and those that are more urgent: one of them told is enough."""
    ladder = BY_NEW_SCOPES if occasion in BY_NEW_SCOPES else BY_DATE
    return ladder[ladder.index(occasion) :]
