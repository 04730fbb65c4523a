"""Finding entries: by person, action, outcome, ALM account and dates; the page, its pages and the export."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from ownkey.audit.models import Entry
from ownkey.audit.storing import Stored, from_row, rows

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; empty fields do not matter.

    Attributes:
        person: An e-mail: whoever did it, or whom it was done to.
        action: The action's name.
        outcome: How it ended.
        alm_account: The ALM account's short name.
        since: The first day (UTC).
        until: The last day (UTC), itself included.
    """

    person: str = ""
    action: str = ""
    outcome: str = ""
    alm_account: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, the newest first, and where the pages before and after begin; None if there are none."""

    entries: Sequence[Entry]
    newer_after: int | None
    older_before: int | None


def page_of(search: Search, *, before: int | None = None, after: int | None = None) -> Page:
    """Return a page: the newest entries, the ones just before a number, or the ones just after it."""
    found = matching(search)
    if after is not None:
        some = list(found.filter(number__gt=after).order_by("number")[: PAGE_SIZE + 1])
        entries = some[:PAGE_SIZE][::-1]
        has_newer, has_older = len(some) > PAGE_SIZE, True
    else:
        if before is not None:
            found = found.filter(number__lt=before)
        some = list(found.order_by("-number")[: PAGE_SIZE + 1])
        entries = some[:PAGE_SIZE]
        has_newer, has_older = before is not None, len(some) > PAGE_SIZE
    return Page(
        entries,
        newer_after=entries[0].number if entries and has_newer else None,
        older_before=entries[-1].number if entries and has_older else None,
    )


def matching(search: Search) -> QuerySet[Entry]:
    """Return the entries that match."""
    wanted = Q()
    if search.person:
        wanted &= (
            Q(actor__iexact=search.person)
            | Q(subject__iexact=search.person)
            | Q(subject__istartswith=f"{search.person} at ")
        )
    if search.action:
        wanted &= Q(action=search.action)
    if search.outcome:
        wanted &= Q(outcome=search.outcome)
    if search.alm_account:
        # Entries about a person's credential name both in their subject.
        wanted &= (
            Q(alm_account=search.alm_account)
            | Q(subject=search.alm_account)
            | Q(subject__endswith=f" at {search.alm_account}")
        )
    since, until = bounds_of(search.since, search.until)
    if since is not None:
        wanted &= Q(at__gte=since)
    if until is not None:
        wanted &= Q(at__lt=until)
    return Entry.objects.filter(wanted)


def stored_entries(search: Search) -> Iterator[Stored]:
    """Yield the entries that match as they are kept, the oldest first, a few at a time.

    Raises:
        UnreadableRowError: A row is not as Ownkey writes it.
    """
    numbers = matching(search).order_by("number").values("number").query
    sql, parameters = numbers.sql_with_params()
    return (from_row(row) for row in rows(f"number IN ({sql})", parameters))


def bounds_of(since: date | None, until: date | None) -> tuple[datetime | None, datetime | None]:
    """Return the first moment of a first day and the first moment after a last one, in UTC."""
    if until == date.max:
        until = None  # there is no day after the last one
    return (
        None if since is None else datetime.combine(since, time(), tzinfo=UTC),
        None if until is None else datetime.combine(until + timedelta(days=1), time(), tzinfo=UTC),
    )
