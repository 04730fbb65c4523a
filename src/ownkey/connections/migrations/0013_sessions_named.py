"""A session whose entry in the list of sessions goes, or whose end is another one, is a change for its person.

Each save moves the end of a session on; only a day or more is a change, since everything is read again each day.
"""

from importlib import import_module

from django.db import migrations

numbers = import_module("ownkey.connections.migrations.0003_grants_version")

_OWNER = "SELECT user_id FROM usersessions_usersession WHERE session_key = OLD.session_key"
_ANOTHER_END = "NEW.expire_date < OLD.expire_date OR NEW.expire_date > datetime(OLD.expire_date, '+1 day')"
_ANOTHER_SESSION = "OLD.user_id IS NOT NEW.user_id OR OLD.session_key IS NOT NEW.session_key"
EVENTS = {
    "grants_version_session_row_delete": ("AFTER DELETE ON usersessions_usersession", "OLD.user_id"),
    "grants_version_session_row_update": (
        f"AFTER UPDATE OF user_id, session_key ON usersessions_usersession WHEN {_ANOTHER_SESSION}",
        "OLD.user_id",
    ),
    "grants_version_session_end": (
        f"AFTER UPDATE OF expire_date ON django_session WHEN ({_ANOTHER_END}) AND EXISTS ({_OWNER})",
        f"({_OWNER})",
    ),
}


def _trigger(name: str, event: str, person: str) -> str:
    log = "INSERT OR REPLACE INTO connections_grant_change (number, kind, subject)"
    entry = f"{log} SELECT number, 'person', {person} FROM connections_grants_version;"  # noqa: S608 columns
    return f"CREATE TRIGGER {name} {event} BEGIN {numbers.COUNT_UP} {entry} END;"


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0012_sessions_grant"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL([_trigger(name, event, person)], [f"DROP TRIGGER {name};"])
        for name, (event, person) in EVENTS.items()
    ]
