"""The columns of the coverage, each defined once: its heading, what it sorts by, its cell and its CSV."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.template.loader import get_template

from ownkey.audit.exporting import csv_line
from ownkey.connections.governance.coverage import THROUGH_MAIN_DAYS, CoverageRow
from ownkey.connections.state_table import STATES

CsvField = tuple[str, Callable[[CoverageRow], object]]
"""A heading of the CSV file, and what stands below it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the page, and what a file says of the same.

    Attributes:
        name: Its name in addresses; its cell is the template of this name.
        title: Its heading.
        value: What it is sorted by; None comes last.
        csv: Its fields in the CSV file: one at least.
    """

    name: str
    title: str
    value: Callable[[CoverageRow], Any]
    csv: tuple[CsvField, ...]

    def __post_init__(self) -> None:
        if not self.csv:
            raise ValueError(f"The column {self.name} would be on the page and not in the file.")

    @property
    def cell(self) -> str:
        """The template of its cell."""
        return f"connections/coverage_cells/{self.name}.html"


def check(columns: Iterable[Column]) -> None:
    """Check that each column can be shown.

    Raises:
        TemplateDoesNotExist: one has no cell, so it would be in the file and not on the page.
    """
    for column in columns:
        get_template(column.cell)


def _moment(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""


COLUMNS = (
    Column(
        "person",
        "Person",
        lambda row: (row.person.name.casefold(), row.person.email),
        (
            ("person", lambda row: row.person.name),
            ("e-mail", lambda row: row.person.email),
            ("role", lambda row: row.person.role.label),
            ("suspended", lambda row: "no" if row.person.is_active else "yes"),
        ),
    ),
    Column(
        "account",
        "ALM account",
        lambda row: row.account.name.casefold(),
        (("ALM account", lambda row: row.account.name),),
    ),
    Column(
        "state",
        "State",
        lambda row: STATES[row.standing.state].urgency,
        (
            ("state", lambda row: row.standing.title),
            ("also", lambda row: ", ".join(fact.chip for fact in row.standing.also)),
            ("cause", lambda row: row.standing.cause),
        ),
    ),
    Column(
        "since",
        "Since",
        lambda row: row.standing.since,
        (
            ("since (UTC)", lambda row: _moment(row.standing.since)),
            ("connected since (UTC)", lambda row: _moment(row.connected_at)),
            ("in Jira as", lambda row: row.credential.display_name if row.credential else ""),
        ),
    ),
    Column(
        "expires",
        "Expires",
        lambda row: row.standing.expires_on,
        (
            ("expires", lambda row: _day(row.standing.expires_on)),
            ("connected", lambda row: "yes" if row.is_connected else "no"),
        ),
    ),
    Column(
        "missing",
        "Missing",
        lambda row: len(row.standing.missing),
        (
            ("missing scopes", lambda row: len(row.standing.missing)),
            ("which scopes are missing", lambda row: " ".join(row.standing.missing)),
            ("new scopes from", lambda row: _day(row.standing.new_scopes_on)),
            ("which scopes are new", lambda row: " ".join(row.standing.new_scopes)),
        ),
    ),
    Column(
        "checked",
        "Checked",
        lambda row: row.checked_at,
        (("checked (UTC)", lambda row: _moment(row.checked_at)),),
    ),
    Column(
        "used",
        "Last used",
        lambda row: row.last_used_at,
        (("last used (UTC)", lambda row: _moment(row.last_used_at)),),
    ),
    Column(
        "main",
        "Through main",
        lambda row: row.through_main,
        (
            (f"calls through main in {THROUGH_MAIN_DAYS} days", lambda row: row.through_main),
            ("client keys", lambda row: row.client_keys),
            ("client keys blocked", lambda row: row.blocked_keys),
        ),
    ),
)


def csv_lines(rows: Iterable[CoverageRow]) -> Iterator[str]:
    """Yield the lines of a CSV file, the headings first."""
    fields = [field for column in COLUMNS for field in column.csv]
    yield csv_line(heading for heading, _ in fields)
    for row in rows:
        yield csv_line(value(row) for _, value in fields)
