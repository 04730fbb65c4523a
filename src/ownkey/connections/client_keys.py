"""Client keys: for one person and one ALM account, shown once, kept as a keyed hash, revoked for good."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils import timezone

from ownkey import client_key
from ownkey.audit.record import record
from ownkey.client_key import ClientKey as ClientKeyText
from ownkey.client_key import ClientKeyHasher
from ownkey.connections.errors import (
    ClientKeyError,
    NoSuchClientKeyError,
    ScopesNotInProfileError,
    SuspendedOwnerError,
    TooManyClientKeysError,
)
from ownkey.connections.models import AlmAccount, ClientKey
from ownkey.connections.sealing import key_ring
from ownkey.people.acts import Asks, By, act, refuse_other_than_owner
from ownkey.people.models import User
from ownkey.people.names import problem_with
from ownkey.people.signed_in import SignedIn
from ownkey.scopes.requirement import Scope
from ownkey.vault.key_keeper import KeyKeeper
from ownkey.vault.key_ring import KeyRing
from ownkey.vault.keyed_hash import hash_keys

MOST_ACTIVE_KEYS = 50
LONGEST_NAME = 80
USUAL_LIFE = timedelta(days=90)
OVER = "That day is over: client keys end by UTC, where it may be tomorrow already. Choose a later day."


class KeyState(StrEnum):
    """Whether a client key opens anything now; the value is also its `data-state`."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    """It has not ended, and every call with it is refused: see `client_key_states`."""
    EXPIRED = "expired"
    REVOKED = "revoked"

    @property
    def word(self) -> str:
        """What people see."""
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client key is narrowed to, beyond its person's token and the scope profile.

    Attributes:
        scopes: The only scopes that it may use, or None for all of the profile.
        read_only: Whether it may only call operations that read.
    """

    scopes: frozenset[Scope] | None = None
    read_only: bool = False


EVERYTHING = Allowance()


@dataclass(frozen=True, slots=True)
class Issued:
    """A new client key, and its whole text, which is known only now."""

    row: ClientKey
    text: str = field(repr=False)


@act(
    to="make a client key",
    by=By.OWNER,
    asks=Asks.ALWAYS,
    because="The key is shown, and works as the person until it is revoked.",
)
def issue_client_key(  # noqa: PLR0913 everything about a key is decided when it is made
    user: User,
    account: AlmAccount,
    *,
    name: str,
    allowance: Allowance = EVERYTHING,
    expires_on: date | None,
    actor: object,
    signed_in: SignedIn,
) -> Issued:
    """Make a client key that opens one ALM account as one person.

    Args:
        user: Whom calls made with it are made for.
        account: The ALM account.
        name: Which tool it is for, in the person's words.
        allowance: What it is narrowed to.
        expires_on: The last day on which it works (UTC), or None for a key without an end.
        actor: Who makes it: the person, or the operator.
        signed_in: How recently the actor signed in.

    Raises:
        ClientKeyError: It was not made; the message says why.
    """
    refuse_other_than_owner(user, actor=actor, signed_in=signed_in, flow=issue_client_key)
    tidy = checked_name(name)
    _refuse_suspended(user)
    _refuse_foreign_scopes(allowance, account)
    now = timezone.now()
    if active_keys(user, now=now).count() >= MOST_ACTIVE_KEYS:
        raise TooManyClientKeysError(
            f"A person may have {MOST_ACTIVE_KEYS} client keys at once. Revoke one that is not used any more."
        )
    expires_at = _end_of(expires_on)
    if expires_at is not None and expires_at <= now:
        raise ClientKeyError(
            "That day is over: client keys end by UTC, where it may be tomorrow already. Choose a later day."
        )
    key, ring = client_key.issue_client_key(), key_ring()
    row = ClientKey.objects.create(
        id=key.key_id,
        user=user,
        alm_account=account,
        name=tidy,
        key_hash=hasher_of(ring).hash(key),
        hashed_with=ring.primary.id,
        scopes=None if allowance.scopes is None else sorted(allowance.scopes),
        read_only=allowance.read_only,
        expires_at=expires_at,
        created_at=now,
    )
    record(
        "client-key.made",
        actor=actor,
        subject=_subject_of(row),
        alm_account=account.slug,
        details={
            "id": row.pk,
            "name": row.name,
            "scopes": row.scopes,
            "read_only": row.read_only,
            "expires_on": str(expires_on or ""),
        },
    )
    return Issued(row, key.text())


