"""From rows to a snapshot: whose key it is, and with which credential a call is made now."""

from contextlib import suppress
from datetime import date
from functools import lru_cache

from django.utils import timezone

from ownkey.atlassian.sites import SiteError
from ownkey.atlassian.wire import Credential as WireCredential
from ownkey.atlassian.wire import WireError, authorization_of, door_for
from ownkey.calls.grants import (
    Account,
    Connected,
    CredentialState,
    GrantsUnavailableError,
    ReadOnly,
    Snapshot,
    Standing,
    Withheld,
)
from ownkey.calls.means import ByClientKey
from ownkey.calls.refusals import Code
from ownkey.connections.acting import Acting, acting_for, acting_main
from ownkey.connections.checking import site_of
from ownkey.connections.client_key_states import key_standing
from ownkey.connections.errors import NotSavedError
from ownkey.connections.models import AlmAccount, ClientKey, Credential, Policy
from ownkey.connections.queries import credential_of
from ownkey.connections.required_scopes import proved_missing
from ownkey.connections.sealing import open_in
from ownkey.environment.process import current_environment, key_keeper
from ownkey.people.models import User
from ownkey.vault.errors import VaultError

# Written out: putting a query together costs the ORM ten times what SQLite takes to answer it, and after each
# change every key in use is read again.
_KEY = f"""
    SELECT k.*, u.email AS person_email FROM {ClientKey._meta.db_table} k
    JOIN {User._meta.db_table} u ON u.id = k.user_id
    WHERE k.id = %s AND k.revoked_at IS NULL AND u.is_active
"""  # noqa: S608, SLF001 names of tables, which Django makes public so
_ACCOUNT = f"""
    SELECT a.* FROM {AlmAccount._meta.db_table} a
    JOIN {ClientKey._meta.db_table} k ON k.alm_account_id = a.id WHERE k.id = %s
"""  # noqa: S608, SLF001 see above
_CREDENTIAL = f"""
    SELECT c.* FROM {Credential._meta.db_table} c
    JOIN {ClientKey._meta.db_table} k ON k.user_id = c.user_id AND k.alm_account_id = c.alm_account_id
    WHERE k.id = %s
"""  # noqa: S608, SLF001 see above


class CredentialUnusableError(GrantsUnavailableError):
    """A saved credential cannot be opened or sent, and nothing else may take its place."""


def snapshot_of(key_id: str, *, today: date) -> Snapshot | None:
    """Return what a client key grants, or None if it grants nothing to anybody.

    Raises:
        CredentialUnusableError: the saved credential does not open, or its site may not be spoken to.
    """
    key = next(iter(ClientKey.objects.raw(_KEY, [key_id])), None)
    if key is None:
        return None
    (account,) = AlmAccount.objects.raw(_ACCOUNT, [key_id])
    credential = next(iter(Credential.objects.raw(_CREDENTIAL, [key_id])), None)
    if credential is not None:
        credential.alm_account = account
    if key.hashed_with is not None:
        with suppress(VaultError):
            # After a rotation: whoever recognises client keys looks at the ring in memory alone.
            key_keeper().ring_for(key.hashed_with)
    state = credential_for(account, credential, today=today)
    return Snapshot(
        means=ByClientKey(key.pk),
        key_hash=bytes(key.key_hash),
        person_id=str(key.user_id),
        person=key.person_email,  # type: ignore[attr-defined]  # comes with the query
        account=account_of(account),
        credential=state,
        expires_at=key.expires_at,
        key_scopes=None if key.scopes is None else frozenset(key.scopes),
        read_only=ReadOnly.CLIENT_KEY if key.read_only else read_only_by_policy(account, state),
    )


def standing_for(key_id: str) -> Standing | None:
    """Return how the owner of a client key stands with its ALM account, as the pages show it."""
    key = (
        ClientKey.objects.filter(pk=key_id, revoked_at=None, user__is_active=True)
        .select_related("user", "alm_account")
        .first()
    )
    if key is None:
        return None
    credential = credential_of(key.user, key.alm_account)
    found = key_standing(key, credential, now=timezone.now())
    return Standing({**found.owner.as_json(), "client_key": found.as_json()})


def site_url_of(account_slug: str) -> str | None:
    """Return where an ALM account's site is, or None if there is no such account."""
    found = AlmAccount.objects.filter(slug=account_slug).values_list("site_url", flat=True).first()
    return None if found is None else found.rstrip("/")


def account_of(account: AlmAccount) -> Account:
    """Return what a call needs to know of an ALM account."""
    site_url = account.site_url.rstrip("/")
    return _shared_account(
        Account(
            slug=account.slug,
            site_url=site_url,
            place=account.cloud_id or site_url,
            profile_scopes=frozenset(account.required_scopes),
            passes_unknown_operations=account.passes_unknown_operations,
        )
    )


@lru_cache(maxsize=256)
def _shared_account(account: Account) -> Account:
    """Return the first of all that are alike: thousands of snapshots hold it."""
    return account


@lru_cache(maxsize=1024)
def _shared_scopes(scopes: frozenset[str]) -> frozenset[str]:
    """Return the first of all that are alike, as above."""
    return scopes


def credential_for(account: AlmAccount, credential: Credential | None, *, today: date) -> CredentialState:
    """Return what a call is made with, the policy for people who are not connected applied."""
    return _state_of(acting_for(account, credential, today=today), account)


def main_credential_for(account: AlmAccount, *, today: date) -> CredentialState:
    """Return the main credential, if calls may be made with it, whatever the policy."""
    return _state_of(acting_main(account, today=today), account)


def _state_of(acting: Acting, account: AlmAccount) -> CredentialState:
    if acting.row is not None:
        return _connected(acting.row, account)
    return Withheld(Code(str(acting.withheld or Code.NOT_CONNECTED)))


def _connected(row: AlmAccount | Credential, account: AlmAccount) -> Connected:
    try:
        door = door_for(
            WireCredential(row.signs_in_by, row.login, open_in(row)),
            site=site_of(account.site_url, is_cloud=account.is_cloud),
            cloud_id=account.cloud_id or None,
            addresses=current_environment().addresses,
        )
        authorization = authorization_of(door)
    except (NotSavedError, SiteError, VaultError, WireError) as error:
        raise CredentialUnusableError from error
    return Connected(
        credential_id=str(row.pk),
        version=row.proven_count,
        base_url=door.base_url,
        authorization=authorization,
        acting_as=_name_of(row),
        is_main=row is account,
        token_scopes=(
            _shared_scopes(frozenset(row.scopes_needed).difference(proved_missing(row)))
            if row.signs_in_by.uses_gateway
            else None
        ),
    )


def _name_of(row: AlmAccount | Credential) -> str:
    name = row.login or row.email or row.display_name or "unnamed"
    return "".join(character for character in name if character.isprintable())


def read_only_by_policy(account: AlmAccount, state: CredentialState) -> ReadOnly | None:
    """Return whether only reading is allowed, because calls go through the main credential."""
    is_through_main = isinstance(state, Connected) and state.is_main
    return ReadOnly.POLICY if is_through_main and account.policy == Policy.READ_ONLY else None
