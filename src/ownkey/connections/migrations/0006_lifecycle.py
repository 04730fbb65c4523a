"""Columns that the schedule writes; the triggers that count changes of grants leave them (and `checked_at`) out.

A re-check that finds nothing new writes these alone, so that the gateway's workers keep what they know. A check
that changes what calls may do always writes another column as well.
"""

from django.db import migrations, models

COUNT_UP = (
    "INSERT INTO connections_grants_version (id, number) VALUES (1, 1) "
    "ON CONFLICT (id) DO UPDATE SET number = number + 1;"
)
SEALED = (
    "id, authentication, login, envelope, version, proven_count, atlassian_account_id, display_name, email, "
    "state, reason, since, report, expires_on"
)
OF_ACCOUNT = (
    "slug, name, kind, site_url, cloud_id, profile_name, required_scopes, policy, passes_unknown_operations, "
    "other_email_allowed, revision, created_at, profile_changed_at"
)
WATCHED = {
    "account": (
        "connections_almaccount",
        f"{SEALED}, {OF_ACCOUNT}",
    ),
    "credential": ("connections_credential", f"{SEALED}, user_id, alm_account_id, connected_at"),
}


def _columns(model: str) -> list[migrations.AddField]:
    # Each may be NULL: only then does SQLite add a column without making the table anew.
    return [
        migrations.AddField(model, "tried_at", models.DateTimeField(null=True)),
        migrations.AddField(model, "unanswered_since", models.DateTimeField(null=True)),
        migrations.AddField(model, "unanswered_times", models.PositiveSmallIntegerField(null=True)),
    ]


def _trigger(name: str) -> migrations.RunSQL:
    table, columns = WATCHED[name]
    trigger = f"grants_version_{name}_update"
    drop = f"DROP TRIGGER {trigger};"
    after_any = f"CREATE TRIGGER {trigger} AFTER UPDATE ON {table} BEGIN {COUNT_UP} END;"
    after_these = f"CREATE TRIGGER {trigger} AFTER UPDATE OF {columns} ON {table} BEGIN {COUNT_UP} END;"
    return migrations.RunSQL([drop, after_these], [drop, after_any])


class Migration(migrations.Migration):
    dependencies = [("connections", "0005_calls_through_main")]

    operations = [
        *_columns("almaccount"),
        *_columns("credential"),
        migrations.AddField("almaccount", "profile_changed_at", models.DateTimeField(null=True)),
        _trigger("account"),
        _trigger("credential"),
    ]
