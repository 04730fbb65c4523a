# The column is added in so many words: Django would make the table of people anew on SQLite, and lose the
# trigger that tells the gateway of a suspension.

from django.db import migrations, models

ADD_TO_PEOPLE = "ALTER TABLE people_user ADD COLUMN is_auditor bool NOT NULL DEFAULT false;"
REMOVE_FROM_PEOPLE = "ALTER TABLE people_user DROP COLUMN is_auditor;"


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ADD_TO_PEOPLE, REMOVE_FROM_PEOPLE)],
            state_operations=[
                migrations.AddField(
                    model_name="user",
                    name="is_auditor",
                    field=models.BooleanField(db_default=False, default=False, verbose_name="auditor"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="invitation",
            name="is_auditor",
            field=models.BooleanField(default=False, verbose_name="auditor"),
        ),
    ]
