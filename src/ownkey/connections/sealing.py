"""Sealing credentials into their rows and opening them again; every envelope is bound to its row."""

from ownkey.connections.errors import KeyUnusableError, SecretUnreadableError
from ownkey.connections.models import AlmAccount, Candidate, Credential
from ownkey.environment.process import key_keeper
from ownkey.mail.letters import mail_context
from ownkey.mail.models import StoredMail
from ownkey.people.models import FactorSecret
from ownkey.people.second_factors.sealing import factor_context
from ownkey.secret import Secret
from ownkey.vault.envelope import Context, key_id_of, open_envelope, seal
from ownkey.vault.errors import VaultError
from ownkey.vault.key_ring import KeyRing

MAIN_OWNER = "main"


def key_ring() -> KeyRing:
    """Return the key ring as it stands now; a file that has not changed is not read again.

    Raises:
        ownkey.vault.errors.VaultError: It cannot be read. It is never made here: a lost one is noticed.
    """
    return key_keeper().ring()


def seal_for(row: AlmAccount | Credential | Candidate, secret: Secret, *, version: int) -> bytes:
    """Return an envelope that opens only in this row at this version.

    Raises:
        KeyUnusableError: There is no usable key; nothing is ever kept unsealed.
    """
    # Within the transaction that saves the row: until that ends, no key is taken out of the ring.
    try:
        return seal(secret, ring=key_ring(), context=_context_of(row, version=version))
    except VaultError as error:
        raise KeyUnusableError from error


def open_in(
    row: AlmAccount | Credential | Candidate | FactorSecret | StoredMail, *, ring: KeyRing | None = None
) -> Secret:
    """Return the secret of a row.

    Args:
        row: Where the envelope lies.
        ring: Opens it in place of this installation's own ring.

    Raises:
        SecretUnreadableError: It does not open here, or not with today's key.
    """
    version = 0 if isinstance(row, Candidate | FactorSecret | StoredMail) else row.version
    try:
        envelope = bytes(row.envelope)
        opens = ring or key_keeper().ring_for(key_id_of(envelope))
        return open_envelope(envelope, ring=opens, context=_context_of(row, version=version))
    except VaultError as error:
        raise SecretUnreadableError from error


def _context_of(
    row: AlmAccount | Credential | Candidate | FactorSecret | StoredMail, *, version: int
) -> Context:
    match row:
        case FactorSecret():
            return factor_context(row)
        case StoredMail():
            return mail_context(row)
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
