"""The columns that a credential's state follows from, and how many credentials have the same of them.

Triggers count, so no caller forgets. A migration that makes `connections_credential` or `people_user` anew has to
drop them first, and ends with `MakeTriggers(*triggers())`: they name both tables.
"""

# ruff: noqa: S608, ANN401 names of columns make the statements; historical models have no types

from datetime import date, timedelta
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from ownkey.database.triggers import MakeTriggers, Trigger

UNKNOWN_AFTER_FAILURES = 6
WITH_SCOPES = frozenset({"scoped-api-token", "service-account"})
NEW = {
    "missing_count": "smallint unsigned NOT NULL DEFAULT 0",
    "missing_later_count": "smallint unsigned NOT NULL DEFAULT 0",
    "untested_count": "smallint unsigned NOT NULL DEFAULT 0",
    "untested_later_count": "smallint unsigned NOT NULL DEFAULT 0",
    "awaits_recheck": "bool NOT NULL DEFAULT false",
    "is_silent": "bool NOT NULL DEFAULT false",
    "accepted_past_on": "date NULL",
}
COUNTED = ("state", *(name for name in NEW), "expires_on")
TABLES = {"almaccount": "connections_almaccount", "credential": "connections_credential"}
COUNTS = "connections_credentialcount"


def field_of(name: str) -> Any:
    if name == "accepted_past_on":
        return models.DateField(null=True)
    if name in {"awaits_recheck", "is_silent"}:
        return models.BooleanField(db_default=False, default=False)
    return models.PositiveSmallIntegerField(db_default=0, default=0)


def new_columns() -> list[Operation]:
    # In so many words: Django would make the tables anew on SQLite, and lose the triggers of grants.
    return [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"ALTER TABLE {table} ADD COLUMN {name} {kind};",
                    f"ALTER TABLE {table} DROP COLUMN {name};",
                )
            ],
            state_operations=[migrations.AddField(model, name, field_of(name))],
        )
        for model, table in TABLES.items()
        for name, kind in NEW.items()
    ]


def counted(row: str, is_active: str) -> str:
    """Return what finds the count of a credential."""
    same = " AND ".join(f"{COUNTS}.{name} IS {row}.{name}" for name in ("alm_account_id", *COUNTED))
    return f"{COUNTS}.is_active = {is_active} AND {same}"


def add(row: str) -> str:
    is_active = f"(SELECT is_active FROM people_user WHERE id = {row}.user_id)"
    where = counted(row, is_active)
    return (
        f"INSERT INTO {COUNTS} (alm_account_id, is_active, number, {', '.join(COUNTED)}) "
        f"SELECT {row}.alm_account_id, {is_active}, 0, {', '.join(f'{row}.{name}' for name in COUNTED)} "
        f"WHERE NOT EXISTS (SELECT 1 FROM {COUNTS} WHERE {where}); "
        f"UPDATE {COUNTS} SET number = number + 1 WHERE {where};"
    )


def remove(row: str) -> str:
    where = counted(row, f"(SELECT is_active FROM people_user WHERE id = {row}.user_id)")
    return (
        f"UPDATE {COUNTS} SET number = number - 1 WHERE {where}; "
        f"DELETE FROM {COUNTS} WHERE number = 0 AND {where};"
    )


def move_person() -> str:
    """Return what counts a person's credentials anew when the person is suspended or let back in."""

    def of_person(is_active: str) -> str:
        own = f"SELECT 1 FROM {TABLES['credential']} AS own WHERE own.user_id = NEW.id"
        return f"EXISTS ({own} AND {counted('own', is_active)})"

    return (
        f"UPDATE {COUNTS} SET number = number - 1 WHERE {of_person('OLD.is_active')}; "
        f"DELETE FROM {COUNTS} WHERE number = 0; "
        f"INSERT INTO {COUNTS} (alm_account_id, is_active, number, {', '.join(COUNTED)}) "
        f"SELECT own.alm_account_id, NEW.is_active, 0, {', '.join(f'own.{name}' for name in COUNTED)} "
        f"FROM {TABLES['credential']} AS own WHERE own.user_id = NEW.id "
        f"AND NOT EXISTS (SELECT 1 FROM {COUNTS} WHERE {counted('own', 'NEW.is_active')}); "
        f"UPDATE {COUNTS} SET number = number + 1 WHERE {of_person('NEW.is_active')};"
    )


