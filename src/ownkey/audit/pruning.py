"""Retention: the beginning of the record cut off, with an entry in the record that vouches for the cut.

The entry names the last number that was cut and its hash, and it is chained and signed like every other. So
what is left can be verified from its first entry on, and nobody can cut more off than entries say.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from ownkey.audit.record import record
from ownkey.audit.storing import TABLE
from ownkey.audit.verifying import PRUNED, BadEntry, verify_record


class BrokenRecordError(Exception):
    """The record is not whole; pruning it would destroy the proof."""

    code = "record-broken"

    def __init__(self, bad: BadEntry) -> None:
        super().__init__(
            f"{bad.message} A record that is not whole is not pruned: export it and find out why."
        )


@dataclass(frozen=True, slots=True)
class Pruning:
    """What was, or would be, cut off: how many entries, and the last one's number."""

    entries: int
    through: int


def prunable(*, before: datetime) -> Pruning:
    """Return what is older than a moment: everything before the first entry that is not."""
    kept, last, count = 0, 0, 0
    adapted = connection.ops.adapt_datetimefield_value(before)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MIN(number) FROM {TABLE} WHERE at >= %s", [adapted])  # noqa: S608 no values
        kept = cursor.fetchone()[0]
        cursor.execute(
            f"SELECT MAX(number), COUNT(*) FROM {TABLE} WHERE %s IS NULL OR number < %s",  # noqa: S608 see above
            [kept, kept],
        )
        last, count = cursor.fetchone()
    return Pruning(entries=count, through=last or 0)


def prune(*, before: datetime, actor: object) -> Pruning:
    """Cut off what is older than a moment and return how much that was; nothing if there is nothing.

    Raises:
        BrokenRecordError: The record is not whole; nothing was cut.
    """
    bad = verify_record().bad
    if bad is not None:
        raise BrokenRecordError(bad)
    with transaction.atomic():
        cut = prunable(before=before)
        if not cut.entries:
            return cut
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT hash FROM {TABLE} WHERE number = %s", [cut.through])  # noqa: S608 no values
            hashed = bytes(cursor.fetchone()[0])
            record(
                PRUNED,
                actor=actor,
                details={
                    "through": cut.through,
                    "hash": hashed.hex(),
                    "entries": cut.entries,
                    "before": before.date().isoformat(),
                },
            )
            cursor.execute(f"DELETE FROM {TABLE} WHERE number <= %s", [cut.through])  # noqa: S608 no values
    return cut
