"""What calls that write have changed in Jira, as far as their paths tell: for pages that show it.

It is ids and keys alone, never a body or a query: each page reads again, as its own person, what it shows.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol
from urllib.parse import unquote

from ownkey.calls.call import Call

_REF: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_KINDS: Final = {
    "issueIdOrKey": "issue",
    "issueId": "issue",
    "issueKey": "issue",
    "epicIdOrKey": "issue",
    "epicId": "issue",
    "boardId": "board",
    "sprintId": "sprint",
    "projectIdOrKey": "project",
    "projectKeyOrId": "project",
    "projectId": "project",
    "projectKey": "project",
}
"""What a parameter of a path names."""


class Ref(NamedTuple):
    """One thing in Jira.

    Attributes:
        kind: `issue`, `board`, `sprint` or `project`.
        name: Its id or its key, keys in capitals.
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """A call that wrote to Jira, or may have.

    Attributes:
        account_slug: At which ALM account.
        person_id: In whose name.
        refs: What its path names; empty if that cannot be told, such as for an issue that was created.
        at: When it ended.
    """

    account_slug: str
    person_id: str
    refs: tuple[Ref, ...]
    at: datetime


class Writes(Protocol):
    """Takes notice of calls that wrote."""

    def ended(self, written: Written) -> None:
        """Take notice of one; it must not wait for anything."""


class NoWrites:
    """Takes no notice: where no page can be open."""

    def ended(self, written: Written) -> None:
        """Ignore it."""


def written_by(call: Call, at: datetime) -> Written:
    """Return what a call that writes has changed, as far as its path tells."""
    refs = _refs(call.operation.path, call.request.path) if call.operation is not None else ()
    return Written(call.snapshot.account.slug, call.snapshot.person_id, refs, at)


def _refs(template: str, path: str) -> tuple[Ref, ...]:
    """Return what the parameters of a path name; templates and paths have the same segments."""
    found = []
    for name, value in zip(template.split("/"), path.split("/"), strict=False):
        kind = _KINDS.get(name[1:-1]) if name.startswith("{") else None
        ref = unquote(value)
        if kind is not None and _REF.fullmatch(ref):
            found.append(Ref(kind, ref.upper()))
    return tuple(found)
