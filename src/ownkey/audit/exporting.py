"""The record for elsewhere: JSON Lines with everything that proves it, or CSV for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from ownkey.audit.chain import details_text, time_text
from ownkey.audit.storing import Stored

COLUMNS = ("number", "at", "actor", "action", "subject", "alm_account", "outcome", "details", "hash")
_FORMULA = re.compile(
    # At the beginning of a cell, or of what is one where the list separator is another: the characters that
    # begin a formula, also in full width and small, and what a spreadsheet skips before them.
    r"(?P<before>^|[;|\t\r\n])(?=[\s\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b]|[\t\r])"
)


class ExportFormat(StrEnum):
    """What the record is written as."""

    JSONL = "jsonl"
    CSV = "csv"


def as_json(stored: Stored) -> dict[str, object]:
    """Return an entry for machines, with its hash and signature."""
    entry = stored.entry
    return {
        "number": stored.number,
        "at": time_text(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "alm_account": entry.alm_account,
        "outcome": entry.outcome.value,
        "details": dict(entry.details),
        "key_id": stored.key_id,
        "hash": stored.hash.hex(),
        "signature": stored.signature.hex(),
    }


def csv_lines(entries: Iterable[Stored]) -> Iterator[str]:
    """Yield the lines of a CSV file with the record, the headings first."""
    yield csv_line(COLUMNS)
    for stored in entries:
        values = as_json(stored) | {"details": details_text(stored.entry.details)}
        yield csv_line(values[column] for column in COLUMNS)


def csv_line(cells: Iterable[object]) -> str:
    """Return a line of a CSV file (RFC 4180): every cell is quoted, and none is a formula."""
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow([safe_cell(cell) for cell in cells])
    return line.getvalue()


def safe_cell(value: object) -> object:
    """Return a cell's value, with an apostrophe before text that a spreadsheet would take for a formula."""
    return _FORMULA.sub(r"\g<before>'", value) if isinstance(value, str) else value
