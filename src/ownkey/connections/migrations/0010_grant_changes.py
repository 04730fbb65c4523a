"""A log of whom each change of what a client key grants concerns; the triggers that count the changes write it.

An entry has the number that its change was counted with, so that a reader sees whether one is missing. The names
of the triggers stay: a migration that makes a watched table anew, or adds a column that grants depend on, ends with
`triggers(...)` of that table, its columns changed where they have to be.
"""

from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple

from django.conf import settings
from django.db import migrations

numbers = import_module("ownkey.connections.migrations.0003_grants_version")
lifecycle = import_module("ownkey.connections.migrations.0006_lifecycle")
main_scopes = import_module("ownkey.connections.migrations.0008_main_scopes")
later_scopes = import_module("ownkey.connections.migrations.0009_later_scopes")

KEPT = 10_000
"""Entries that the trigger below keeps. A reader that is further behind takes everything for changed."""

# `mark` tells an entry from one that has the same number in another history, say in a backup put in place.
LOG = (
    "CREATE TABLE connections_grant_change (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, "
    "subject TEXT NOT NULL, mark INTEGER NOT NULL DEFAULT (random()));"
)
LOG_IS_KEPT_SHORT = (
    "CREATE TRIGGER grant_change_kept AFTER INSERT ON connections_grant_change BEGIN "
    "DELETE FROM connections_grant_change WHERE number <= NEW.number - 10000; END;"
)


class Watched(NamedTuple):
    """A table whose rows grants depend on.

    Attributes:
        table: Its name.
        kind: What one of its rows is, or belongs to.
        subject: The column that says which.
        columns: Those whose change concerns the subject.
    """

    table: str
    kind: str
    subject: str
    columns: str


WATCHED = MappingProxyType(
    {
        "account": Watched(
            "connections_almaccount", "account", "slug", f"{later_scopes.WATCHED}, later_scopes, counts_from"
        ),
        "credential": Watched(
            "connections_credential", "person", "user_id", lifecycle.WATCHED["credential"][1]
        ),
        "key": Watched(
            "connections_clientkey",
            "client-key",
            "id",
            "id, user_id, alm_account_id, name, key_hash, scopes, read_only, expires_at, created_at, revoked_at",
        ),
    }
)


def _body(kind: str, subject: str) -> str:
    log = "INSERT OR REPLACE INTO connections_grant_change (number, kind, subject)"
    return f"{numbers.COUNT_UP} {log} SELECT number, {kind}, {subject} FROM connections_grants_version;"  # noqa: S608 names of columns


def _updated(kind: str, subject: str) -> str:
    """Return the body for a row that changed; one that has another subject now concerns both, so everything."""
    is_same = f"OLD.{subject} IS NEW.{subject}"
    return _body(
        f"CASE WHEN {is_same} THEN '{kind}' ELSE 'everything' END",
        f"CASE WHEN {is_same} THEN OLD.{subject} ELSE '' END",
    )


def triggers(name: str, watched: Watched) -> list[str]:
    """Return the statements that make the triggers of a table."""
    table, kind, subject, columns = watched
    events = {
        "insert": (f"INSERT ON {table}", _body(f"'{kind}'", f"NEW.{subject}")),
        "update": (f"UPDATE OF {columns} ON {table}", _updated(kind, subject)),
        "delete": (f"DELETE ON {table}", _body(f"'{kind}'", f"OLD.{subject}")),
    }
    return [
        f"CREATE TRIGGER grants_version_{name}_{event} AFTER {on} BEGIN {body} END;"
        for event, (on, body) in events.items()
    ]


def person_trigger() -> str:
    """Return the statement that makes the trigger of people: a suspension or another e-mail, not every sign-in."""
    event = numbers.EVENTS["grants_version_person_update"]
    return f"CREATE TRIGGER grants_version_person_update {event} BEGIN {_updated('person', 'id')} END;"


def _new_triggers() -> list[str]:
    made = [statement for name, watched in WATCHED.items() for statement in triggers(name, watched)]
    return [*_dropped(), *made, person_trigger()]


def _dropped() -> list[str]:
    return [f"DROP TRIGGER {name};" for name in numbers.EVENTS]


def _old_triggers() -> list[str]:
    events = dict(numbers.EVENTS)
    for name in ("account", "credential"):
        events[f"grants_version_{name}_update"] = (
            f"AFTER UPDATE OF {WATCHED[name].columns} ON {WATCHED[name].table}"
        )
    made = [f"CREATE TRIGGER {name} {event} BEGIN {numbers.COUNT_UP} END;" for name, event in events.items()]
    return [*_dropped(), *made]


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0009_later_scopes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL([LOG, LOG_IS_KEPT_SHORT], ["DROP TABLE connections_grant_change;"]),
        migrations.RunSQL([*_new_triggers()], [*_old_triggers()]),
    ]
