"""Whose turn it is: the credentials that are to be re-checked now, the longest untried first.

What the schedule does not send is left out by the query, most of all what has expired.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db.models import F

from ownkey.connections.lifecycle.pauses import paused_places
from ownkey.connections.lifecycle.rechecks import Which
from ownkey.connections.lifecycle.slots import Turn, is_due, last_tried
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.state_queries import Conditions

_COLUMNS: Final = ("pk", "version", "checked_at", "tried_at", "unanswered_times")
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DueTurn:
    """A credential whose turn has come, and when it was tried last as it was read."""

    which: Which
    tried_at: datetime | None


def due_turns(now: datetime, *, today: date, most: int) -> list[DueTurn]:
    """Return at most so many turns that have come; those at Jiras that are to be left alone have not."""
    paused = paused_places(now)
    found: list[tuple[datetime, DueTurn]] = []
    for rows in (_main_credentials(today), _own_credentials(today)):
        for row in rows:
            turn = Turn(
                id=row["pk"],
                checked_at=row["checked_at"],
                tried_at=row["tried_at"],
                unanswered_times=row["unanswered_times"] or 0,
                changed_at=row["changed_at"],
            )
            if (row["cloud"] or row["site"]) not in paused and is_due(turn, now):
                due = DueTurn(Which(row["pk"], row["version"]), row["tried_at"])
                found.append((last_tried(turn, now) or _LONG_AGO, due))
    found.sort(key=lambda one: (one[0], str(one[1].which.id)))
    return [due for _, due in found[:most]]


def _main_credentials(today: date) -> list[dict[str, Any]]:
    rows = AlmAccount.objects.filter(Conditions(today).usable()).order_by()
    return list(
        rows.values(*_COLUMNS, cloud=F("cloud_id"), site=F("site_url"), changed_at=F("profile_changed_at"))
    )


def _own_credentials(today: date) -> list[dict[str, Any]]:
    rows = Credential.objects.filter(Conditions(today).usable(), user__is_active=True).order_by()
    return list(
        rows.values(
            *_COLUMNS,
            cloud=F("alm_account__cloud_id"),
            site=F("alm_account__site_url"),
            changed_at=F("alm_account__profile_changed_at"),
        )
    )
