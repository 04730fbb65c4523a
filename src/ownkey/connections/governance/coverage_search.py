"""Narrowing, counting and sorting the coverage."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ownkey.connections.governance.coverage import CoverageRow
from ownkey.connections.governance.coverage_columns import COLUMNS
from ownkey.connections.state_table import State
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