def triggers() -> tuple[Trigger, ...]:
    table, watched = TABLES["credential"], ("user_id", "alm_account_id", *COUNTED)
    return (
        Trigger(name="credential_count_insert", event="INSERT", table=table, statements=add("NEW")),
        Trigger(
            name="credential_count_update",
            event=f"UPDATE OF {', '.join(watched)}",
            table=table,
            condition=" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in watched),
            statements=f"{remove('OLD')} {add('NEW')}",
        ),
        Trigger(name="credential_count_delete", event="DELETE", table=table, statements=remove("OLD")),
        Trigger(
            name="credential_count_person",
            event="UPDATE OF is_active",
            table="people_user",
            condition="OLD.is_active IS NOT NEW.is_active",
            statements=move_person(),
        ),
    )


COUNT_ALL = (
    f"INSERT INTO {COUNTS} (alm_account_id, is_active, number, {', '.join(COUNTED)}) "
    f"SELECT own.alm_account_id, person.is_active, count(*), {', '.join(f'own.{name}' for name in COUNTED)} "
    f"FROM {TABLES['credential']} AS own JOIN people_user AS person ON person.id = own.user_id "
    f"GROUP BY own.alm_account_id, person.is_active, {', '.join(f'own.{name}' for name in COUNTED)};"
)


def derived(row: Any, account: Any) -> dict[str, Any]:
    """Return the new columns of a credential."""
    is_main = row is account
    has_own_list = is_main and account.main_scopes is not None
    needed = account.main_scopes if has_own_list else account.required_scopes
    later = () if has_own_list or account.counts_from is None else account.later_scopes or ()
    changed_at = account.profile_changed_at
    if is_main and (account.main_scopes is not None or account.main_scopes_changed_at):
        changed_at = account.main_scopes_changed_at
    found = {one["scope"]: one["state"] for one in row.report.get("scopes", ())}
    missing = [scope for scope in needed if found.get(scope) == "missing"]
    untested = [scope for scope in needed if scope not in found and row.authentication in WITH_SCOPES]
    is_behind = row.checked_at is None or (changed_at is not None and row.checked_at < changed_at)
    return {
        "missing_count": sum(scope not in later for scope in missing),
        "missing_later_count": sum(scope in later for scope in missing),
        "untested_count": sum(scope not in later for scope in untested),
        "untested_later_count": sum(scope in later for scope in untested),
        "awaits_recheck": changed_at is not None and row.unanswered_since is None and is_behind,
        "is_silent": (row.unanswered_times or 0) >= UNKNOWN_AFTER_FAILURES,
        "accepted_past_on": accepted_past_on(row),
    }


def accepted_past_on(row: Any) -> "date | None":
    if row.expires_on is None or row.checked_at is None:
        return None
    checked_on: date = row.checked_at.date()
    return checked_on if checked_on - row.expires_on > timedelta(days=1) else None


def fill(apps: Any, _editor: Any) -> None:
    """Fill the new columns of the credentials that there are."""
    accounts, credentials = (apps.get_model("connections", name) for name in ("AlmAccount", "Credential"))
    for account in accounts.objects.all():
        accounts.objects.filter(pk=account.pk).update(**derived(account, account))
        for row in credentials.objects.filter(alm_account=account).defer("envelope").iterator():
            credentials.objects.filter(pk=row.pk).update(**derived(row, account))


def leave(_apps: Any, _editor: Any) -> None:
    """Leave everything: the columns go."""


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0013_sessions_named"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *new_columns(),
        migrations.CreateModel(
            name="CredentialCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("connected", "Connected"),
                            ("gaps", "Gaps"),
                            ("refused", "Refused"),
                            ("unknown", "Unknown"),
                            ("disconnected", "Disconnected"),
                        ],
                        default="disconnected",
                        max_length=16,
                    ),
                ),
                *((name, field_of(name)) for name in NEW),
                ("expires_on", models.DateField(blank=True, null=True)),
                ("is_active", models.BooleanField()),
                ("number", models.PositiveIntegerField()),
                (
                    "alm_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="connections.almaccount",
                    ),
                ),
            ],
        ),
        migrations.RunPython(fill, leave),
        migrations.RunSQL(COUNT_ALL, migrations.RunSQL.noop),
        MakeTriggers(*triggers()),
    ]
