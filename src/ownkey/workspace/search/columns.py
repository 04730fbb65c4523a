"""The columns of a search: what each shows, what it needs of Jira, and by what it sorts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ownkey.workspace.jira.fields import Fields
from ownkey.workspace.jira.issues import Card


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        id: Names it in addresses.
        title: What stands above it.
        text_of: Returns its text for an issue.
        sorts_by: The field of JQL that it sorts by; empty if it does not sort.
        needs: The field of Jira that it needs beside those of all cards; empty if none.
    """

    id: str
    title: str
    text_of: Callable[[Card], str]
    sorts_by: str = ""
    needs: str = ""


def _further(id: str, title: str, field: str, sorts_by: str = "") -> Column:  # noqa: A002
    return Column(id, title, lambda card: card.further.get(field, ""), sorts_by, field)


COLUMNS: Final = {
    column.id: column
    for column in (
        Column("key", "Key", lambda card: card.key, "key"),
        Column("type", "Type", lambda card: card.kind, "issuetype"),
        Column("summary", "Summary", lambda card: card.summary, "summary"),
        Column("status", "Status", lambda card: card.status.name, "status"),
        Column("assignee", "Assignee", lambda card: card.assignee.name if card.assignee else "", "assignee"),
        Column("priority", "Priority", lambda card: card.priority, "priority"),
        Column("points", "Points", lambda card: card.points_words, "points"),
        Column("parent", "Parent", lambda card: card.parent_key, "parent"),
        Column("labels", "Labels", lambda card: " ".join(card.labels), "labels"),
        _further("project", "Project", "project", "project"),
        _further("reporter", "Reporter", "reporter", "reporter"),
        _further("components", "Components", "components"),
        _further("versions", "Fix versions", "fixVersions", "fixVersion"),
        _further("resolution", "Resolution", "resolution", "resolution"),
        _further("due", "Due", "duedate", "due"),
        _further("created", "Created", "created", "created"),
        Column(
            "changed", "Changed", lambda card: card.updated.isoformat() if card.updated else "", "updated"
        ),
    )
}
SHOWN: Final = ("key", "summary", "status", "assignee", "points", "changed")
EXPORTED: Final = (
    *("key", "type", "summary", "status", "assignee", "priority", "points", "parent", "labels", "changed"),
)


def chosen_of(ids: Iterable[str], *, otherwise: Iterable[str] = SHOWN) -> tuple[Column, ...]:
    """Return the columns that an address names, in their order here; the usual ones if it names none."""
    wanted = {each for each in ids if each in COLUMNS} or set(otherwise)
    return tuple(column for column in COLUMNS.values() if column.id in wanted)


def sorting_field(column: Column, fields: Fields) -> str:
    """Return by which field of JQL a column sorts in this Jira; empty if it does not."""
    if column.sorts_by != "points":
        return column.sorts_by
    number = fields.points[0].removeprefix("customfield_") if fields.points else ""
    return f"cf[{number}]" if number.isdecimal() else ""
