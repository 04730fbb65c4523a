"""A number that counts up with every change of what a client key grants; triggers do it, so no caller forgets.

A migration that makes one of these tables anew (SQLite does so for most changes of a column) drops its triggers:
it has to end with `migrations.RunSQL(...)` of them again. A test changes every column of every table and says so.
"""

from django.conf import settings
from django.db import migrations

COUNT_UP = (
    "INSERT INTO connections_grants_version (id, number) VALUES (1, 1) "
    "ON CONFLICT (id) DO UPDATE SET number = number + 1;"
)
EVENTS = {
    "grants_version_account_insert": "AFTER INSERT ON connections_almaccount",
    "grants_version_account_update": "AFTER UPDATE ON connections_almaccount",
    "grants_version_account_delete": "AFTER DELETE ON connections_almaccount",
    "grants_version_credential_insert": "AFTER INSERT ON connections_credential",
    "grants_version_credential_update": "AFTER UPDATE ON connections_credential",
    "grants_version_credential_delete": "AFTER DELETE ON connections_credential",
    # Not when it was last used, nor how often: that is written all the time.
    "grants_version_key_insert": "AFTER INSERT ON connections_clientkey",
    "grants_version_key_update": (
        "AFTER UPDATE OF id, user_id, alm_account_id, name, key_hash, scopes, read_only, expires_at, "
        "created_at, revoked_at ON connections_clientkey"
    ),
    "grants_version_key_delete": "AFTER DELETE ON connections_clientkey",
    # Not every sign-in.
    "grants_version_person_update": (
        "AFTER UPDATE ON people_user WHEN OLD.is_active IS NOT NEW.is_active OR OLD.email IS NOT NEW.email"
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0002_client_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE TABLE connections_grants_version "
            "(id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL);",
            "DROP TABLE connections_grants_version;",
        ),
        *(
            migrations.RunSQL(
                [f"CREATE TRIGGER {name} {event} BEGIN {COUNT_UP} END;"], [f"DROP TRIGGER {name};"]
            )
            for name, event in EVENTS.items()
        ),
    ]
