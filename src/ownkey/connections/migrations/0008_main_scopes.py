"""What the main credential itself must have; the trigger that counts changes of grants watches it, too."""

from importlib import import_module

from django.db import migrations, models

lifecycle = import_module("ownkey.connections.migrations.0006_lifecycle")
TABLE, COLUMNS = lifecycle.WATCHED["account"]
TRIGGER = "grants_version_account_update"


def _watching(columns: str) -> tuple[str, str]:
    return (
        f"DROP TRIGGER {TRIGGER};",
        f"CREATE TRIGGER {TRIGGER} AFTER UPDATE OF {columns} ON {TABLE} BEGIN {lifecycle.COUNT_UP} END;",
    )


class Migration(migrations.Migration):
    dependencies = [("connections", "0007_candidate_expires_on")]

    operations = [
        # Each may be NULL: only then does SQLite add a column without making the table anew.
        migrations.AddField("almaccount", "main_scopes", models.JSONField(null=True)),
        migrations.AddField("almaccount", "main_scopes_changed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            _watching(f"{COLUMNS}, main_scopes, main_scopes_changed_at"),
            _watching(COLUMNS),
        ),
    ]
