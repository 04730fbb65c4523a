"""Every entry chained to the one before, those that are there already included; triggers keep it so."""

from django.apps.registry import Apps
from django.db import connection, migrations, models

# Format 1 of the chain never changes, so the code of today may be called here.
from ownkey.audit.chain import GENESIS
from ownkey.audit.entry import NewEntry, label_of
from ownkey.audit.keys import record_keys
from ownkey.audit.storing import INSERT, as_row, chain_on

TRIGGERS = {
    "record_has_no_gaps": """
        BEFORE INSERT ON audit_entry
        WHEN NEW.number IS NOT (SELECT COALESCE(MAX(number), 0) + 1 FROM audit_entry)
        BEGIN SELECT RAISE(ABORT, 'Entries are added at the end of the record.'); END
    """,
    "record_is_not_changed": """
        BEFORE UPDATE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'Entries of the record are never changed.'); END
    """,
    # But for what an entry of the record itself says was cut off: see pruning.py.
    "record_is_not_removed": """
        BEFORE DELETE ON audit_entry
        WHEN NOT EXISTS (
            SELECT 1 FROM audit_entry AS cut WHERE cut.action = 'record.pruned'
            AND cut.number > OLD.number AND json_extract(cut.details, '$.through') >= OLD.number
        )
        BEGIN SELECT RAISE(ABORT, 'Entries of the record are never removed.'); END
    """,
}


def chain_what_is_there(apps: Apps, _schema_editor: object) -> None:
    """Copy the old entries into the chain, in the order in which they were written."""
    old = apps.get_model("audit", "OldEntry")  # type: ignore[misc]  # it is there only now
    if not old.objects.exists():
        return
    keys = record_keys()
    previous, number = GENESIS, 0
    with connection.cursor() as cursor:
        for row in old.objects.order_by("pk").iterator(chunk_size=500):
            entry = NewEntry(
                at=row.at,
                action=row.action,
                actor=label_of(row.actor),
                subject=label_of(row.subject),
                details=row.details,
            )
            (stored,) = chain_on([entry], after=number, previous=previous, keys=keys)
            number, previous = stored.number, stored.hash
            cursor.execute(INSERT, as_row(stored))


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RenameModel("Entry", "OldEntry"),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("number", models.PositiveBigIntegerField(editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True, editable=False)),
                ("actor", models.CharField(editable=False, max_length=254)),
                ("action", models.CharField(db_index=True, editable=False, max_length=64)),
                ("subject", models.CharField(editable=False, max_length=254)),
                ("alm_account", models.CharField(editable=False, max_length=64)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("done", "done"),
                            ("refused", "refused"),
                            ("failed", "failed"),
                            ("started", "started"),
                            ("unsure", "unsure"),
                        ],
                        editable=False,
                        max_length=16,
                    ),
                ),
                ("details", models.JSONField(editable=False)),
                ("key_id", models.CharField(editable=False, max_length=64)),
                ("hash", models.BinaryField(max_length=32)),
                ("signature", models.BinaryField(max_length=32)),
            ],
            options={"verbose_name_plural": "entries", "ordering": ["-number"]},
        ),
        migrations.RunPython(chain_what_is_there),
        migrations.DeleteModel("OldEntry"),
        *(
            migrations.RunSQL([f"CREATE TRIGGER {name} {body};"], [f"DROP TRIGGER {name};"])
            for name, body in TRIGGERS.items()
        ),
    ]
