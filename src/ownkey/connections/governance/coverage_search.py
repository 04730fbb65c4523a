"""Narrowing, counting and sorting the coverage; and the same as a CSV file."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ownkey.audit.exporting import csv_line
from ownkey.connections.governance.coverage import THROUGH_MAIN_DAYS, CoverageRow
from ownkey.connections.state_table import STATES, State
from ownkey.people.models import User

ATTENTION = "attention"
"""Stands where a state does: every row whose person has something to do."""


class Whom(StrEnum):
    """Which people are looked at."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the coverage is narrowed to; empty fields do not matter.

    Attributes:
        text: A part of the person's name or e-mail, or of what they are called in Jira.
        alm_account: The ALM account's short name.
        state: A state, or `ATTENTION`.
        people: Active people, suspended ones, or both.
    """

    text: str = ""
    alm_account: str = ""
    state: str = ""
    people: Whom = Whom.ACTIVE


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in addresses, its title, and what it is sorted by; None comes last."""

    name: str
    title: str
    value: Callable[[CoverageRow], Any]


COLUMNS = (
    Column("person", "Person", lambda row: (row.person.name.casefold(), row.person.email)),
    Column("account", "ALM account", lambda row: row.account.name.casefold()),
    Column("state", "State", lambda row: STATES[row.standing.state].urgency),
    Column("since", "Since", lambda row: row.standing.since),
    Column("expires", "Expires", lambda row: row.standing.expires_on),
    Column("missing", "Missing", lambda row: len(row.standing.missing)),
    Column("checked", "Checked", lambda row: row.checked_at),
    Column("used", "Last used", lambda row: row.last_used_at),
    Column("main", "Through main", lambda row: row.through_main),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        rows: The rows that match, in no new order.
        total: How many rows there are in whatever state.
        connected: In how many of them the person works as themselves.
        attention: In how many of them the person has something to do.
        states: Of how many each state is true, as the state or beside a worse one: as many as are listed when
            it is chosen.
    """

    rows: Sequence[CoverageRow]
    total: int
    connected: int
    attention: int
    states: Counter[State]


def find(rows: Iterable[CoverageRow], wanted: Wanted) -> Found:
    """Return the rows that match, and counts of all that would match in another state."""
    among = [row for row in rows if _is_among(row, wanted)]
    return Found(
        rows=[row for row in among if _is_in_state(row, wanted.state)],
        total=len(among),
        connected=sum(row.is_connected for row in among),
        attention=sum(row.needs_attention for row in among),
        states=Counter(state for row in among for state in set(row.standing.states)),
    )


def to_remind(found: Found, *, by: User) -> list[CoverageRow]:
    """Return the rows whose people a reminder goes to; the administrator who sends them reads it here."""
    return [row for row in found.rows if row.needs_attention and row.person != by]


def sort(rows: Sequence[CoverageRow], *, by: str, descending: bool) -> Sequence[CoverageRow]:
    """Return rows in the order of one column; what is not known comes last either way."""
    column = next((one for one in COLUMNS if one.name == by), COLUMNS[0])
    known = [row for row in rows if column.value(row) is not None]
    unknown = [row for row in rows if column.value(row) is None]
    return [*sorted(known, key=column.value, reverse=descending), *unknown]


def _is_among(row: CoverageRow, wanted: Wanted) -> bool:
    if wanted.alm_account and row.account.slug != wanted.alm_account:
        return False
    if wanted.people is not Whom.EVERYBODY and row.person.is_active is not (wanted.people is Whom.ACTIVE):
        return False
    text = wanted.text.strip().casefold()
    return not text or any(text in label.casefold() for label in _labels(row))


def _labels(row: CoverageRow) -> tuple[str, ...]:
    person = (row.person.name, row.person.email)
    if row.credential is None:
        return person
    return (*person, row.credential.display_name, row.credential.email, row.credential.login)


def _is_in_state(row: CoverageRow, state: str) -> bool:
    if state == ATTENTION:
        return row.needs_attention
    return not state or state in row.standing.states


_CSV: tuple[tuple[str, Callable[[CoverageRow], object]], ...] = (
    ("person", lambda row: row.person.name),
    ("e-mail", lambda row: row.person.email),
    ("role", lambda row: row.person.role.label),
    ("suspended", lambda row: "no" if row.person.is_active else "yes"),
    ("ALM account", lambda row: row.account.name),
    ("state", lambda row: row.standing.title),
    ("also", lambda row: ", ".join(fact.chip for fact in row.standing.also)),
    ("cause", lambda row: row.standing.cause),
    ("since (UTC)", lambda row: _moment(row.standing.since)),
    ("connected since (UTC)", lambda row: _moment(row.connected_at)),
    ("in Jira as", lambda row: row.credential.display_name if row.credential else ""),
    ("expires", lambda row: _day(row.standing.expires_on)),
    ("connected", lambda row: "yes" if row.is_connected else "no"),
    ("missing scopes", lambda row: len(row.standing.missing)),
    ("which scopes are missing", lambda row: " ".join(row.standing.missing)),
    ("new scopes from", lambda row: _day(row.standing.new_scopes_on)),
    ("which scopes are new", lambda row: " ".join(row.standing.new_scopes)),
    ("checked (UTC)", lambda row: _moment(row.checked_at)),
    ("last used (UTC)", lambda row: _moment(row.last_used_at)),
    (f"calls through main in {THROUGH_MAIN_DAYS} days", lambda row: row.through_main),
    ("client keys", lambda row: row.client_keys),
    ("client keys blocked", lambda row: row.blocked_keys),
)


def csv_lines(rows: Iterable[CoverageRow]) -> Iterator[str]:
    """Yield the lines of a CSV file, the headings first."""
    yield csv_line(title for title, _ in _CSV)
    for row in rows:
        yield csv_line(value(row) for _, value in _CSV)


def _moment(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""
