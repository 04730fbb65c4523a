"""A way on after keys of the vault were lost for good: nothing that opens is touched, the rest begins anew.

What is sealed with a lost key can never be opened again, by anybody. So it is destroyed, its owners are told
to connect again, and the record says what happened and how far it had come by then: its older entries were
signed with keys that are gone.
"""

from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.utils import timezone

from ownkey.audit.keys import Signature
from ownkey.audit.record import record
from ownkey.audit.storing import last_of_chain
from ownkey.audit.vouching import newest_signature
from ownkey.connections import key_uses, lost_keys
from ownkey.connections.lost_keys import Unopenable
from ownkey.connections.states import KEY_LOST
from ownkey.environment.process import key_keeper
from ownkey.environment.values import Environment
from ownkey.people.links import forget_links, live_links_by_key
from ownkey.vault.key_file import is_missing
from ownkey.vault.key_ring import KeyRing, new_key


class OtherKeysError(Exception):
    """The keys at hand are those of another database."""

    code = "other-keys"


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost.

    Attributes:
        key_ids: The keys that something needs and that are not there; "" for those that cannot be told.
        unopenable: What only they open or recognise.
        links: How many invitations and set-up links only they recognise.
        has_no_keys: Whether there was no key at all.
    """

    key_ids: tuple[str, ...]
    unopenable: Unopenable
    links: int
    has_no_keys: bool

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is lost."""
        return self.unopenable.is_empty and not (self.key_ids or self.links or self.has_no_keys)


def find_loss(environment: Environment) -> Loss:
    """Return what is lost; nothing is changed.

    Raises:
        VaultError: There are keys, and they cannot be read: that can be put right, so nothing is lost yet.
        OtherKeysError: They are another database's.
    """
    has_no_keys = environment.key_ring is None and is_missing(environment.key_file)
    # With a key of this moment, which nothing was ever sealed with, nothing opens.
    ring = KeyRing(new_key(created_at=timezone.now())) if has_no_keys else key_keeper().ring()
    _refuse_impostors(ring)
    lost = _lost_keys(ring)
    links = sum(count for key_id, count in live_links_by_key().items() if key_id in lost)
    return Loss(tuple(sorted(lost)), lost_keys.find_unopenable(ring), links, has_no_keys)


def replace_lost(environment: Environment, *, actor: object) -> Loss:
    """Make a key if there is none, and let go of everything that does not open; return what that was.

    It can be stopped at any moment and run again. What opens is not touched, whatever runs meanwhile.

    Raises:
        VaultError: There are keys, and they cannot be read.
        OtherKeysError: They are another database's.
    """
    has_no_keys = environment.key_ring is None and is_missing(environment.key_file)
    ring = key_keeper().ensure(may_create=True)
    _refuse_impostors(ring)
    with transaction.atomic():
        lost = _lost_keys(ring)
        unopenable = lost_keys.find_unopenable(ring)
        links = sum(count for key_id, count in live_links_by_key().items() if key_id in lost)
        loss = Loss(tuple(sorted(lost)), unopenable, links, has_no_keys)
        if not loss.is_nothing:
            _record(loss, ring, actor=actor)
            lost_keys.let_go(unopenable, actor=actor)
            for invitation in forget_links(lost):
                record(
                    "invitation.revoked",
                    actor=actor,
                    subject=invitation.email,
                    details={"reason": KEY_LOST},
                )
    return loss


def _record(loss: Loss, ring: KeyRing, *, actor: object) -> None:
    """Say what was lost, and what the record's last entry was that the lost keys could vouch for."""
    with connection.cursor() as cursor:
        number, hashed = last_of_chain(cursor)
    record(
        "vault-key.lost",
        actor=actor,
        subject=ring.primary.id,
        details={
            "keys": [key_id or "unknown" for key_id in loss.key_ids],
            "through": number,
            "head": hashed.hex(),
            "credentials": len(loss.unopenable.credentials),
            "main_credentials": len(loss.unopenable.main_credentials),
            "client_keys": len(loss.unopenable.client_keys),
            "second_factors": len(loss.unopenable.factor_secrets),
            "mails": len(loss.unopenable.mails),
            "links": loss.links,
        },
    )


def _lost_keys(ring: KeyRing) -> frozenset[str]:
    """Return the keys that something needs and that a ring does not hold."""
    needed = key_uses.envelopes_by_key() + key_uses.client_keys_by_key() + live_links_by_key()
    named = {key_id for key_id in needed if key_id}
    return frozenset(named - {key.id for key in ring.keys})


def _refuse_impostors(ring: KeyRing) -> None:
    """Refuse a ring with a key that has the name of the one that was used, and is another.

    Two things tell, and both have to: the record, whose entries were signed with it, and what it has sealed.
    Such keys are not for this database, so they are not touched either.
    """
    shut = key_uses.keys_that_open_nothing(ring, using=DEFAULT_DB_ALIAS)
    sealing = key_uses.envelopes_by_key()
    for key in ring.keys:
        opens_something = key.id in sealing and key.id not in shut
        if not opens_something and newest_signature(ring, key_id=key.id) is Signature.BAD:
            raise OtherKeysError(
                f"The keys at hand hold another key by the name {key.id} than the one that was used: they "
                "belong to another database, and were left alone. If the right ones are lost for good, move "
                "the key file away and keep it (or give OWNKEY_KEYS a key that ownkey keys "
                "generate prints), and run this again."
            )
