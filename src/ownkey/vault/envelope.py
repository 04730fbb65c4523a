"""Envelopes: seal a secret, open it again, move it to a newer key.

Layout of an envelope, format 1 (lengths in bytes):

    4   magic: "OKE" and the format version, 0x01
    1   length n of the key id
    n   key id, ASCII: which key-encryption key (KEK) wrapped the data key
    12  nonce of the wrapping
    48  data-encryption key (DEK): 32 bytes under AES-256-GCM with the KEK, tag included;
        associated data: everything before the nonce
    12  nonce of the secret
    *   the secret as UTF-8 under AES-256-GCM with the DEK, tag (16) included;
        associated data: `Context.canonical_bytes()`

Every envelope has a DEK of its own, so its nonce is never used twice with one key. The KEK's nonces are
random: a KEK should be replaced before it has wrapped 2**32 data keys. The context is bound to the secret
and not to the wrapping, so `rewrap` needs no context and an envelope still opens nowhere else. An envelope's
length tells the secret's length; API tokens of one kind have about the same, and it is no secret.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ownkey.secret import Secret
from ownkey.vault.errors import CorruptEnvelopeError, WrongContextError
from ownkey.vault.key_ring import KEY_BYTES, KeyRing

MAGIC: Final = b"OKE\x01"
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
WRAPPED_BYTES: Final = KEY_BYTES + TAG_BYTES
CONTEXT_LABEL: Final = "ownkey envelope context 1"

CORRUPT: Final = "The stored secret is damaged and cannot be opened: enter the token again."
WRONG_PLACE: Final = (
    "The stored secret was altered or does not belong to this row, so it was not opened: enter the token "
    "again, and find out who changed the database."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The place that an envelope belongs to; it opens nowhere else.

    Attributes:
        table: The database table.
        row_id: The row's primary key.
        owner: Whose secret it is; empty for an ALM account's main credential.
        alm_account: The ALM account that it signs in to.
        version: Counts the row's replacements, so that an older envelope cannot be put back.
    """

    table: str
    row_id: str
    owner: str
    alm_account: str
    version: int

    def canonical_bytes(self) -> bytes:
        """Return the one byte string for this context: a label and each field, each after its length."""
        fields = (CONTEXT_LABEL, self.table, self.row_id, self.owner, self.alm_account, str(self.version))
        encoded = [field.encode() for field in fields]
        return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    key_id: str
    wrapped_key: bytes
    """Nonce and wrapped data key."""
    sealed: bytes
    """Nonce and encrypted secret."""


def seal(secret: Secret, *, ring: KeyRing, context: Context) -> bytes:
    """Return an envelope that opens only with this ring and in this context."""
    data_key = secrets.token_bytes(KEY_BYTES)
    nonce = secrets.token_bytes(NONCE_BYTES)
    ciphertext = AESGCM(data_key).encrypt(nonce, secret.reveal().encode(), context.canonical_bytes())
    return header_of(ring.primary.id) + _wrap(data_key, ring=ring) + nonce + ciphertext


def open_envelope(envelope: bytes, *, ring: KeyRing, context: Context) -> Secret:
    """Return the secret in an envelope.

    Raises:
        CorruptEnvelopeError: It is not an envelope, or its wrapping was altered.
        UnknownKeyError: It was sealed with a key that the ring does not hold.
        WrongContextError: It was altered, or belongs to another place.
    """
    parts = _split(envelope)
    data_key = _unwrap(parts, ring=ring)
    nonce, ciphertext = parts.sealed[:NONCE_BYTES], parts.sealed[NONCE_BYTES:]
    try:
        return Secret(AESGCM(data_key).decrypt(nonce, ciphertext, context.canonical_bytes()).decode())
    except InvalidTag:
        raise WrongContextError(WRONG_PLACE) from None


def rewrap(envelope: bytes, *, ring: KeyRing) -> bytes:
    """Return the envelope with its data key wrapped by the ring's primary key; the secret is not opened.

    Raises:
        CorruptEnvelopeError: It is not an envelope, or its wrapping was altered.
        UnknownKeyError: It was sealed with a key that the ring does not hold.
    """
    parts = _split(envelope)
    data_key = _unwrap(parts, ring=ring)
    return header_of(ring.primary.id) + _wrap(data_key, ring=ring) + parts.sealed


def key_id_of(envelope: bytes) -> str:
    """Return the id of the key that an envelope was sealed with.

    Raises:
        CorruptEnvelopeError: It is not an envelope.
    """
    return _split(envelope).key_id


def header_of(key_id: str) -> bytes:
    """Return what every envelope begins with that was sealed with a key."""
    return MAGIC + bytes([len(key_id)]) + key_id.encode("ascii")


def _wrap(data_key: bytes, *, ring: KeyRing) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(ring.primary.material).encrypt(nonce, data_key, header_of(ring.primary.id))


def _unwrap(parts: _Parts, *, ring: KeyRing) -> bytes:
    key = ring.key(parts.key_id)
    nonce, wrapped = parts.wrapped_key[:NONCE_BYTES], parts.wrapped_key[NONCE_BYTES:]
    try:
        return AESGCM(key.material).decrypt(nonce, wrapped, header_of(parts.key_id))
    except InvalidTag:
        raise CorruptEnvelopeError(CORRUPT) from None


def _split(envelope: bytes) -> _Parts:
    id_starts_at = len(MAGIC) + 1
    if len(envelope) < id_starts_at or not envelope.startswith(MAGIC):
        raise CorruptEnvelopeError(CORRUPT)
    id_ends_at = id_starts_at + envelope[len(MAGIC)]
    wrapping_ends_at = id_ends_at + NONCE_BYTES + WRAPPED_BYTES
    if len(envelope) < wrapping_ends_at + NONCE_BYTES + TAG_BYTES:
        raise CorruptEnvelopeError(CORRUPT)
    try:
        key_id = envelope[id_starts_at:id_ends_at].decode("ascii")
    except UnicodeDecodeError:
        raise CorruptEnvelopeError(CORRUPT) from None
    return _Parts(
        key_id=key_id,
        wrapped_key=envelope[id_ends_at:wrapping_ends_at],
        sealed=envelope[wrapping_ends_at:],
    )
