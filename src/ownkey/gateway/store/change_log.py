"""The log of whom each change of grants concerns, as triggers write it, read from where a reader was."""

from typing import NamedTuple

from ownkey.calls.changes import EVERYTHING, NOTHING, Changes, Kind, Subject
from ownkey.database.driver import Connection

MOST_READ = 10_000
"""Entries that are read in one go, in some milliseconds; as many as migration 0010 has the log keep."""

_READ = """
    SELECT v.number, c.number, c.mark, c.kind, c.subject FROM connections_grants_version v
    LEFT JOIN connections_grant_change c ON c.number >= coalesce(?, v.number)
    ORDER BY c.number LIMIT ?
"""
_KINDS = {kind.value: kind for kind in Kind}


class Position(NamedTuple):
    """Up to where a reader has read.

    Attributes:
        number: How many changes were counted.
        mark: What the latest entry is marked with, by which the same history is known again; None if the log
            does not have it.
    """

    number: int
    mark: int | None


class Entry(NamedTuple):
    """One change."""

    number: int
    mark: int
    kind: str
    subject: str


def read_changes(connection: Connection, position: Position | None) -> tuple[Position, Changes]:
    """Return where the log ends, and whom the changes since `position` concern.

    It is one statement, so all of it is as of one moment. Everything is concerned unless the log proves
    otherwise: it goes on from the very entry that was read last, and none is missing.

    Raises:
        DriverError: The database cannot be read.
    """
    since = None if position is None else position.number
    rows = connection.execute(_READ, (since, MOST_READ + 1)).fetchall()
    number = rows[0][0] if rows else 0
    entries = [Entry(*row[1:]) for row in rows if row[1] is not None]
    latest = Position(number, entries[-1].mark if entries and entries[-1].number == number else None)
    if latest == position:
        return latest, NOTHING
    if latest.mark is None and position is not None:
        return read_changes(connection, None)  # the log ends before the position: it is another one
    return latest, _changes(entries, position, latest)


def _changes(entries: list[Entry], position: Position | None, latest: Position) -> Changes:
    if position is None or not _goes_on(entries, position, latest):
        return EVERYTHING
    subjects = set()
    for entry in entries[1:]:
        kind = _KINDS.get(entry.kind)
        if kind is None:
            return EVERYTHING
        subjects.add(Subject(kind, entry.subject))
    return Changes(frozenset(subjects))


def _goes_on(entries: list[Entry], position: Position, latest: Position) -> bool:
    """Whether these are the entry that was read last and every one since."""
    return (
        latest.mark is not None
        and Position(entries[0].number, entries[0].mark) == position
        and len(entries) == latest.number - position.number + 1
    )
