"""No refund leaves more unrecovered than it is."""

from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("payments", "0007_gateway_refunds_and_disputes")]
    operations = [
        AddCheckConstraint(
            "refund",
            models.CheckConstraint(
                condition=models.Q(
                    ("unrecovered_amount__gte", 0), ("unrecovered_amount__lte", models.F("amount"))
                ),
                name="refund_unrecovered_within",
            ),
        ),
    ]
