"""Whether keys at hand vouch for the newest entries of a record: then they are those of its database."""

from django.db import DEFAULT_DB_ALIAS

from ownkey.audit.keys import Signature, keys_of
from ownkey.audit.storing import TABLE, UnreadableRowError, from_row, rows
from ownkey.vault.key_ring import KeyRing


def newest_signature(
    ring: KeyRing, *, key_id: str | None = None, using: str = DEFAULT_DB_ALIAS
) -> Signature | None:
    """Return what is to be said about the newest signature, None where there is none that can be read.

    Args:
        ring: The keys at hand.
        key_id: Look at the newest signature that names this key; by default at the newest of all.
        using: The database.
    """
    condition, parameters = ("key_id <> %s", ("",)) if key_id is None else ("key_id = %s", (key_id,))
    newest = f"number = (SELECT MAX(number) FROM {TABLE} WHERE {condition})"  # noqa: S608 no values
    for row in rows(newest, parameters, using=using):
        try:
            stored = from_row(row)
        except UnreadableRowError:
            return None
        return keys_of(ring).entries.check(stored.hash, stored.signature, key_id=stored.key_id)
    return None
