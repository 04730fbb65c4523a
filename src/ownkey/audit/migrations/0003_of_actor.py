"""Entries are found by who did it: everybody reads their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_chain"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["actor", "-number"], name="audit_entry_of_actor"),
        ),
    ]
