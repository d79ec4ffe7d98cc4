"""No refund leaves more unrecovered than it is."""

from django.db import models

from commerce.db.migration_operations import AddCheckConstraint
from commerce.db.migration_states import LazyMigration


class Migration(LazyMigration):
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
