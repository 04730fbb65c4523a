"""What the vault's keys are in use for here: counting it, moving it to the primary, refusing wrong keys."""

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import BinaryField, Func, Q
from django.utils import timezone

from ownkey.connections.candidates import destroy_overdue
from ownkey.connections.errors import SecretUnreadableError
from ownkey.connections.models import AlmAccount, Candidate, ClientKey, Credential
from ownkey.connections.sealing import key_ring, open_in
from ownkey.mail.models import StoredMail
from ownkey.people.models import FactorSecret
from ownkey.vault.envelope import MAGIC, header_of, key_id_of, rewrap
from ownkey.vault.errors import CorruptEnvelopeError, EnvelopeError, LostKeyError, UnknownKeyError
from ownkey.vault.key_ring import KeyRing

_Sealed: TypeAlias = (
    type[AlmAccount] | type[Credential] | type[Candidate] | type[FactorSecret] | type[StoredMail]
)
SEALED: tuple[_Sealed, ...] = (AlmAccount, Credential, Candidate, FactorSecret, StoredMail)
"""The tables that hold envelopes. A test goes through all models and says so if one is missing."""

DAMAGED = ""
"""What envelopes are counted under whose header cannot be read."""

BATCH = 50
_LONGEST_HEADER = len(MAGIC) + 1 + 64


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What one go through all envelopes did.

    Attributes:
        moved: How many are sealed with the primary key now that were not before.
        stuck: How many are damaged, or sealed with a key that the ring does not hold.
    """

    moved: int
    stuck: int


def envelopes_by_key(*, using: str = DEFAULT_DB_ALIAS) -> Counter[str]:
    """Return how many envelopes each key has sealed; `DAMAGED` counts those that tell none."""
    return Counter(key_id for _table, _pk, key_id in _sealed_rows(using))


def client_keys_by_key(*, using: str = DEFAULT_DB_ALIAS) -> Counter[str]:
    """Return how many client keys that still open something each key has hashed; "" for not noted."""
    now = timezone.now()
    live = ClientKey.objects.using(using).filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
    return Counter(name or "" for name in live.values_list("hashed_with", flat=True))


def refuse_wrong_keys() -> None:
    """Refuse a ring that does not open the envelopes there are: one of each key is tried.

    Raises:
        LostKeyError: The ring does not hold a key that something is sealed with, or another of that name.
    """
    ring, tried = key_ring(), set()
    for table, pk, key_id in _sealed_rows(DEFAULT_DB_ALIAS):
        if key_id == DAMAGED or key_id in tried:
            continue
        tried.add(key_id)
        try:
            rewrap(_envelope(table, pk), ring=ring)
        except UnknownKeyError:
            raise LostKeyError(
                f"Saved tokens are sealed with the key {key_id}, which is not in the key ring: restore the "
                "key file (or OWNKEY_KEYS) that belongs to this database. Nothing was changed."
            ) from None
        except CorruptEnvelopeError:
            if not _opens_another(table, key_id, ring):
                raise LostKeyError(
                    f"Saved tokens do not open with the key {key_id} of the key ring: it is another key of "
                    "that name. Restore the key file (or OWNKEY_KEYS) that belongs to this database."
                ) from None


def keys_that_open_nothing(ring: KeyRing, *, using: str) -> Counter[str]:
    """Return, for each key with envelopes of which none opens, how many there are; empty if all is well.

    A few of each key are opened in their rows, secret and all, and thrown away.
    """
    opened: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for table, pk, key_id in _sealed_rows(using):
        if opened[key_id] == 0 and failed[key_id] < BATCH:
            (opened if _opens(table, pk, ring, using=using) else failed)[key_id] += 1
    counts = envelopes_by_key(using=using)
    return Counter({key_id: counts[key_id] for key_id in failed if not opened[key_id]})


def rows_that_do_not_open(ring: KeyRing) -> Iterator[tuple[_Sealed, uuid.UUID, str]]:
    """Yield every row whose secret does not open: its table, its key, and the id of the vault's key."""
    for table, pk, key_id in list(_sealed_rows(DEFAULT_DB_ALIAS)):
        if not _opens(table, pk, ring, using=DEFAULT_DB_ALIAS):
            yield table, pk, key_id


