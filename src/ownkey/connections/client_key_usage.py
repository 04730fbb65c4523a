"""Writing down how client keys were used: whole batches, without touching what they grant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from ownkey.connections.models import ClientKey, ClientKeyCalls

KEPT_FOR = timedelta(days=400)
"""How long counters are kept: a year, and the month that it is compared with."""

_CALLS = ClientKeyCalls._meta.db_table  # noqa: SLF001 Django's public name for it
_KEYS = ClientKey._meta.db_table  # noqa: SLF001 see above

# A key that has gone meanwhile takes its counters with it.
_ADD_CALLS = f"""
    INSERT INTO {_CALLS} (client_key_id, day, operation, outcome, through_main, calls)
    SELECT id, %s, %s, %s, %s, %s FROM {_KEYS} WHERE id = %s
    ON CONFLICT (client_key_id, day, operation, outcome, through_main)
    DO UPDATE SET calls = {_CALLS}.calls + excluded.calls
"""  # noqa: S608 the names of tables, and no values
_TOUCH = f"""
    UPDATE {_KEYS} SET calls = calls + %s, last_used_at = CASE
        WHEN last_used_at IS NULL OR last_used_at < %s THEN %s ELSE last_used_at END
    WHERE id = %s
"""  # noqa: S608 see above


@dataclass(frozen=True, slots=True)
class KeyCalls:
    """How often a client key made one operation end in one way."""

    key_id: str
    operation: str
    outcome: str
    calls: int
    through_main: bool = False


@transaction.atomic
def add_usage(calls: Iterable[KeyCalls], *, last_used_at: Mapping[str, datetime]) -> None:
    """Add a batch to what is known already; keys that are not there any more are passed over.

    A call counts for the day (UTC) on which its key was last used.
    """
    counted = [one for one in calls if one.key_id in last_used_at]
    sums: dict[str, int] = {}
    for one in counted:
        sums[one.key_id] = sums.get(one.key_id, 0) + one.calls
    adapt = connection.ops.adapt_datetimefield_value
    touched = {key_id: adapt(at) for key_id, at in last_used_at.items()}
    with connection.cursor() as cursor:
        cursor.executemany(_TOUCH, [(sums.get(key_id, 0), at, at, key_id) for key_id, at in touched.items()])
        cursor.executemany(
            _ADD_CALLS,
            [
                (
                    last_used_at[one.key_id].date(),
                    one.operation,
                    one.outcome,
                    one.through_main,
                    one.calls,
                    one.key_id,
                )
                for one in counted
            ],
        )


def forget_usage(*, before: date, most: int) -> int:
    """Remove some counters of the days before one, and return how many rows that were."""
    oldest = ClientKeyCalls.objects.filter(day__lt=before).values("pk")[:most]
    return ClientKeyCalls.objects.filter(pk__in=oldest).delete()[0]
