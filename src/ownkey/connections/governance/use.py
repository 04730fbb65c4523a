"""What tools did through the gateway: calls by ALM account, operation and day, from the stored counters."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import QuerySet, Sum

from ownkey.audit.exporting import csv_line
from ownkey.connections.models import AlmAccount, ClientKeyCalls
from ownkey.scopes.catalogue import Operation, UnknownOperationError, load_catalogue

if TYPE_CHECKING:
    from uuid import UUID

# What the gateway writes where there is no operation of the catalogue.
WORDS = {
    "none": "No operation: refused before one was found, or a question about scopes",
    "unknown": "Operations that Ownkey does not know, passed on by the ALM account’s settings",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is looked at: days (UTC), both included, and who and where if that matters."""

    since: date
    until: date
    alm_account: str = ""
    person: str = ""
    by_day: bool = False


@dataclass(slots=True)
class Calls:
    """How many calls of each kind.

    Attributes:
        reads: Jira answered, and the operation only reads.
        writes: Jira answered, and the operation changes something, or Ownkey does not know it.
        refused: Ownkey refused them; nothing left the house.
        failed: They were sent, and Atlassian or the client broke them off.
        through_main: How many of those that were sent went through the main credential.
    """

    reads: int = 0
    writes: int = 0
    refused: int = 0
    failed: int = 0
    through_main: int = 0


@dataclass(frozen=True, slots=True)
class UseRow:
    """One ALM account and operation, on one day or over all of them."""

    account: str
    operation: str
    operation_id: str
    calls: Calls
    day: date | None = None


def read_use(span: Span) -> Sequence[UseRow]:
    """Return the calls of some days; the newest day first, what was called most first."""
    names = dict(AlmAccount.objects.values_list("pk", "name"))
    found: dict[tuple[date | None, UUID, str], Calls] = {}
    group = ("client_key__alm_account_id", "operation", "outcome", "through_main")
    counters = _counters(span).order_by()
    sums = (
        counters.values_list("day", *group).annotate(number=Sum("calls"))
        if span.by_day
        else ((None, *row) for row in counters.values_list(*group).annotate(number=Sum("calls")))
    )
    for day, account, operation, outcome, through_main, number in sums:
        calls = found.setdefault((day, account, operation), Calls())
        count_calls(calls, outcome, number, operation=operation_of(operation))
        calls.through_main += number if through_main else 0
    rows = [
        UseRow(names.get(account, ""), _words(operation), _id_of(operation), calls, day)
        for (day, account, operation), calls in found.items()
    ]
    rows.sort(key=lambda row: (-_number(row.calls), row.account.casefold(), row.operation))
    rows.sort(key=lambda row: row.day or date.min, reverse=True)
    return rows


def total_of(rows: Iterable[UseRow]) -> Calls:
    """Return the sum of all rows."""
    each = [row.calls for row in rows]
    return Calls(*(sum(getattr(calls, field.name) for calls in each) for field in fields(Calls)))


def csv_lines(rows: Iterable[UseRow], *, by_day: bool) -> Iterator[str]:
    """Yield the lines of a CSV file, the headings first."""
    headings = ["ALM account", "operation id", "operation", "reads", "writes", "refused", "failed"]
    yield csv_line([*(["day (UTC)"] if by_day else []), *headings, "through main"])
    for row in rows:
        counted = [getattr(row.calls, field.name) for field in fields(row.calls)]
        day = [str(row.day)] if by_day else []
        yield csv_line([*day, row.account, row.operation_id, row.operation, *counted])


def _counters(span: Span) -> QuerySet[ClientKeyCalls]:
    counters = ClientKeyCalls.objects.filter(day__gte=span.since, day__lte=span.until)
    if span.alm_account:
        counters = counters.filter(client_key__alm_account__slug=span.alm_account)
    if span.person:
        counters = counters.filter(client_key__user__email=span.person)
    return counters


def count_calls(calls: Calls, outcome: str, number: int, *, operation: Operation | None) -> None:
    """Add a number of calls of one operation that ended alike."""
    match outcome:
        case "refused":
            calls.refused += number
        case "failed":
            calls.failed += number
        case _ if operation is not None and operation.reads:
            calls.reads += number
        case _:
            calls.writes += number


def _number(calls: Calls) -> int:
    return calls.reads + calls.writes + calls.refused + calls.failed


def operation_of(signature: str) -> Operation | None:
    """Return the operation that a counter names; None if the catalogue has none such."""
    try:
        return load_catalogue().operation(signature)
    except UnknownOperationError:
        return None


def _id_of(signature: str) -> str:
    operation = operation_of(signature)
    return operation.operation_id if operation else ""


def _words(signature: str) -> str:
    return WORDS.get(signature, signature)
