"""Occasions: what a person is reminded of, and whether it still stands. Nothing here reads or writes."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.states import Standing, State, days_left


class Occasion(StrEnum):
    """Why there is a reminder."""

    EXPIRES_IN_30 = "expires-30"
    EXPIRES_IN_14 = "expires-14"
    EXPIRES_IN_7 = "expires-7"
    EXPIRES_IN_1 = "expires-1"
    EXPIRED = "expired"
    REFUSED = "refused"
    GAPS = "gaps"
    ASKED = "asked"
    """An administrator asked for it."""


STEPS: Final = {
    30: Occasion.EXPIRES_IN_30,
    14: Occasion.EXPIRES_IN_14,
    7: Occasion.EXPIRES_IN_7,
    1: Occasion.EXPIRES_IN_1,
}
BY_DATE: Final = (*STEPS.values(), Occasion.EXPIRED)
"""What the declared expiry date brings, the most urgent last."""

BREAKAGES: Final = {State.REFUSED: Occasion.REFUSED, State.GAPS: Occasion.GAPS}


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
    reached = [step for step in STEPS if 0 <= days <= step]
    return Due(STEPS[min(reached)], about) if reached else None


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
    return due in {due_by_date(row, standing, today), due_by_breakage(row, standing)}


def as_urgent_as(occasion: Occasion) -> tuple[Occasion, ...]:
    """Return an occasion of the expiry date and those that are more urgent: one of them told is enough."""
    return BY_DATE[BY_DATE.index(occasion) :]
