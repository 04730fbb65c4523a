"""Signing hashes of the record with keys derived from the vault's ring, which no database holds."""

import functools
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ownkey.environment.process import key_keeper
from ownkey.vault.errors import VaultError
from ownkey.vault.key_ring import KeyRing
from ownkey.vault.keyed_hash import hash_keys


class Signature(Enum):
    """What a look at a signature tells."""

    GOOD = "good"
    BAD = "bad"
    KEY_GONE = "key-gone"
    """It names a key that is not in the ring (any more)."""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """One key for each of the ring's, for one purpose; the primary's signs, all of them check."""

    primary_id: str
    by_id: Mapping[str, bytes] = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the primary key's signature (HMAC-SHA256)."""
        return _mac(self.by_id[self.primary_id], message)

    def check(self, message: bytes, signature: bytes, *, key_id: str) -> Signature:
        """Return whether a signature was made with the key that it names."""
        key = self.by_id.get(key_id)
        if key is None:
            return Signature.KEY_GONE
        return Signature.GOOD if hmac.compare_digest(_mac(key, message), signature) else Signature.BAD


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """The keys that sign entries, and those that sign heads: neither can pass for the other."""

    entries: SigningKeys
    heads: SigningKeys


@functools.lru_cache(maxsize=4)
def keys_of(ring: KeyRing) -> RecordKeys:
    """Return the record's keys for a ring."""
    return RecordKeys(entries=_derived(ring, "record-entry"), heads=_derived(ring, "record-head"))


def record_keys() -> RecordKeys:
    """Return the keys of this installation as they stand now.

    While the key file or what unwraps it is away, those in memory serve: a record that goes on is worth more
    than one that stops, and they were right a moment ago.

    Raises:
        ownkey.vault.errors.VaultError: There are none: nothing can be recorded.
    """
    keeper = key_keeper()
    try:
        return keys_of(keeper.ring())
    except VaultError:
        return keys_of(keeper.ring_in_memory)


def _derived(ring: KeyRing, purpose: str) -> SigningKeys:
    ids = (key.id for key in ring.keys)
    return SigningKeys(ring.primary.id, dict(zip(ids, hash_keys(ring, purpose=purpose), strict=True)))


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)
