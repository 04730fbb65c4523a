"""The database's tables: written at once where there are none, otherwise brought along by migrations.

`fresh_tables.sql` is what all migrations make, those of the libraries included; `make tables` writes it.
A migration that it does not have yet runs on top of it, so it may be behind without harm.
"""

import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from ownkey.database.scripts import run_in_one_transaction

FRESH_TABLES = Path(__file__).with_name("fresh_tables.sql")
NEWER = "A newer version of Ownkey has changed the tables"
NEWER_STEP = "Nothing is lost: install that version, or a later one, and start it."


class NewerTablesError(Exception):
    """A newer version has changed the tables, so this one does not touch them."""

    code = "newer-tables"


@dataclass(frozen=True, slots=True)
class TableChanges:
    """How the tables of a database differ from this version's, as `app.name` of the migrations.

    Attributes:
        to_come: What this version would do to them.
        from_the_future: What a newer version has done to them.
    """

    to_come: tuple[str, ...]
    from_the_future: tuple[str, ...]


def table_changes(*, using: str = DEFAULT_DB_ALIAS) -> TableChanges:
    """Return how the tables differ; nothing is changed.

    Raises:
        DatabaseError: They cannot be read.
    """
    applied = MigrationRecorder(connections[using]).applied_migrations().keys()
    known = _known_migrations()
    return TableChanges(_named(known - applied), _named(applied - known))


def bring_up_to_date() -> None:
    """Make the tables those of this version. The caller keeps other processes from doing so meanwhile.

    Raises:
        NewerTablesError: They are a newer version's.
    """
    if not connection.introspection.table_names():
        _write_fresh()
    if newer := table_changes().from_the_future:
        raise NewerTablesError(f"{NEWER} ({', '.join(newer)}). {NEWER_STEP}")
    if not are_up_to_date():
        migrate()


def are_up_to_date() -> bool:
    """Whether every migration of this version has run."""
    has_cache = settings.CACHES["default"]["LOCATION"] in connection.introspection.table_names()
    return has_cache and _known_migrations() <= MigrationRecorder(connection).applied_migrations().keys()


def migrate() -> None:
    """Run the migrations that have not run yet."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)


def _named(changes: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(f"{app}.{name}" for app, name in changes))


def _known_migrations() -> set[tuple[str, str]]:
    """Return the names of all migrations; they are not imported, since every command asks."""
    found = set()
    for app in apps.get_app_configs():
        package, _ = MigrationLoader.migrations_module(app.label)
        if package is not None and _is_there(package):
            names = pkgutil.iter_modules(import_module(package).__path__)
            found |= {(app.label, one.name) for one in names if not one.ispkg and one.name[0] not in "_~"}
    return found


def _is_there(package: str) -> bool:
    parent, _, name = package.rpartition(".")
    return any(one.name == name for one in pkgutil.iter_modules(import_module(parent).__path__))


def _write_fresh() -> None:
    """Write all tables in one transaction: after a kill there are all of them or none."""
    run_in_one_transaction(FRESH_TABLES.read_text())
