"""What clients owed and had on a past day is counted back by the instants of the ledgers."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0010_invoice_line_product")]

    operations = [
        AddIndexConcurrently(
            model_name="settlemententry",
            index=models.Index(fields=["at", "invoice", "amount"], name="settlement_by_time"),
        ),
        AddIndexConcurrently(
            model_name="creditentry",
            index=models.Index(fields=["at", "account", "amount"], name="credit_by_time"),
        ),
    ]
