"""A person's other role is a change of what is granted: administrators look things up with the main credential."""

from importlib import import_module

from django.db import migrations

from ownkey.database.triggers import MakeTriggers, Trigger

numbers = import_module("ownkey.connections.migrations.0003_grants_version")

_LOG = "INSERT OR REPLACE INTO connections_grant_change (number, kind, subject)"
_ENTRY = f"{_LOG} SELECT number, 'person', NEW.id FROM connections_grants_version;"  # noqa: S608 columns


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0014_state_columns"),
        ("people", "0005_role"),
    ]

    operations = [
        MakeTriggers(
            Trigger(
                name="grants_version_person_role",
                event="UPDATE OF role",
                table="people_user",
                condition="OLD.role IS NOT NEW.role",
                statements=f"{numbers.COUNT_UP} {_ENTRY}",
            )
        )
    ]
