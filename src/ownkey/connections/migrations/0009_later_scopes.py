"""Required scopes that count only from a day on; the trigger that counts changes of grants watches them, too."""

from importlib import import_module

from django.db import migrations, models

main_scopes = import_module("ownkey.connections.migrations.0008_main_scopes")
WATCHED = f"{main_scopes.COLUMNS}, main_scopes, main_scopes_changed_at"


class Migration(migrations.Migration):
    dependencies = [("connections", "0008_main_scopes")]

    operations = [
        # Each may be NULL: only then does SQLite add a column without making the table anew, and an older
        # Ownkey that writes to it still can.
        migrations.AddField("almaccount", "later_scopes", models.JSONField(null=True)),
        migrations.AddField("almaccount", "counts_from", models.DateField(null=True)),
        migrations.RunSQL(
            main_scopes._watching(f"{WATCHED}, later_scopes, counts_from"),  # noqa: SLF001 of the one before
            main_scopes._watching(WATCHED),  # noqa: SLF001 see above
        ),
    ]
