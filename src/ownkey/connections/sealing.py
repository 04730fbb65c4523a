"""Sealing credentials into their rows and opening them again; every envelope is bound to its row."""

import functools
from pathlib import Path

from django.conf import settings

from ownkey.connections.errors import KeyUnusableError, SecretUnreadableError
from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.secret import Secret
from ownkey.vault.envelope import Context, open_envelope, seal
from ownkey.vault.errors import KeyFileError, VaultError
from ownkey.vault.key_file import load_key_file, load_or_create_key_file
from ownkey.vault.key_ring import KeyRing

MAIN_OWNER = "main"


def key_ring() -> KeyRing:
    """Return the ring in the data directory's key file; the file is read once.

    Raises:
        ownkey.vault.errors.KeyFileError: It cannot be used; once something is sealed, it is never made anew.
    """
    return _key_ring_in(settings.OWNKEY.key_file)


@functools.cache
def _key_ring_in(path: Path) -> KeyRing:
    is_in_use = any(
        table.objects.exclude(envelope=b"").exists() for table in (AlmAccount, Credential, Candidate)
    )
    return load_key_file(path) if is_in_use else load_or_create_key_file(path)


def seal_for(row: AlmAccount | Credential | Candidate, secret: Secret, *, version: int) -> bytes:
    """Return an envelope that opens only in this row at this version.

    Raises:
        KeyUnusableError: There is no usable key; nothing is ever kept unsealed.
    """
    try:
        return seal(secret, ring=key_ring(), context=_context_of(row, version=version))
    except KeyFileError as error:
        raise KeyUnusableError from error


def open_in(row: AlmAccount | Credential | Candidate) -> Secret:
    """Return the secret of a row.

    Raises:
        SecretUnreadableError: It does not open here, or not with today's key.
    """
    version = 0 if isinstance(row, Candidate) else row.version
    try:
        return open_envelope(bytes(row.envelope), ring=key_ring(), context=_context_of(row, version=version))
    except VaultError as error:
        raise SecretUnreadableError from error


def _context_of(row: AlmAccount | Credential | Candidate, *, version: int) -> Context:
    match row:
        case AlmAccount():
            owner, alm_account = MAIN_OWNER, str(row.pk)
        case Credential():
            owner, alm_account = str(row.user_id), str(row.alm_account_id)
        case Candidate():
            owner = MAIN_OWNER if row.is_main else str(row.user_id)
            alm_account = str(row.alm_account_id or "")
    return Context(
        table=row._meta.db_table,  # noqa: SLF001 Django's public name for it
        row_id=str(row.pk),
        owner=owner,
        alm_account=alm_account,
        version=version,
    )
