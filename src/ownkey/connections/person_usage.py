"""Writing down how people's pages called Jira: whole batches, counted by day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from ownkey.connections.client_key_usage import KeyCalls, add_usage
from ownkey.connections.models import AlmAccount, PersonCalls
from ownkey.people.models import User

_CALLS = PersonCalls._meta.db_table  # noqa: SLF001 Django's public name for it

# A person or an ALM account that has gone meanwhile takes its counters with it.
_ADD = f"""
    INSERT INTO {_CALLS} (user_id, alm_account_id, day, operation, outcome, through_main, calls)
    SELECT u.id, a.id, %s, %s, %s, %s, %s FROM {User._meta.db_table} u, {AlmAccount._meta.db_table} a
    WHERE u.id = %s AND a.slug = %s
    ON CONFLICT (user_id, alm_account_id, day, operation, outcome, through_main)
    DO UPDATE SET calls = {_CALLS}.calls + excluded.calls
"""  # noqa: S608, SLF001 the names of tables, and no values


@dataclass(frozen=True, slots=True)
class PageCalls:
    """How often a person's pages made one operation end in one way on one day (UTC)."""

    person_id: str
    account_slug: str
    day: date
    operation: str
    outcome: str
    calls: int
    through_main: bool = False


@transaction.atomic
def add_calls(
    by_keys: Iterable[KeyCalls], *, last_used_at: Mapping[str, datetime], by_pages: Iterable[PageCalls]
) -> None:
    """Add one batch of calls, by tools and by pages, whole or not at all."""
    add_usage(by_keys, last_used_at=last_used_at)
    add_person_usage(by_pages)


def add_person_usage(calls: Iterable[PageCalls]) -> None:
    """Add a batch to what is known already."""
    rows = [
        (one.day, one.operation, one.outcome, one.through_main, one.calls, one.person_id, one.account_slug)
        for one in calls
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_ADD, rows)


def forget_person_usage(*, before: date, most: int) -> int:
    """Remove some counters of the days before one, and return how many rows that were."""
    oldest = PersonCalls.objects.filter(day__lt=before).values("pk")[:most]
    return PersonCalls.objects.filter(pk__in=oldest).delete()[0]
