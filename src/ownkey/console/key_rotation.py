"""The operator's care of the vault's keys: list them, add a primary and move everything to it, retire one."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ownkey.audit.record import record
from ownkey.connections import key_uses
from ownkey.environment.process import key_keeper
from ownkey.people.links import live_links_by_key
from ownkey.vault.errors import FixedKeyRingError, UnknownKeyError
from ownkey.vault.key_ring import KeyRing, new_key


class KeyInUseError(Exception):
    """A key cannot be retired; the message says what still needs it."""

    code = "key-in-use"


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key of the vault and what it is in use for.

    Attributes:
        id: Its id; "" stands for what tells none.
        created_at: When it was made; None for one that the ring does not hold.
        is_primary: Whether new secrets are sealed with it.
        envelopes: How many secrets are sealed with it.
        hashes: How many client keys and links that still work were hashed with it.
    """

    id: str
    created_at: datetime | None
    is_primary: bool
    envelopes: int
    hashes: int

    @property
    def is_known(self) -> bool:
        """Whether the ring holds it."""
        return self.created_at is not None

    @property
    def is_in_use(self) -> bool:
        """Whether anything would be lost without it."""
        return self.is_primary or self.envelopes > 0 or self.hashes > 0


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did.

    Attributes:
        primary_id: The key that everything is sealed with now.
        is_new: Whether this very run made it; otherwise it continued an earlier one.
        moved: How many envelopes were moved to it.
        stuck: How many could not be, for they are damaged or their key is lost.
    """

    primary_id: str
    is_new: bool
    moved: int
    stuck: int


def list_keys() -> tuple[KeyFacts, ...]:
    """Return the ring's keys, the primary first, and then those that are named and not held.

    Raises:
        VaultError: The ring cannot be read.
    """
    ring = key_keeper().ring()
    envelopes, hashes = key_uses.envelopes_by_key(), _hashes_by_key()
    held = {key.id: key.created_at for key in ring.keys}
    named = sorted((envelopes.keys() | hashes.keys()) - held.keys())
    return tuple(
        KeyFacts(
            id=key_id,
            created_at=held.get(key_id),
            is_primary=key_id == ring.primary.id,
            envelopes=envelopes[key_id],
            hashes=hashes[key_id],
        )
        for key_id in (*held, *named)
    )


def rotate(*, actor: object) -> Rotation:
    """Add a primary key and move every envelope to it; if an earlier rotation did not end, end that instead.

    Whatever runs meanwhile goes on: older keys stay in the ring, and the new one is in its file, for good,
    before anything is sealed with it.

    Raises:
        VaultError: The ring cannot be read or changed; everything is as it was.
    """
    keeper = key_keeper()
    if keeper.is_fixed:
        return _rotate_fixed(keeper.ring(), actor=actor)
    with keeper.changing() as replace:
        ring = keeper.ring()
        is_new = keeper.is_awaiting_wrapping or not key_uses.is_anything_older(ring)
        if is_new:
            ring = ring.with_new_primary(new_key(created_at=timezone.now()))
            replace(ring)
        return _move(keeper.ring(), is_new=is_new, actor=actor)


def retire(key_id: str, *, actor: object) -> None:
    """Take an older key out of the ring for good.

    Raises:
        UnknownKeyError: The ring does not hold it.
        KeyInUseError: Something would not open any more.
        VaultError: The ring cannot be read or changed.
    """
    keeper = key_keeper()
    # The transaction holds the database's one write lock: whoever seals does so within a transaction too,
    # so nothing can be sealed with the key between the look and the change.
    with keeper.changing() as replace, transaction.atomic():
        ring = keeper.ring()
        if key_id not in {key.id for key in ring.keys}:
            raise UnknownKeyError("The key ring holds no key with this id. ownkey keys list shows them.")
        for key in list_keys():
            if key.id == key_id:
                _refuse_in_use(key)
            elif key.id == key_uses.DAMAGED and key.hashes:
                raise KeyInUseError(
                    f"{key.hashes} client keys are from before it was noted which key they need. Make them "
                    "anew, and revoke the old ones, before you retire a key."
                )
        record("vault-key.retired", actor=actor, subject=key_id)
        replace(ring.without(key_id))


def _rotate_fixed(ring: KeyRing, *, actor: object) -> Rotation:
    if not key_uses.is_anything_older(ring):
        raise FixedKeyRingError(
            "Everything is sealed with the first key of OWNKEY_KEYS already. To rotate, put a new key before "
            "it (ownkey keys generate prints one), restart Ownkey, and run ownkey keys rotate again."
        )
    return _move(ring, is_new=False, actor=actor)


def _move(ring: KeyRing, *, is_new: bool, actor: object) -> Rotation:
    if is_new:
        record("vault-key.added", actor=actor, subject=ring.primary.id)
    done = key_uses.rewrap_everything(ring)
    record(
        "vault-key.rotated",
        actor=actor,
        subject=ring.primary.id,
        details={"moved": done.moved, "stuck": done.stuck},
    )
    return Rotation(ring.primary.id, is_new, done.moved, done.stuck)


def _refuse_in_use(key: KeyFacts) -> None:
    if key.is_primary:
        raise KeyInUseError(
            "This is the primary key, which new tokens are sealed with. Run ownkey keys rotate first."
        )
    if key.envelopes:
        raise KeyInUseError(
            f"This key still seals {key.envelopes} saved tokens. Run ownkey keys rotate to move them, then "
            "try again."
        )
    if key.hashes:
        raise KeyInUseError(
            f"This key still recognises {key.hashes} client keys, invitations or set-up links. It can go "
            "when they have expired, or were revoked and made anew."
        )


def _hashes_by_key() -> Counter[str]:
    return key_uses.client_keys_by_key() + live_links_by_key()
