"""Whether a saved card is charged for invoices: a switch of the client, on from the start."""

from django.db import migrations, models

from commerce.db.migration_states import LazyMigration


class Migration(LazyMigration):
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
