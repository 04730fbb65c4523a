import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("connections", "0006_lifecycle"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("name", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("holder", models.CharField(blank=True, max_length=64)),
                ("held_until", models.DateTimeField()),
                ("ran_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SitePause",
            fields=[
                ("place", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("is_main", models.BooleanField(default=False)),
                ("occasion", models.CharField(max_length=16)),
                ("about", models.CharField(max_length=80)),
                (
                    "delivery",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("dropped", "Not needed any more"),
                            ("failed", "Not deliverable"),
                            ("unsure", "Not certain"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "alm_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="connections.almaccount",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["delivery", "due_at"], name="reminder_next")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "alm_account", "is_main", "occasion", "about"),
                        name="reminder_only_once",
                    )
                ],
            },
        ),
    ]
