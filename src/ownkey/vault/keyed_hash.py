"""Keyed hashes of secrets that Ownkey issues itself: set-up links, invitations, client keys.

Only the hash is stored. HMAC-SHA256 is enough because an issued secret is long and random, so it cannot be
guessed; without the key file a stolen database does not even allow a guess to be tried. The hash names the
key that it was made with, so it outlives a rotation for as long as the older key stays in the ring.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ownkey.secret import Secret
from ownkey.vault.key_ring import KEY_BYTES, KeyEncryptionKey, KeyRing


def keyed_hash(issued: Secret | str, *, ring: KeyRing, purpose: str) -> str:
    """Return what is stored in an issued secret's place: key id, a dot and 64 hex digits.

    Args:
        issued: The secret that was issued.
        ring: Its primary key makes the hash.
        purpose: What the secret is for; hashes for different purposes have nothing in common.
    """
    return _hash_with(ring.primary, issued, purpose=purpose)


def keyed_hashes(issued: Secret | str, *, ring: KeyRing, purpose: str) -> tuple[str, ...]:
    """Return every hash that an issued secret may be stored under: one for each key of the ring."""
    return tuple(_hash_with(key, issued, purpose=purpose) for key in ring.keys)


def key_id_of_hash(stored: str) -> str:
    """Return the id of the key that a stored hash was made with."""
    return stored.partition(".")[0]


def is_hash_of(issued: Secret | str, stored: str, *, ring: KeyRing, purpose: str) -> bool:
    """Return whether a stored hash stands for this secret, in the same time for a near miss and a far one."""
    # Every key is tried even after a match, for the same reason.
    matches = [
        hmac.compare_digest(candidate.encode(), stored.encode())
        for candidate in keyed_hashes(issued, ring=ring, purpose=purpose)
    ]
    return any(matches)


def hash_keys(ring: KeyRing, *, purpose: str) -> tuple[bytes, ...]:
    """Return the key of each of the ring's keys that hashes for a purpose, the primary's first.

    For whoever hashes thousands of times a second and cannot derive the key each time. They are secrets.
    """
    return tuple(_hash_key(key, purpose=purpose) for key in ring.keys)


def _hash_with(key: KeyEncryptionKey, issued: Secret | str, *, purpose: str) -> str:
    text = issued.reveal() if isinstance(issued, Secret) else issued
    hash_key = _hash_key(key, purpose=purpose)
    return f"{key.id}.{hmac.new(hash_key, text.encode(), hashlib.sha256).hexdigest()}"


def _hash_key(key: KeyEncryptionKey, *, purpose: str) -> bytes:
    info = b"ownkey keyed hash 1\x00" + purpose.encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key.material)
