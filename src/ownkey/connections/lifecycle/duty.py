"""Who is on duty: of all processes that could run the schedule, one does, and another follows when it ends.

The claim is a row in the database that is good for a while and claimed again before that is over. A process
that is killed is followed within `GOOD_FOR`; one that stops gives the duty back at once.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from ownkey.connections.lifecycle.models import Duty

SCHEDULE: Final = "schedule"
GOOD_FOR: Final = timedelta(seconds=90)


def take(holder: str, *, now: datetime) -> bool:
    """Take the duty, or keep it; return False while somebody else has it."""
    Duty.objects.get_or_create(name=SCHEDULE, defaults={"held_until": now})
    is_free = Q(holder=holder) | Q(holder="") | Q(held_until__lte=now)
    # A claim that reaches further than any does was made by a clock that was ahead.
    is_beyond_belief = Q(held_until__gt=now + 2 * GOOD_FOR)
    mine = Duty.objects.filter(is_free | is_beyond_belief, name=SCHEDULE)
    return bool(mine.update(holder=holder, held_until=now + GOOD_FOR))


def note_run(holder: str, *, now: datetime) -> None:
    """Note that the schedule has run, for `ownkey doctor`."""
    Duty.objects.filter(name=SCHEDULE, holder=holder).update(ran_at=now)


def give_back(holder: str, *, now: datetime) -> None:
    """Let another process have the duty at once."""
    Duty.objects.filter(name=SCHEDULE, holder=holder).update(holder="", held_until=now)


def last_run() -> datetime | None:
    """Return when the schedule ran last, None if it never has."""
    return Duty.objects.filter(name=SCHEDULE).values_list("ran_at", flat=True).first()