def is_anything_older(ring: KeyRing) -> bool:
    """Return whether an envelope is sealed with an older key of the ring."""
    older = {key.id for key in ring.older}
    return any(key_id in older for _table, _pk, key_id in _sealed_rows(DEFAULT_DB_ALIAS))


def rewrap_everything(ring: KeyRing) -> Rewrapped:
    """Move every envelope to the ring's primary key, a batch in a transaction; secrets are not opened.

    It can be stopped at any moment and started again; a row that is saved meanwhile keeps what was saved.
    """
    destroy_overdue(timezone.now())
    moved = stuck = 0
    for table in SEALED:
        after: uuid.UUID | None = None
        while batch := _next_batch(table, ring, after):
            done = _rewrap_batch(table, batch, ring)
            moved, stuck, after = moved + done.moved, stuck + done.stuck, batch[-1]
    return Rewrapped(moved, stuck)


@transaction.atomic
def _rewrap_batch(table: _Sealed, batch: list[uuid.UUID], ring: KeyRing) -> Rewrapped:
    moved = stuck = 0
    rows = table.objects.filter(pk__in=batch)
    for pk, envelope in rows.values_list("pk", "envelope"):
        try:
            # Only where it is still the one that was read: compare and swap.
            new = rewrap(bytes(envelope), ring=ring)
            moved += table.objects.filter(pk=pk, envelope=envelope).update(envelope=new)
        except EnvelopeError:
            stuck += 1
    return Rewrapped(moved, stuck)


def _next_batch(table: _Sealed, ring: KeyRing, after: uuid.UUID | None) -> list[uuid.UUID]:
    header = header_of(ring.primary.id)
    rows = (
        table.objects.exclude(envelope=b"")
        .annotate(header=_start_of_envelope(len(header)))
        .exclude(header=header)
        .order_by("pk")
    )
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.values_list("pk", flat=True)[:BATCH])


def _sealed_rows(using: str) -> Iterator[tuple[_Sealed, uuid.UUID, str]]:
    # The database of an older version, such as a backup's, has fewer tables.
    there = set(connections[using].introspection.table_names())
    for table in (each for each in SEALED if each._meta.db_table in there):  # noqa: SLF001 Django's public name
        rows = table.objects.using(using).exclude(envelope=b"").order_by()
        starts = rows.annotate(start=_start_of_envelope(_LONGEST_HEADER)).values_list("pk", "start")
        for pk, start in starts.iterator():
            yield table, pk, _key_id_in(bytes(start))


def _opens(table: _Sealed, pk: uuid.UUID, ring: KeyRing, *, using: str) -> bool:
    # Only what a seal is bound to: a table of an older version may lack other columns.
    bound = ("version", "user_id", "alm_account_id", "is_main")
    names = {field.attname for field in table._meta.concrete_fields}  # noqa: SLF001 Django's public name
    rows = table.objects.using(using).only("envelope", *(n for n in bound if n in names))
    try:
        open_in(rows.get(pk=pk), ring=ring)
    except SecretUnreadableError:
        return False
    return True


def _key_id_in(start: bytes) -> str:
    try:
        return key_id_of(start.ljust(1024, b"\x00"))
    except EnvelopeError:
        return DAMAGED


def _opens_another(table: _Sealed, key_id: str, ring: KeyRing) -> bool:
    """Return whether any other envelope of the key opens: then the first one was damaged, not the key."""
    header = header_of(key_id)
    rows = table.objects.annotate(header=_start_of_envelope(len(header))).filter(header=header)
    for pk in rows.values_list("pk", flat=True)[:BATCH]:
        envelope = _envelope(table, pk)
        try:
            rewrap(envelope, ring=ring)
        except EnvelopeError:
            continue
        return True
    return False


def _envelope(table: _Sealed, pk: uuid.UUID) -> bytes:
    return bytes(table.objects.only("envelope").get(pk=pk).envelope)


def _start_of_envelope(length: int) -> Func:
    return Func("envelope", 1, length, function="SUBSTR", output_field=BinaryField())
