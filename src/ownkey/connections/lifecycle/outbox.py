"""The outbox: reminders that are owed. A row here is the promise, kept with whatever made it necessary.

Nothing is sent here: `sending` takes the rows up, at the latest when the schedule runs next.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from django.db.models import Q

from ownkey.connections.lifecycle.models import Reminder
from ownkey.connections.lifecycle.occasions import (
    Due,
    as_urgent_as,
    due_by_breakage,
    due_by_date,
    due_by_new_scopes,
    look_ahead,
)
from ownkey.connections.models import AlmAccount, Credential, StoredState
from ownkey.connections.states import state_of
from ownkey.people.models import Role, User

TOLD_FOR: Final = timedelta(days=30)
"""For how long after scopes have come to count people are reminded of it, if that was missed on the day."""


def owe_breakage(row: AlmAccount | Credential, *, today: date, but: object = None) -> None:
    """Owe a reminder that a credential has just broken, to all whom it concerns except who saw it happen.

    It belongs to the caller's transaction: the state and the promise are kept together, or neither is.
    """
    due = due_by_breakage(row, state_of(row, today))
    if due is not None:
        _owe(row, due, [person for person in concerned(row) if person != but])


def owe_by_date(*, today: date) -> int:
    """Owe what expiry dates bring today, and return how many reminders that is."""
    owed = 0
    credentials = Credential.objects.select_related("user", "alm_account")
    for table in (AlmAccount.objects.all(), credentials):
        rows = table.filter(expires_on__lte=today + look_ahead()).exclude(
            state__in=(StoredState.REFUSED, StoredState.DISCONNECTED)
        )
        for row in rows:
            due = due_by_date(row, state_of(row, today), today)
            if due is not None:
                owed += _owe(row, due, concerned(row))
    return owed + _owe_by_new_scopes(today)


def _owe_by_new_scopes(today: date) -> int:
    """Owe what scopes bring today that count from a day on, or came to count a short time ago."""
    told = Q(counts_from__gt=today - TOLD_FOR, counts_from__lte=today + look_ahead())
    accounts = list(AlmAccount.objects.filter(told))
    people = Credential.objects.filter(alm_account__in=accounts).select_related("user", "alm_account")
    owed = 0
    rows: list[AlmAccount | Credential] = [*accounts, *people]
    for row in rows:
        due = due_by_new_scopes(row, state_of(row, today), today)
        if due is not None:
            owed += _owe(row, due, concerned(row))
    return owed


def concerned(row: AlmAccount | Credential) -> list[User]:
    """Return who is told about a credential: its owner, or the administrators; nobody who is suspended."""
    if isinstance(row, AlmAccount):
        return list(User.objects.filter(role=Role.ADMINISTRATOR, is_active=True))
    return [row.user] if row.user.is_active else []


def _owe(row: AlmAccount | Credential, due: Due, people: Iterable[User]) -> int:
    is_main = isinstance(row, AlmAccount)
    account = row if isinstance(row, AlmAccount) else row.alm_account
    told = set(
        Reminder.objects.filter(
            alm_account=account, is_main=is_main, about=due.about, occasion__in=_enough(due)
        ).values_list("user_id", flat=True)
    )
    owed = [
        Reminder(
            user=person, alm_account=account, is_main=is_main, occasion=due.occasion.value, about=due.about
        )
        for person in people
        if person.pk not in told
    ]
    # Somebody else may owe the same at this moment: the database keeps one of each.
    Reminder.objects.bulk_create(owed, ignore_conflicts=True)
    return len(owed)


def _enough(due: Due) -> tuple[str, ...]:
    """Return which occasions make this one superfluous: a clock that went back tells nothing milder."""
    try:
        return tuple(one.value for one in as_urgent_as(due.occasion))
    except ValueError:
        return (due.occasion.value,)
