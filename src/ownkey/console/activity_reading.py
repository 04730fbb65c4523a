"""What was done in a person's name: calls on record, and how many of each kind a day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.db.models import Q, QuerySet, Sum

from ownkey import days
from ownkey.audit.entry import Outcome
from ownkey.audit.exporting import csv_line
from ownkey.audit.models import Entry
from ownkey.audit.words import outcome_words
from ownkey.calls.recording import ENDED, REFUSED, STARTED
from ownkey.calls.refusals import TABLE, Code
from ownkey.connections.governance.use import Calls, count_calls, operation_of
from ownkey.connections.models import ClientKey, ClientKeyCalls, PersonCalls
from ownkey.people.models import User

PAGE_SIZE: Final = 50
DAYS: Final = 14
PAGES: Final = "pages"
"""Stands for Ownkey's own pages where a client key's id may stand."""
WRITES, REFUSALS = "writes", "refusals"


_HELPED_BY_A_TOKEN: Final = frozenset(
    {
        Code.SCOPE_NOT_IN_TOKEN,
        Code.NOT_CONNECTED,
        Code.CREDENTIAL_EXPIRED,
        Code.CREDENTIAL_REFUSED,
        Code.CREDENTIAL_UNTESTED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the page is narrowed to; empty fields do not matter.

    Attributes:
        kind: `writes`, or `refusals`.
        by: A client key's id, or `pages`.
        before: Only entries before this one.
    """

    kind: str = ""
    by: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One call that wrote or was refused.

    Attributes:
        entry: What is on record of it.
        tool: The name of the client key; empty for Ownkey's own pages.
        is_open: Whether its end is not on record: it is under way, or the process was killed.
    """

    entry: Entry
    tool: str
    is_open: bool = False

    @property
    def is_refusal(self) -> bool:
        """Whether Ownkey refused it; nothing was sent."""
        return self.entry.action == REFUSED

    @property
    def what(self) -> str:
        """What was asked: method and path template."""
        return self.entry.subject or "A call of no operation that Ownkey knows"

    @property
    def outcome(self) -> str:
        """How it ended, in a word."""
        return "Not ended" if self.is_open else outcome_words(self.entry.outcome)

    @property
    def badge(self) -> str:
        """The outcome's `data-state`."""
        return "current" if self.entry.outcome == Outcome.STARTED else self.entry.outcome

    @property
    def times(self) -> int:
        """How many calls that were alike it stands for."""
        times = self.entry.details.get("times")
        return times if isinstance(times, int) else 1

    @property
    def missing(self) -> Sequence[str]:
        """The scopes that would have been needed."""
        return self.entry.details.get("missing") or ()

    @property
    def title(self) -> str:
        """Why it was refused, in a few words."""
        return TABLE[self._code].title if self._code is not None else ""

    @property
    def next_step(self) -> str:
        """What to do about a refusal."""
        return TABLE[self._code].next_step if self._code is not None else ""

    @property
    def is_about_connection(self) -> bool:
        """Whether what helps is found under *ALM Credentials*: another token, or a test of the saved one."""
        return self._code in _HELPED_BY_A_TOKEN

    @property
    def _code(self) -> Code | None:
        code = str(self.entry.details.get("code", ""))
        return Code(code) if code in Code._value2member_map_ else None


@dataclass(frozen=True, slots=True)
class Page:
    """Some calls, the newest first, and before which entry the next page begins; None if there is none."""

    lines: Sequence[Line]
    older_before: int | None


def page_of(person: User, wanted: Wanted) -> Page:
    """Return one page of the calls on record that were made in a person's name."""
    found = _entries(person, wanted)
    if wanted.before is not None:
        found = found.filter(number__lt=wanted.before)
    some = list(found.order_by("-number")[: PAGE_SIZE + 1])
    shown = some[:PAGE_SIZE]
    return Page(_lines(person, shown), shown[-1].number if len(some) > PAGE_SIZE else None)


