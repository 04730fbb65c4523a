"""Who is connected to what: one row for each person and ALM account, read with a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from ownkey import days
from ownkey.connections.client_key_states import works
from ownkey.connections.models import AlmAccount, ClientKey, ClientKeyCalls, Credential
from ownkey.connections.queries import is_connected, standing_of
from ownkey.connections.standings import Standing
from ownkey.people.models import User

THROUGH_MAIN_DAYS = 30

_Pair = tuple[int, object]


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One person and one ALM account.

    Attributes:
        person: The person.
        account: The ALM account.
        credential: The person's credential for it, also a disconnected one; None if there never was one.
        standing: Where it stands today.
        client_keys: How many of the person's client keys for it have not ended.
        blocked_keys: How many of those are blocked: calls with them are refused.
        last_used_at: When one of them was last used.
        through_main: How many calls were made for the person through the main credential in the last
            `THROUGH_MAIN_DAYS` days.
    """

    person: User
    account: AlmAccount
    credential: Credential | None
    standing: Standing
    client_keys: int = 0
    blocked_keys: int = 0
    last_used_at: datetime | None = None
    through_main: int = 0

    @property
    def checked_at(self) -> datetime | None:
        """When the credential was last checked."""
        return self.credential.checked_at if self.credential else None

    @property
    def connected_at(self) -> datetime | None:
        """Since when the person has been connected, None if they are not now."""
        return self.credential.connected_at if self.credential and self.is_connected else None

    @property
    def is_connected(self) -> bool:
        """Whether the person works in this Jira as themselves."""
        return is_connected(self.person, self.standing)

    @property
    def needs_attention(self) -> bool:
        """Whether the person has something to do; nobody waits for somebody who is suspended."""
        return self.person.is_active and self.standing.needs_attention


def read_coverage(*, today: date | None = None) -> Sequence[CoverageRow]:
    """Return a row for every person and ALM account, by the names of both."""
    people = list(_people())
    accounts = list(_accounts())
    return _rows(people, accounts, Credential.objects.all(), ClientKey.objects.all(), today=today)


def coverage_of(person: User, account: AlmAccount, *, today: date | None = None) -> CoverageRow:
    """Return the row of one person and ALM account."""
    pair = {"user": person, "alm_account": account}
    credentials, keys = Credential.objects.filter(**pair), ClientKey.objects.filter(**pair)
    (row,) = _rows([person], [account], credentials, keys, today=today)
    return row


def through_main_by_operation(
    person: User, account: AlmAccount, *, today: date | None = None
) -> Sequence[tuple[str, int]]:
    """Return what was called for a person through the main credential lately, the most called first."""
    calls = _through_main(today or days.today()).filter(
        client_key__user=person, client_key__alm_account=account
    )
    sums = calls.values_list("operation").annotate(number=Sum("calls")).order_by("-number", "operation")
    return [(operation, number) for operation, number in sums]


def _people() -> QuerySet[User]:
    return User.objects.only("email", "name", "role", "is_active", "joined_at")


def _accounts() -> QuerySet[AlmAccount]:
    return AlmAccount.objects.defer("envelope")


def _rows(
    people: Sequence[User],
    accounts: Sequence[AlmAccount],
    credentials: QuerySet[Credential],
    keys: QuerySet[ClientKey],
    *,
    today: date | None,
) -> list[CoverageRow]:
    day, now = today or days.today(), timezone.now()
    own: dict[_Pair, Credential] = {(one.user_id, one.alm_account_id): one for one in credentials}
    not_ended = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    used = {
        (user_id, account_id): (number, last_used_at)
        for user_id, account_id, number, last_used_at in keys.order_by()
        .values_list("user_id", "alm_account_id")
        .annotate(number=Count("pk", filter=not_ended), used=Max("last_used_at"))
    }
    calls = _through_main(day)
    if len(people) == 1:
        calls = calls.filter(client_key__user=people[0])
    main: dict[_Pair, int] = {
        (user_id, account_id): number
        for user_id, account_id, number in calls.values_list(
            "client_key__user_id", "client_key__alm_account_id"
        ).annotate(number=Sum("calls"))
    }
    rows = []
    for person in people:
        for account in accounts:
            pair = (person.pk, account.pk)
            credential = own.get(pair)
            if credential is not None:
                # Known already: no query for each row.
                credential.user, credential.alm_account = person, account
            number, last_used_at = used.get(pair, (0, None))
            is_blocked = not works(account, credential, is_active=person.is_active, today=day)
            rows.append(
                CoverageRow(
                    person,
                    account,
                    credential,
                    standing_of(person, account, credential, today=day),
                    number,
                    number if is_blocked else 0,
                    last_used_at,
                    main.get(pair, 0),
                )
            )
    return rows


def _through_main(today: date) -> QuerySet[ClientKeyCalls]:
    return ClientKeyCalls.objects.filter(
        through_main=True, day__gt=today - timedelta(days=THROUGH_MAIN_DAYS)
    ).order_by()
