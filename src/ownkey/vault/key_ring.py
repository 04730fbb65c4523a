"""The ring of key-encryption keys (KEKs): one wraps, all unwrap."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ownkey.vault.errors import UnknownKeyError

KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class KeyEncryptionKey:
    """One key that wraps data-encryption keys.

    Attributes:
        id: 1 to 64 ASCII letters, digits, `-` or `_`; it stands in every envelope, so it is no secret.
        created_at: When the key was made.
        material: 32 random bytes; never shown.
    """

    id: str
    created_at: datetime
    material: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not (
            0 < len(self.id) <= 64
            and self.id.isascii()
            and self.id.replace("-", "").replace("_", "").isalnum()
        ):
            raise ValueError("A key id is 1 to 64 ASCII letters, digits, '-' or '_'.")
        if len(self.material) != KEY_BYTES:
            raise ValueError(f"A key-encryption key is {KEY_BYTES} bytes long.")
        if self.created_at.tzinfo is None:
            raise ValueError("A key's time of creation names its time zone.")


@dataclass(frozen=True, slots=True, eq=False)
class KeyRing:
    """The primary key, which wraps, and older ones, which only unwrap."""

    primary: KeyEncryptionKey
    older: tuple[KeyEncryptionKey, ...] = ()

    def __post_init__(self) -> None:
        ids = [key.id for key in self.keys]
        if len(set(ids)) != len(ids):
            raise ValueError("Two keys of a ring have the same id.")

    @property
    def keys(self) -> tuple[KeyEncryptionKey, ...]:
        """Return all keys, the primary one first."""
        return (self.primary, *self.older)

    def key(self, key_id: str) -> KeyEncryptionKey:
        """Return the key with an id.

        Raises:
            UnknownKeyError: The ring does not hold it.
        """
        for key in self.keys:
            if key.id == key_id:
                return key
        raise UnknownKeyError(
            "This secret was sealed with a key that is not in the key file: restore the key file that "
            "belongs to this database."
        )

    def with_new_primary(self, key: KeyEncryptionKey) -> "KeyRing":
        """Return a ring in which a new key wraps and all others only unwrap."""
        return KeyRing(primary=key, older=self.keys)

    def without(self, key_id: str) -> "KeyRing":
        """Return a ring that does not hold an older key any more.

        Raises:
            UnknownKeyError: The ring does not hold it.
            ValueError: It is the primary key.
        """
        if self.key(key_id) is self.primary:
            raise ValueError("The primary key stays in its ring.")
        return KeyRing(primary=self.primary, older=tuple(key for key in self.older if key.id != key_id))


def new_key(*, created_at: datetime) -> KeyEncryptionKey:
    """Return a fresh random key."""
    return KeyEncryptionKey(
        id=secrets.token_hex(8), created_at=created_at, material=secrets.token_bytes(KEY_BYTES)
    )
