from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0003_transactions_of_events")]

    operations = [
        AddIndexConcurrently(
            "clientevent",
            models.Index(fields=["transaction_id", "id"], name="client_event_by_transaction"),
        ),
    ]
