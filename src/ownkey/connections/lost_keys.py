"""What only lost keys of the vault open or recognise: let go, so that its owners can begin anew.

Nothing that opens is ever touched. A person's credential and an ALM account's main one stay as rows without a
secret, so that it is known whose they were; a tested token that waits is deleted; a client key is revoked.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from ownkey.audit.record import record
from ownkey.connections import derived, key_uses
from ownkey.connections.models import AlmAccount, Candidate, ClientKey, Credential
from ownkey.connections.saved_credentials import disconnected_columns, subject_of
from ownkey.connections.states import KEY_LOST
from ownkey.mail.models import StoredMail
from ownkey.mail.outbox import give_up
from ownkey.people.models import FactorSecret
from ownkey.people.second_factors.factors import let_go_of_factors
from ownkey.vault.key_ring import KeyRing


@dataclass(frozen=True, slots=True)
class Unopenable:
    """What does not open, or is not recognised, any more.

    Attributes:
        credentials: People's credentials.
        main_credentials: The ALM accounts whose main credential it is.
        candidates: Tested tokens that wait to be saved.
        client_keys: Client keys that would still be good.
        factor_secrets: What second factors are checked with.
        mails: Mails that wait to be sent.
    """

    credentials: tuple[uuid.UUID, ...] = ()
    main_credentials: tuple[uuid.UUID, ...] = ()
    candidates: tuple[uuid.UUID, ...] = ()
    client_keys: tuple[str, ...] = ()
    factor_secrets: tuple[uuid.UUID, ...] = ()
    mails: tuple[uuid.UUID, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether everything opens."""
        return not (
            self.credentials
            or self.main_credentials
            or self.candidates
            or self.client_keys
            or self.factor_secrets
            or self.mails
        )


def find_unopenable(ring: KeyRing) -> Unopenable:
    """Return what does not open with a ring, each row being tried."""
    found: dict[type[Any], list[uuid.UUID]] = {}
    for table, pk, _key_id in key_uses.rows_that_do_not_open(ring):
        found.setdefault(table, []).append(pk)
    return Unopenable(
        credentials=tuple(found.get(Credential, ())),
        main_credentials=tuple(found.get(AlmAccount, ())),
        candidates=tuple(found.get(Candidate, ())),
        client_keys=tuple(_client_keys_without(ring)),
        factor_secrets=tuple(found.get(FactorSecret, ())),
        mails=tuple(found.get(StoredMail, ())),
    )


def let_go(unopenable: Unopenable, *, actor: object) -> None:
    """Destroy what does not open and say so in the record; the caller's transaction holds all of it."""
    now = timezone.now()
    for credential in Credential.objects.filter(pk__in=unopenable.credentials).select_related(
        "user", "alm_account"
    ):
        derived.change(credential, {**disconnected_columns(KEY_LOST, now=now), "connected_at": None})
        _record_loss("credential.disconnected", subject_of(credential), actor=actor)
    for account in AlmAccount.objects.filter(pk__in=unopenable.main_credentials):
        derived.change(account, disconnected_columns(KEY_LOST, now=now))
        _record_loss("credential.disconnected", subject_of(account), actor=actor)
    Candidate.objects.filter(pk__in=unopenable.candidates).delete()
    give_up(unopenable.mails)
    let_go_of_factors(unopenable.factor_secrets, reason=KEY_LOST, actor=actor)
    for key in ClientKey.objects.filter(pk__in=unopenable.client_keys).select_related("user", "alm_account"):
        ClientKey.objects.filter(pk=key.pk).update(revoked_at=now)
        _record_loss(
            "client-key.revoked", f"{key.user.email} at {key.alm_account.slug}", actor=actor, id=key.pk
        )


def _record_loss(action: str, subject: str, *, actor: object, **details: str) -> None:
    record(action, actor=actor, subject=subject, details={"reason": KEY_LOST, **details})


def _client_keys_without(ring: KeyRing) -> Iterable[str]:
    """Return the client keys that are live and that no key of the ring recognises."""
    held = {key.id for key in ring.keys}
    oldest = min(key.created_at for key in ring.keys)
    live = ClientKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)
    for pk, name, created_at in live.values_list("pk", "hashed_with", "created_at"):
        # Which key hashed it was not always noted. One that is older than every key is nobody's any more.
        if name not in held if name else created_at < oldest:
            yield pk
