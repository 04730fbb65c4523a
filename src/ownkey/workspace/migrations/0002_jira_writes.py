"""The log of calls that wrote to Jira, for pages that are open."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workspace", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="JiraWrite",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("account_slug", models.CharField(max_length=64)),
                ("person_id", models.CharField(max_length=64)),
                ("refs", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
