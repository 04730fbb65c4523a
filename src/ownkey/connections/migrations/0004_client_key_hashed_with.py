# May be empty, so that SQLite adds it without making the table anew: its triggers stay.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0003_grants_version")]

    operations = [
        migrations.AddField(
            model_name="clientkey",
            name="hashed_with",
            field=models.CharField(max_length=64, null=True),
        ),
    ]
