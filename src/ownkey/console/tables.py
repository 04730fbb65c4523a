"""The database's tables: written at once where there are none, otherwise brought along by migrations.

`fresh_tables.sql` is what all migrations make, those of the libraries included; `make tables` writes it.
A migration that it does not have yet runs on top of it, so it may be behind without harm.
"""

import pkgutil
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

FRESH_TABLES = Path(__file__).with_name("fresh_tables.sql")


def bring_up_to_date() -> None:
    """Make the tables those of this version. The caller keeps other processes from doing so meanwhile."""
    if not connection.introspection.table_names():
        _write_fresh()
    if not are_up_to_date():
        migrate()


def are_up_to_date() -> bool:
    """Whether every migration of this version has run; extra ones of a newer version change nothing here."""
    has_cache = settings.CACHES["default"]["LOCATION"] in connection.introspection.table_names()
    return has_cache and _known_migrations() <= MigrationRecorder(connection).applied_migrations().keys()


def migrate() -> None:
    """Run the migrations that have not run yet."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)


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
    script = f"BEGIN IMMEDIATE;\n{FRESH_TABLES.read_text()}COMMIT;"
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.executescript(script)
