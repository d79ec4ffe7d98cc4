"""Whether a saved card is charged for invoices: a switch of the client, on from the start."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_totp_step"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="autopay",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
