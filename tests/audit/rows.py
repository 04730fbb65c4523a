"""A record in memory: keys, entries and the rows that they are kept as."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ownkey.audit.chain import GENESIS
from ownkey.audit.entry import NewEntry
from ownkey.audit.head import Head
from ownkey.audit.keys import RecordKeys, keys_of
from ownkey.audit.storing import Row, as_row, chain_on
from ownkey.audit.verifying import Verification, verify
from ownkey.vault.key_ring import KeyEncryptionKey, KeyRing

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def vault_key(name: str) -> KeyEncryptionKey:
    """Return a made-up key of the vault."""
    return KeyEncryptionKey(id=name, created_at=NOON, material=name.encode().ljust(32, b"-"))


OLD, NEW, FOREIGN = vault_key("old"), vault_key("new"), vault_key("foreign")
KEYS = keys_of(KeyRing(NEW, (OLD,)))
OLD_KEYS = keys_of(KeyRing(OLD))
AFTER_RETIREMENT = keys_of(KeyRing(NEW))


def entries(count: int, *, action: str = "person.suspended") -> list[NewEntry]:
    """Return things that happened, a minute apart."""
    return [
        NewEntry(
            at=NOON + timedelta(minutes=n),
            action=action,
            actor="alice@acme.example",
            subject=f"person-{n}@acme.example",
            details={"n": n},
        )
        for n in range(count)
    ]


def chained_rows(
    new: Sequence[NewEntry], *, keys: RecordKeys = KEYS, after: int = 0, previous: bytes = GENESIS
) -> list[Row]:
    """Return the rows of a record."""
    return [as_row(stored) for stored in chain_on(new, after=after, previous=previous, keys=keys)]


def verified(
    rows: Sequence[Row],
    *,
    keys: RecordKeys = KEYS,
    cuts: Mapping[int, bytes] | None = None,
    kept: Head | None = None,
) -> Verification:
    """Return what reading the rows in the order of their numbers tells, as the database hands them out."""
    in_order = sorted(rows, key=lambda row: row[0] if type(row[0]) is int else -1)
    return verify(in_order, keys=keys, cuts=cuts or {}, kept=kept)
