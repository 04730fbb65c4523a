"""What other parts and pages ask about ALM accounts and credentials; nothing here writes."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db.models import Q

from ownkey import days
from ownkey.connections.acting import Acting, acting_for, meanwhile
from ownkey.connections.models import AlmAccount, Credential
from ownkey.connections.standings import Standing
from ownkey.connections.state_queries import count_usable
from ownkey.connections.states import state_of
from ownkey.people.models import User


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """One line of *ALM Credentials*: an ALM account, how one person stands with it, and as whom they act."""

    account: AlmAccount
    credential: Credential | None
    standing: Standing
    acting: Acting


def credential_rows(user: User, *, today: date | None = None) -> tuple[CredentialRow, ...]:
    """Return one row for each ALM account, in the order of their names."""
    day = today or days.today()
    own = {
        credential.alm_account_id: credential
        for credential in Credential.objects.filter(user=user).select_related("alm_account")
    }
    return tuple(
        CredentialRow(
            account,
            own.get(account.pk),
            standing_of(user, account, own.get(account.pk), today=day),
            acting_for(account, own.get(account.pk), today=day),
        )
        for account in AlmAccount.objects.all()
    )


def standing_of(
    user: User, account: AlmAccount, credential: Credential | None, *, today: date | None = None
) -> Standing:
    """Return how a person stands with an ALM account; if never connected, then since both are here.

    Whatever shows a person's state asks here: pages, mails, commands, exports and the gateway's status.
    """
    day = today or days.today()
    standing = state_of(credential, day, never_since=max(user.joined_at, account.created_at))
    if not standing.is_new:
        return standing
    return replace(standing, meanwhile=meanwhile(account, credential, today=day))


def is_connected(user: User, standing: Standing) -> bool:
    """Return whether a person counts as connected: they work in this Jira as themselves."""
    return user.is_active and standing.is_usable


def count_connected(*, today: date | None = None) -> Counter[UUID]:
    """Return how many people are connected, by the id of the ALM account; every page and command asks."""
    return count_usable(today or days.today())


def accounts_needing(user: User, *, today: date | None = None) -> tuple[CredentialRow, ...]:
    """Return the rows in which this person has something to do; the banner shows them."""
    return tuple(row for row in credential_rows(user, today=today) if row.standing.needs_attention)


def account_by_slug(slug: str) -> AlmAccount:
    """Return the ALM account with this slug.

    Raises:
        AlmAccount.DoesNotExist: There is none.
    """
    return AlmAccount.objects.get(slug=slug)


def credential_of(user: User, account: AlmAccount) -> Credential | None:
    """Return this person's credential for the ALM account, also a disconnected one."""
    return Credential.objects.filter(user=user, alm_account=account).select_related("alm_account").first()


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One line of *ALM Accounts*: how its main credential stands, and how many people are connected."""

    account: AlmAccount
    standing: Standing
    connected: int


def account_rows(*, today: date | None = None) -> tuple[AccountRow, ...]:
    """Return one row for each ALM account."""
    day = today or days.today()
    connected = count_connected(today=day)
    return tuple(
        AccountRow(account, state_of(account, day), connected[account.pk])
        for account in AlmAccount.objects.all()
    )


def people_of(
    account: AlmAccount, *, today: date | None = None
) -> tuple[tuple[Credential, Standing, Acting], ...]:
    """Return everybody's credential for an ALM account, by name, how it stands, and as whom they act."""
    day = today or days.today()
    found = account.credentials.select_related("user", "alm_account").order_by("user__name", "user__email")
    return tuple(
        (
            row,
            standing_of(row.user, row.alm_account, row, today=day),
            acting_for(row.alm_account, row, today=day),
        )
        for row in found
    )


@dataclass(frozen=True, slots=True)
class StandingRow:
    """How one credential stands; without a `user` it is the ALM account's own."""

    account: AlmAccount
    user: User | None
    standing: Standing


def all_standings(
    *, user: User | None = None, account: AlmAccount | None = None, today: date | None = None
) -> tuple[StandingRow, ...]:
    """Return how credentials stand: the main ones, then everybody's; with `user` only that person's."""
    day = today or days.today()
    accounts = [account] if account else list(AlmAccount.objects.all())
    main = [StandingRow(one, None, state_of(one, day)) for one in accounts if user is None]
    people = [user] if user else list(User.objects.filter(is_active=True))
    whose = Q(user=user) if user else Q(user__is_active=True)
    credentials = {
        (credential.user_id, credential.alm_account_id): credential
        for credential in Credential.objects.filter(whose).select_related("alm_account")
    }
    own = [
        StandingRow(one, person, standing_of(person, one, credentials.get((person.pk, one.pk)), today=day))
        for person in people
        for one in accounts
    ]
    return (*main, *own)


def main_accounts_needing(*, today: date | None = None) -> tuple[StandingRow, ...]:
    """Return the ALM accounts whose own credential needs an administrator; the banner shows them."""
    day = today or days.today()
    rows = (StandingRow(account, None, state_of(account, day)) for account in AlmAccount.objects.all())
    return tuple(row for row in rows if row.standing.needs_attention)
