"""From rows to the snapshot of a session: whose it is, and with which credential its pages call now."""

from dataclasses import replace
from datetime import date, datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from ownkey.calls.grants import ReadOnly, Snapshot
from ownkey.calls.means import ByAdministrator, BySession, session_digest
from ownkey.connections.models import AlmAccount
from ownkey.connections.queries import credential_of
from ownkey.gateway.store.snapshots import (
    account_of,
    credential_for,
    main_credential_for,
    read_only_by_policy,
)
from ownkey.people.models import User


def session_snapshot(means: BySession, *, today: date, now: datetime) -> Snapshot | None:
    """Return what a session grants at an ALM account, or None if it grants nothing.

    Raises:
        CredentialUnusableError: the saved credential does not open, or its site may not be spoken to.
    """
    person = User.objects.filter(pk=means.person_id, is_active=True).first()
    account = AlmAccount.objects.filter(slug=means.account_slug).first()
    ends_at = _end_of(means, now=now)
    if person is None or account is None or ends_at is None:
        return None
    credential = credential_of(person, account)
    if credential is not None:
        credential.alm_account = account
    state = credential_for(account, credential, today=today)
    return Snapshot(
        means=means,
        key_hash=b"",
        person_id=means.person_id,
        person=person.email,
        account=account_of(account),
        credential=state,
        expires_at=ends_at,
        read_only=read_only_by_policy(account, state),
    )


def administrator_snapshot(means: ByAdministrator, *, today: date, now: datetime) -> Snapshot | None:
    """Return what an administrator may look up with the main credential, or None if nothing.

    Whatever the policy for people who are not connected is: this is no call in somebody's place. It only
    reads, within the scopes that the main credential has to have, and never with a person's credential.

    Raises:
        CredentialUnusableError: the saved credential does not open, or its site may not be spoken to.
    """
    person = User.objects.filter(pk=means.person_id, is_active=True).first()
    account = AlmAccount.objects.filter(slug=means.account_slug).first()
    ends_at = _end_of(means, now=now)
    if person is None or not person.is_administrator or account is None or ends_at is None:
        return None
    return Snapshot(
        means=means,
        key_hash=b"",
        person_id=means.person_id,
        person=person.email,
        account=replace(account_of(account), profile_scopes=frozenset(account.scopes_needed)),
        credential=main_credential_for(account, today=today),
        expires_at=ends_at,
        read_only=ReadOnly.LOOKING_UP,
    )


def _end_of(means: BySession | ByAdministrator, *, now: datetime) -> datetime | None:
    """Return when a person's session ends, or None if it has ended."""
    keys = UserSession.objects.filter(user_id=means.person_id).values_list("session_key", flat=True)
    own = [key for key in keys if session_digest(key) == means.session]
    found = Session.objects.filter(session_key__in=own, expire_date__gt=now)
    return found.values_list("expire_date", flat=True).first()
