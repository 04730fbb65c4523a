"""A role is one column instead of two flags. The flags stay for a release, and triggers fill them.

The column is added in so many words: Django would make the tables anew on SQLite, and lose their triggers.
"""

from django.db import migrations, models

import ownkey.people.roles
from ownkey.database.triggers import MakeTriggers, Trigger

TABLES = ("people_user", "people_invitation")
ROLE = "varchar(16) NOT NULL DEFAULT 'person' CHECK (role IN ('person', 'auditor', 'administrator'))"
FLAGS = "is_administrator = (NEW.role = 'administrator'), is_auditor = (NEW.role = 'auditor')"
OF_FLAGS = "CASE WHEN is_administrator THEN 'administrator' WHEN is_auditor THEN 'auditor' ELSE 'person' END"


def add_column(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        [f"ALTER TABLE {table} ADD COLUMN role {ROLE};", f"UPDATE {table} SET role = {OF_FLAGS};"],  # noqa: S608
        [f"ALTER TABLE {table} DROP COLUMN role;"],
    )


def fill_flags(table: str) -> MakeTriggers:
    filled = f"UPDATE {table} SET {FLAGS} WHERE id = NEW.id;"  # noqa: S608
    return MakeTriggers(
        Trigger(name=f"{table}_role_insert", event="INSERT", table=table, statements=filled),
        Trigger(name=f"{table}_role_update", event="UPDATE OF role", table=table, statements=filled),
    )


def renamed(model: str) -> list[migrations.operations.base.Operation]:
    flag = models.BooleanField(default=False, editable=False, db_column="is_administrator")
    auditor = models.BooleanField(default=False, db_default=False, editable=False, db_column="is_auditor")
    role = ownkey.people.roles.RoleField(db_default="person")
    return [
        migrations.RenameField(model, "is_administrator", "was_administrator"),
        migrations.AlterField(model, "was_administrator", flag),
        migrations.RenameField(model, "is_auditor", "was_auditor"),
        migrations.AlterField(model, "was_auditor", auditor),
        migrations.AddField(model, "role", role),
    ]


class Migration(migrations.Migration):
    dependencies = [("people", "0004_mail")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                *(add_column(table) for table in TABLES),
                *(fill_flags(table) for table in TABLES),
            ],
            state_operations=[*renamed("user"), *renamed("invitation")],
        )
    ]
