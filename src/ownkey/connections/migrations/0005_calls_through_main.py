# Counters are not watched by any trigger, so that their table may be made anew.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0004_client_key_hashed_with")]

    operations = [
        migrations.RemoveConstraint(model_name="clientkeycalls", name="client_key_calls_one_row"),
        migrations.AddField(
            model_name="clientkeycalls",
            name="through_main",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="clientkeycalls",
            constraint=models.UniqueConstraint(
                fields=("client_key", "day", "operation", "outcome", "through_main"),
                name="client_key_calls_one_row",
            ),
        ),
        migrations.AddIndex(
            model_name="clientkeycalls",
            index=models.Index(fields=["day"], name="client_key_calls_day"),
        ),
        migrations.AddIndex(
            model_name="clientkeycalls",
            index=models.Index(
                condition=models.Q(("through_main", True)), fields=["day"], name="client_key_calls_main_day"
            ),
        ),
    ]