@act(
    to="revoke another person's client key",
    by=By.OWNER_OR_ADMINISTRATOR,
    asks=Asks.FOR_OTHERS,
    because="One's own key is revoked in a hurry, when it was lost; another person's tools stop with theirs.",
)
def revoke_client_key(
    key_id: str, *, actor: object, signed_in: SignedIn, owner: User | None = None
) -> ClientKey:
    """Make a client key worthless, for good and at once; return it.

    Args:
        key_id: The public part of the key.
        actor: Who revokes it: its person, an administrator, or the operator.
        signed_in: How recently the actor signed in.
        owner: If given, only a key of this person is revoked.

    Raises:
        NoSuchClientKeyError: There is no such key, or it is revoked already: the two are not told apart.
    """
    keys = ClientKey.objects.filter(pk=key_id, revoked_at=None)
    if owner is not None:
        keys = keys.filter(user=owner)
    row = keys.select_related("user", "alm_account").first()
    if row is None:
        raise NoSuchClientKeyError
    refuse_other_than_owner(row.user, actor=actor, signed_in=signed_in, flow=revoke_client_key)
    row.revoked_at = timezone.now()
    if not keys.update(revoked_at=row.revoked_at):
        raise NoSuchClientKeyError
    record(
        "client-key.revoked",
        actor=actor,
        subject=_subject_of(row),
        alm_account=row.alm_account.slug,
        details={"id": row.pk, "name": row.name},
    )
    return row


def list_client_keys(user: User | None = None) -> Sequence[ClientKey]:
    """Return somebody's client keys, or everybody's, the newest first."""
    keys = ClientKey.objects.select_related("user", "alm_account")
    return list(keys if user is None else keys.filter(user=user))


def active_keys(user: User, *, now: datetime) -> QuerySet[ClientKey]:
    """Return the client keys of a person that work."""
    return ClientKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), user=user, revoked_at=None)


def key_state(row: ClientKey, *, now: datetime) -> KeyState:
    """Return where a client key is in its own life, whatever its person's credential is worth."""
    if row.revoked_at is not None:
        return KeyState.REVOKED
    if row.expires_at is not None and row.expires_at <= now:
        return KeyState.EXPIRED
    return KeyState.ACTIVE


def last_day_of(row: ClientKey) -> date | None:
    """Return the last day on which a client key works, or None if it has no end."""
    return None if row.expires_at is None else (row.expires_at - timedelta(microseconds=1)).date()


class RingHasher:
    """Recognises client keys hashed with any key of the ring in memory, without a look at a file."""

    def __init__(self, keeper: KeyKeeper) -> None:
        self._keeper = keeper
        self._ring = keeper.ring_in_memory
        self._hasher = hasher_of(self._ring)

    def matches(self, key: ClientKeyText, kept_hash: bytes) -> bool:
        """Whether this key is the one that the hash was kept of."""
        is_known = self._hasher.matches(key, kept_hash)
        if not is_known and self._keeper.ring_in_memory is not self._ring:
            self._ring = self._keeper.ring_in_memory
            self._hasher = hasher_of(self._ring)
            is_known = self._hasher.matches(key, kept_hash)
        return is_known


def hasher_of(ring: KeyRing) -> ClientKeyHasher:
    """Return what hashes client keys with the keys of a ring."""
    return ClientKeyHasher(*hash_keys(ring, purpose="client-key"))


def checked_name(name: str) -> str:
    """Return a client key's name with single spaces.

    Raises:
        ClientKeyError: It is empty, too long, or cannot be shown.
    """
    tidy = " ".join(name.split())
    if not tidy:
        raise ClientKeyError("Give the client key a name, so that you know later which tool has it.")
    if len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise ClientKeyError(
            f"A client key’s name has {LONGEST_NAME} characters at most, all of them visible."
        )
    if problem := problem_with(tidy):
        raise ClientKeyError(problem)
    return tidy


def _refuse_suspended(user: User) -> None:
    if not user.is_active:
        raise SuspendedOwnerError(f"{user.name} is suspended. Reinstate them on the People page first.")


def _refuse_foreign_scopes(allowance: Allowance, account: AlmAccount) -> None:
    if allowance.scopes is None:
        return
    if not allowance.scopes:
        raise ScopesNotInProfileError("Name at least one scope, or none to allow all of the scope profile.")
    foreign = allowance.scopes.difference(account.required_scopes)
    if foreign:
        raise ScopesNotInProfileError(_foreign_sentence(foreign, account))


def _foreign_sentence(foreign: Iterable[Scope], account: AlmAccount) -> str:
    return (
        f"The scope profile of {account.name} does not hold {', '.join(sorted(foreign))}. "
        "A client key can only have scopes of the profile."
    )


def _end_of(day: date | None) -> datetime | None:
    if day is None or day == date.max:  # there is no day after the last one
        return None
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)


def _subject_of(row: ClientKey) -> str:
    return f"{row.user.email} at {row.alm_account.slug}"
