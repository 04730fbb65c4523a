"""Values of Jira's answers as pages show them: plain, frozen, and safe to read whatever came."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from ownkey.people.names import initials_of
from ownkey.workspace.documents.text import shown

_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}-[0-9]{1,12}", re.ASCII)
_ID: Final = re.compile(r"[A-Za-z0-9_:.-]{1,128}", re.ASCII)
_ZONE_WITHOUT_COLON: Final = re.compile(r"([+-]\d\d)(\d\d)$")


@dataclass(frozen=True, slots=True)
class Someone:
    """A person in Jira.

    Attributes:
        account_id: Jira's id of the person.
        name: The name that Jira shows.
    """

    account_id: str
    name: str

    @property
    def initials(self) -> str:
        """One or two letters in place of a picture."""
        return initials_of(self.name)


@dataclass(frozen=True, slots=True)
class Status:
    """A status.

    Attributes:
        name: Its name.
        category: `new`, `indeterminate` or `done`; what kind of status it is.
        id: Jira's id.
    """

    name: str
    category: str
    id: str = ""

    @property
    def state(self) -> str:
        """The state of the badge that shows it."""
        return {"done": "good", "indeterminate": "info"}.get(self.category, "still")


def text_of(value: Mapping[str, Any], *path: str) -> str:
    """Return a text deep inside a document; empty where there is none."""
    found: Any = value
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return shown(found) if isinstance(found, str) else ""


def mapping_of(value: object) -> Mapping[str, Any]:
    """Return a JSON object; an empty one in the place of anything else."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: object) -> Sequence[Mapping[str, Any]]:
    """Return the JSON objects of a list; none in the place of anything else."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def id_of(value: object) -> str:
    """Return an id of Jira's, which comes as a number or as a text; empty if it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def key_of(value: object) -> str:
    """Return an issue's key; empty if it is none."""
    return value if isinstance(value, str) and _KEY.fullmatch(value) else ""


def someone_of(value: object) -> Someone | None:
    """Return a person, or None."""
    person = mapping_of(value)
    account_id = text_of(person, "accountId")
    return Someone(account_id, text_of(person, "displayName") or "unnamed") if account_id else None


def status_of(value: object) -> Status:
    """Return a status."""
    status = mapping_of(value)
    return Status(text_of(status, "name"), text_of(status, "statusCategory", "key"), id_of(status.get("id")))


def moment_of(value: object) -> datetime | None:
    """Return a time of Jira's, aware; None if it is none.

    Jira writes a time as text and, in bulk answers, as milliseconds since 1970.
    """
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        if not isinstance(value, str):
            return None
        found = datetime.fromisoformat(_ZONE_WITHOUT_COLON.sub(r"\1:\2", value.replace("Z", "+00:00")))
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def day_of(value: object) -> date | None:
    """Return a day of Jira's; None if it is none."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def number_of(value: object) -> float | None:
    """Return a number; None if it is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def whole_of(value: object) -> int:
    """Return a whole number that is not negative; 0 if it is none."""
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else 0


def in_batches(values: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    """Yield the values in order, some at a time."""
    return (values[start : start + size] for start in range(0, len(values), size))


def quoted(value: str) -> str:
    """Return a text as a string of JQL."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
