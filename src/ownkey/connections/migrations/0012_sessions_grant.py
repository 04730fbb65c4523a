"""A session that ends is a change of what its person is granted: pages that are open are cut."""

from importlib import import_module

from django.db import migrations

numbers = import_module("ownkey.connections.migrations.0003_grants_version")

_OWNER = "SELECT user_id FROM usersessions_usersession WHERE session_key = OLD.session_key"
TRIGGER = f"""
    CREATE TRIGGER grants_version_session_delete AFTER DELETE ON django_session
    WHEN EXISTS ({_OWNER})
    BEGIN
        {numbers.COUNT_UP}
        INSERT OR REPLACE INTO connections_grant_change (number, kind, subject)
        SELECT number, 'person', ({_OWNER}) FROM connections_grants_version;
    END;
"""  # noqa: S608 names of columns


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0011_person_calls"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL([TRIGGER], ["DROP TRIGGER grants_version_session_delete;"]),
    ]
