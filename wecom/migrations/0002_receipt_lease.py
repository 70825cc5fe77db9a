"""The lease of a receipt moves to the database's clock; next_attempt_at is for back-off only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wecom", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="callbackreceipt",
            name="lease_until",
            field=models.DateTimeField(null=True, verbose_name="占用至"),
        ),
    ]
