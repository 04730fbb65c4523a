"""The record for elsewhere: JSON Lines with everything that proves it, or CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator
from enum import StrEnum

from ownkey.audit.chain import details_text, time_text
from ownkey.audit.storing import Stored

COLUMNS = ("number", "at", "actor", "action", "subject", "alm_account", "outcome", "details", "hash")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    """Yield the lines of a CSV file (RFC 4180), the headings first."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    yield line.getvalue()
    for stored in entries:
        line.seek(0)
        line.truncate()
        values = as_json(stored) | {"details": details_text(stored.entry.details)}
        writer.writerow([safe_cell(values[column]) for column in COLUMNS])
        yield line.getvalue()


def safe_cell(value: object) -> object:
    """Return a cell's value, with an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA) else value
