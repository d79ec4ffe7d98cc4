from django.db import migrations, models

from commerce.db.transaction_stamps import TransactionNumber


class Migration(migrations.Migration):
    dependencies = [("events", "0002_client_events")]

    operations = [
        migrations.AddField(
            model_name="clientevent",
            name="transaction_id",
            field=models.BigIntegerField(db_default=TransactionNumber()),
        ),
    ]
