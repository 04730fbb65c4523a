"""What other parts and pages ask about ALM accounts and credentials; nothing here writes."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from ownkey import days
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.states import Standing, state_of
from ownkey.people.models import User


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """One line of *ALM Credentials*: an ALM account and how one person stands with it."""

    account: AlmAccount
    credential: Credential | None
    standing: Standing


def credential_rows(user: User, *, today: date | None = None) -> tuple[CredentialRow, ...]:
    """Return one row for each ALM account, in the order of their names."""
    day = today or days.today()
    own = {
        credential.alm_account_id: credential
        for credential in Credential.objects.filter(user=user).select_related("alm_account")
    }
    return tuple(
        CredentialRow(
            account, own.get(account.pk), standing_of(user, account, own.get(account.pk), today=day)
        )
        for account in AlmAccount.objects.all()
    )


def standing_of(
    user: User, account: AlmAccount, credential: Credential | None, *, today: date | None = None
) -> Standing:
    """Return how a person stands with an ALM account; if never connected, then since both are here."""
    day = today or days.today()
    return state_of(credential, day, never_since=max(user.joined_at, account.created_at))


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
    connected = Count("credentials", filter=~Q(credentials__state=StoredState.DISCONNECTED))
    return tuple(
        AccountRow(account, state_of(account, day), account.connected)
        for account in AlmAccount.objects.annotate(connected=connected)
    )


def people_of(account: AlmAccount, *, today: date | None = None) -> tuple[tuple[Credential, Standing], ...]:
    """Return everybody's credential for an ALM account, by name, and how it stands."""
    day = today or days.today()
    found = account.credentials.select_related("user", "alm_account").order_by("user__name", "user__email")
    return tuple((credential, state_of(credential, day)) for credential in found)


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
