"""When a credential is re-checked next: once a day, spread over the day, sooner where something is not known.

Pure: the clock is passed in, and whatever a clock wrote down that was ahead counts as never.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

DAY: Final = timedelta(days=1)
SHORTEST_GAP: Final = timedelta(hours=6)
"""One that was proven this short a time ago waits for its next turn."""

BACK_OFF: Final = (
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=6),
)
"""How long to wait after the first, second… check in a row that got no answer."""

CHANGES_SPREAD_OVER: Final = timedelta(hours=1)
"""When the required scopes were changed, everybody's credential is looked at within this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What decides when a credential has its turn.

    Attributes:
        id: Whose turn; the same one has the same time of the day every day.
        checked_at: When Atlassian last answered a check.
        tried_at: When the schedule last took it up.
        unanswered_times: How many tries in a row got no answer.
        changed_at: When the required scopes were last changed.
    """

    id: uuid.UUID
    checked_at: datetime | None = None
    tried_at: datetime | None = None
    unanswered_times: int = 0
    changed_at: datetime | None = None


def is_due(turn: Turn, now: datetime) -> bool:
    """Return whether a credential is to be re-checked now."""
    last = last_tried(turn, now)
    if last is None:
        return True
    if turn.unanswered_times:
        return now - last >= wait_after(turn)
    if turn.changed_at is not None and last < turn.changed_at <= now:
        return now >= turn.changed_at + CHANGES_SPREAD_OVER * share_of_day(turn.id)
    return last < latest_slot(turn.id, now) and now - last >= SHORTEST_GAP


def last_tried(turn: Turn, now: datetime) -> datetime | None:
    """Return when it was last checked or tried, None for never."""
    past = [moment for moment in (turn.checked_at, turn.tried_at) if moment is not None and moment <= now]
    return max(past, default=None)


def latest_slot(id_: uuid.UUID, now: datetime) -> datetime:
    """Return the last moment at which this credential's time of the day came round."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    slot = midnight + DAY * share_of_day(id_)
    return slot if slot <= now else slot - DAY


def wait_after(turn: Turn) -> timedelta:
    """Return how long to wait after tries without an answer, a tenth more or less: not all at once."""
    wait = BACK_OFF[min(turn.unanswered_times, len(BACK_OFF)) - 1]
    return wait * (0.9 + 0.2 * share_of_day(turn.id))


def share_of_day(id_: uuid.UUID) -> float:
    """Return a number from 0 to 1, always the same for an id and evenly spread over many."""
    return int.from_bytes(hashlib.blake2b(id_.bytes, digest_size=6).digest()) / 2**48
