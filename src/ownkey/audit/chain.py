"""The chain: each entry's hash covers the entry, its place and the hash before it. Pure; format 1.

    hash(n) = SHA-256( hash(n - 1) || encoding of entry n )        hash(0) = GENESIS

The encoding is injective: every field is preceded by its length, and there is one way to write each value.
The hash alone could be computed by anybody who can write to the database, so each entry also carries a
signature of its hash, made with a key from the key file (`keys.py`). The encoding names that key.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from ownkey.audit.entry import Detail, NewEntry

GENESIS: Final = hashlib.sha256(b"ownkey record, format 1").digest()
_DOMAIN: Final = b"ownkey record entry, format 1"


def chained(previous: bytes, *, number: int, key_id: str, entry: NewEntry) -> bytes:
    """Return the hash of the entry that stands at a place in the chain.

    Args:
        previous: The 32 bytes of the hash before it; `GENESIS` for the first.
        number: Its place; the first is 1.
        key_id: Which key signs the hash.
        entry: What happened.
    """
    return hashlib.sha256(previous + encoded(number=number, key_id=key_id, entry=entry)).digest()


def encoded(*, number: int, key_id: str, entry: NewEntry) -> bytes:
    """Return the one encoding of an entry at a place: two that differ in anything have different ones."""
    fields = (
        _DOMAIN,
        str(number).encode(),
        key_id.encode(),
        time_text(entry.at).encode(),
        entry.action.encode(),
        entry.actor.encode(),
        entry.subject.encode(),
        entry.alm_account.encode(),
        entry.outcome.value.encode(),
        details_text(entry.details).encode(),
    )
    return b"".join(len(value).to_bytes(8, "big") + value for value in fields)


def time_text(at: datetime) -> str:
    """Return a moment in UTC, to the microsecond, always in the same form."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def details_text(details: Mapping[str, Detail]) -> str:
    """Return details as JSON that has one form only; it is kept in this very form."""
    return json.dumps(dict(details), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
