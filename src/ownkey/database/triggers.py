"""Triggers: what the database does by itself when rows change, so that no caller forgets it.

A migration that makes a table anew (on SQLite Django does so for most changes of a column) drops the triggers
of that table: it has to end with `MakeTriggers` of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class UnknownDatabaseError(Exception):
    """Nobody has written down how this kind of database makes triggers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What is done after rows of a table have changed, in the same transaction.

    Attributes:
        name: Its name, which no other trigger of the database has.
        event: `INSERT`, `DELETE`, `UPDATE` or `UPDATE OF` with names of columns.
        table: The table that is watched.
        condition: What has to be true of the row for it, over `OLD` and `NEW`; "" for every row.
        statements: What is done for each row, each statement with a semicolon at its end.
    """

    name: str
    event: str
    table: str
    condition: str = ""
    statements: str


def _made_by_sqlite(trigger: Trigger) -> str:
    when = f" WHEN {trigger.condition}" if trigger.condition else ""
    event = f"AFTER {trigger.event} ON {trigger.table}{when}"
    return f"CREATE TRIGGER {trigger.name} {event} BEGIN {trigger.statements} END"


def _dropped_by_sqlite(trigger: Trigger) -> str:
    return f"DROP TRIGGER {trigger.name}"


MADE: Final[Mapping[str, Callable[[Trigger], str]]] = MappingProxyType({"sqlite": _made_by_sqlite})
"""What makes a trigger, by what Django calls the kind of database."""
DROPPED: Final[Mapping[str, Callable[[Trigger], str]]] = MappingProxyType({"sqlite": _dropped_by_sqlite})
"""What drops a trigger, by what Django calls the kind of database."""


class MakeTriggers(Operation):
    """Makes triggers; undone, it drops them."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, *triggers: Trigger) -> None:
        self.triggers = triggers

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change no model: Django knows nothing of triggers."""

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002 Django gives them
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002
        to_state: ProjectState,  # noqa: ARG002
    ) -> None:
        """Make the triggers."""
        self._execute(schema_editor, MADE)

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002 Django gives them
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002
        to_state: ProjectState,  # noqa: ARG002
    ) -> None:
        """Drop the triggers."""
        self._execute(schema_editor, DROPPED)

    def describe(self) -> str:
        """Return what is done, for `migrate`."""
        return f"Make the triggers {', '.join(trigger.name for trigger in self.triggers)}"

    def _execute(
        self, schema_editor: BaseDatabaseSchemaEditor, spoken: Mapping[str, Callable[[Trigger], str]]
    ) -> None:
        statement_of = spoken.get(schema_editor.connection.vendor)
        if statement_of is None:
            raise UnknownDatabaseError(f"No trigger can be made in {schema_editor.connection.display_name}.")
        for trigger in self.triggers:
            schema_editor.execute(statement_of(trigger), params=None)
