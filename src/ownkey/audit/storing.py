"""Entries into the table and out of it again, exactly as they are kept."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from ownkey.audit.chain import GENESIS, chained, details_text
from ownkey.audit.entry import NewEntry, Outcome
from ownkey.audit.keys import RecordKeys, record_keys
from ownkey.audit.models import Entry

TABLE: Final = Entry._meta.db_table  # noqa: SLF001 Django's public name for it
COLUMNS: Final = "number, at, action, actor, subject, alm_account, outcome, details, key_id, hash, signature"
# As text: the driver would make a datetime of it, and what cannot be one would stop the reading.
_AS_KEPT: Final = COLUMNS.replace("at,", "CAST(at AS TEXT),", 1)
INSERT: Final = f"INSERT INTO {TABLE} ({COLUMNS}) VALUES ({', '.join(['%s'] * 11)})"  # noqa: S608 no values
_LAST: Final = f"SELECT number, hash FROM {TABLE} ORDER BY number DESC LIMIT 1"  # noqa: S608 see above
_READ_AT_ONCE: Final = 500

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it is kept: what happened, its place, its hash, and the hash's signature."""

    number: int
    entry: NewEntry
    key_id: str
    hash: bytes
    signature: bytes


class UnreadableRowError(Exception):
    """A row is not what Ownkey writes. `number` is its place as far as it can be told."""

    def __init__(self, number: object) -> None:
        super().__init__("A row of the record is not in the form that Ownkey writes.")
        self.number = number if type(number) is int else 0


def append(entries: Sequence[NewEntry], *, keys: RecordKeys | None = None) -> list[Stored]:
    """Add entries to the end of the chain, in one transaction, and return them at their places.

    Transactions that write take their lock at the start (SQLite's `IMMEDIATE`), so nobody else adds
    anything between the look at the last entry and the commit: the chain has no gaps and no forks,
    however many processes write.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # Asked for within the transaction: until it ends, no key is taken out of the ring.
        keys = keys or record_keys()
        last, previous = last_of_chain(cursor)
        stored = chain_on(entries, after=last, previous=previous, keys=keys)
        cursor.executemany(INSERT, [as_row(each) for each in stored])
    return stored


def chain_on(entries: Sequence[NewEntry], *, after: int, previous: bytes, keys: RecordKeys) -> list[Stored]:
    """Return entries at the places after a number, each chained to the one before."""
    key_id = keys.entries.primary_id
    stored = []
    for number, entry in enumerate(entries, start=after + 1):
        previous = chained(previous, number=number, key_id=key_id, entry=entry)
        stored.append(Stored(number, entry, key_id, previous, keys.entries.sign(previous)))
    return stored


def last_of_chain(cursor: Any) -> tuple[int, bytes]:  # noqa: ANN401 Django's cursor has no public type
    """Return the last entry's number and hash; 0 and the chain's beginning if there is none."""
    cursor.execute(_LAST)
    row = cursor.fetchone()
    return (0, GENESIS) if row is None else (row[0], bytes(row[1]))


def rows(
    where: str = "", parameters: tuple[Any, ...] = (), *, using: str = DEFAULT_DB_ALIAS
) -> Iterator[Row]:
    """Yield rows as they are kept, in their order, a few at a time; all of them as of one moment.

    Args:
        where: A condition in SQL, without anything from outside.
        parameters: What its placeholders stand for.
        using: The database.
    """
    condition = f"WHERE {where}" if where else ""
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT {_AS_KEPT} FROM {TABLE} {condition} ORDER BY number",  # noqa: S608 see `where`
            parameters,
        )
        while some := cursor.fetchmany(_READ_AT_ONCE):
            yield from some


def as_row(stored: Stored) -> Row:
    """Return the one row that an entry is kept as."""
    entry = stored.entry
    return (
        stored.number,
        connection.ops.adapt_datetimefield_value(entry.at),
        entry.action,
        entry.actor,
        entry.subject,
        entry.alm_account,
        entry.outcome.value,
        details_text(entry.details),
        stored.key_id,
        stored.hash,
        stored.signature,
    )


def from_row(row: Row) -> Stored:
    """Return the entry that a row keeps.

    Raises:
        UnreadableRowError: It is not exactly as Ownkey writes it: what two readers could read in two ways
            is not believed.
    """
    number, at, action, actor, subject, alm_account, outcome, details, key_id, hashed, signature = row
    try:
        entry = NewEntry(
            at=datetime.fromisoformat(at).replace(tzinfo=UTC),
            action=action,
            actor=actor,
            subject=subject,
            alm_account=alm_account,
            outcome=Outcome(outcome),
            details=json.loads(details),
        )
        stored = Stored(number, entry, key_id, _blob(hashed), _blob(signature))
        kept = as_row(stored)
    except (AttributeError, TypeError, ValueError) as error:
        raise UnreadableRowError(number) from error
    # Types, too: SQLite would keep a number as text, or text as bytes.
    if kept != row or list(map(type, kept)) != list(map(type, row)) or type(key_id) is not str:
        raise UnreadableRowError(number)
    return stored


def _blob(value: object) -> bytes:
    """Return what a column of bytes holds; `bytes` of a number would fill the memory with zeros."""
    if not isinstance(value, bytes):
        raise TypeError
    return value
