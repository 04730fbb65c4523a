"""The log of calls that wrote to Jira, through which all processes of Ownkey hear of each other's."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from ownkey.calls.writes import Ref, Written
from ownkey.database.driver import Connection
from ownkey.workspace.models import JiraWrite

MOST_KEPT: Final = 10_000
KEPT_FOR: Final = timedelta(hours=6)
MOST_READ: Final = 1_000

_LATEST = "SELECT coalesce(max(number), 0) FROM workspace_jirawrite"
_READ = """
    SELECT number, account_slug, person_id, refs, at FROM workspace_jirawrite
    WHERE number > ? ORDER BY number LIMIT ?
"""


def add(writes: Sequence[Written]) -> None:
    """Write some down, and forget the oldest; the caller has a connection to the database."""
    rows = JiraWrite.objects.bulk_create(
        JiraWrite(
            account_slug=each.account_slug,
            person_id=each.person_id,
            refs=[list(ref) for ref in each.refs],
            at=each.at,
        )
        for each in writes
    )
    newest = rows[-1]
    JiraWrite.objects.filter(number__lte=newest.number - MOST_KEPT).delete()
    oldest = JiraWrite.objects.order_by("number").values_list("number", "at").first()
    if oldest is not None and oldest[1] < newest.at - KEPT_FOR:
        JiraWrite.objects.filter(at__lt=newest.at - KEPT_FOR).delete()


def latest(connection: Connection) -> int:
    """Return the number of the newest entry; 0 if there is none.

    Raises:
        DriverError: the database cannot be read.
    """
    number: int = connection.execute(_LATEST).fetchone()[0]
    return number


def read_since(connection: Connection, number: int) -> list[tuple[int, Written]]:
    """Return the entries after a number, oldest first, at most 1,000 of them.

    Raises:
        DriverError: the database cannot be read.
    """
    rows = connection.execute(_READ, (number, MOST_READ)).fetchall()
    return [(each[0], _written(*each[1:])) for each in rows]


def _written(account_slug: str, person_id: str, refs: str, at: str) -> Written:
    moment = datetime.fromisoformat(at)
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return Written(account_slug, person_id, tuple(Ref(*ref) for ref in json.loads(refs)), moment)