def csv_lines(person: User, wanted: Wanted) -> Iterator[str]:
    """Yield all of them as the lines of a CSV file, the newest first, a page at a time."""
    yield csv_line(
        ("time (UTC)", "operation", "ALM account", "with", "outcome", "reason", "missing", "times")
    )
    before: int | None = None
    while True:
        page = page_of(person, Wanted(kind=wanted.kind, by=wanted.by, before=before))
        for line in page.lines:
            yield csv_line(
                (
                    line.entry.at.isoformat(),
                    line.what,
                    line.entry.alm_account,
                    line.tool or "Ownkey’s pages",
                    line.outcome,
                    line.title,
                    " ".join(line.missing),
                    line.times,
                )
            )
        if page.older_before is None:
            return
        before = page.older_before


@dataclass(frozen=True, slots=True)
class Tool:
    """A client key of the person's, to choose by."""

    id: str
    name: str


def tools_of(person: User) -> tuple[Tool, ...]:
    """Return the person's client keys that were used lately, at most a hundred."""
    used = ClientKey.objects.filter(user=person, last_used_at__isnull=False).order_by("-last_used_at")
    return tuple(Tool(key_id, name) for key_id, name in used.values_list("id", "name")[:100])


@dataclass(slots=True)
class Day:
    """The calls of one day (UTC)."""

    day: date
    calls: Calls = field(default_factory=Calls)


def days_of(person: User, *, by: str = "") -> tuple[Day, ...]:
    """Return how many calls there were on each of the last days that had any, today first."""
    since = days.today() - timedelta(days=DAYS - 1)
    found: dict[date, Day] = {}
    for day, operation, outcome, number in _counted(person, since, by):
        own = found.setdefault(day, Day(day))
        count_calls(own.calls, outcome, number, operation=operation_of(operation))
    return tuple(sorted(found.values(), key=lambda each: each.day, reverse=True))


def _counted(person: User, since: date, by: str) -> Iterator[tuple[date, str, str, int]]:
    """Yield day, operation, outcome and number of what was counted."""
    group = ("day", "operation", "outcome")
    if by != PAGES:
        keys = ClientKeyCalls.objects.filter(client_key__user=person, day__gte=since)
        keys = keys.filter(client_key=by) if by else keys
        yield from keys.order_by().values_list(*group).annotate(number=Sum("calls"))
    if by in {"", PAGES}:
        pages = PersonCalls.objects.filter(user=person, day__gte=since)
        yield from pages.order_by().values_list(*group).annotate(number=Sum("calls"))


def _entries(person: User, wanted: Wanted) -> QuerySet[Entry]:
    actions = {WRITES: (STARTED, ENDED), REFUSALS: (REFUSED,)}.get(wanted.kind, (STARTED, ENDED, REFUSED))
    found = Entry.objects.filter(actor=person.email, action__in=actions)
    if wanted.by == PAGES:
        return found.filter(details__means="session")
    return found.filter(details__client_key=wanted.by) if wanted.by else found


def _lines(person: User, entries: Sequence[Entry]) -> list[Line]:
    """Return the entries as lines; that a call left is a line only while its end is not on record."""
    started = {str(each.details.get("request")): each for each in entries if each.action == STARTED}
    ended = _ended(person, tuple(started), newest=entries[-1].number) if started else frozenset()
    ids = {str(each.details.get("client_key", "")) for each in entries} - {""}
    names = dict(ClientKey.objects.filter(user=person, pk__in=ids).values_list("id", "name"))
    lines = []
    for each in entries:
        is_started = each.action == STARTED
        if is_started and str(each.details.get("request")) in ended:
            continue
        key_id = str(each.details.get("client_key", ""))
        tool = (names.get(key_id) or f"Client key {key_id}") if key_id else ""
        lines.append(Line(each, tool, is_open=is_started))
    return lines


def _ended(person: User, requests: Sequence[str], *, newest: int) -> frozenset[str]:
    """Return which of these requests have an end on record."""
    after = Entry.objects.filter(Q(actor=person.email), Q(action=ENDED), number__gt=newest)
    return frozenset(
        map(str, after.filter(details__request__in=requests).values_list("details__request", flat=True))
    )
