"""Staff sum and search the payments of all clients by an index."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0008_unrecovered_amounts_are_bounded")]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                fields=["transaction_id"],
                name="payment_by_transaction",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("status__in", ["pending", "failed"]), _negated=True),
                fields=["currency", "received_on", "amount"],
                name="payment_booked_by_day",
            ),
        ),
    ]
