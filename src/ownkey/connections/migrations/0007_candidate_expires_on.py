"""The expiry date beside a tested token that waits: a page that is opened again shows what was typed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0006_lifecycle")]

    operations = [migrations.AddField("candidate", "expires_on", models.DateField(null=True))]
