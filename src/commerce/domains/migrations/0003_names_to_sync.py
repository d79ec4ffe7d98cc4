"""Names that are to be compared with their registrar are found at once; only a transfer can wait for something."""

from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint, AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("domains", "0002_changes_and_sync")]

    operations = [
        AddIndexConcurrently(
            model_name="domain",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ("pending", "pending_transfer", "active", "expired", "redemption"),
                    )
                ),
                fields=["next_sync_at", "id"],
                name="domain_to_sync",
            ),
        ),
        AddCheckConstraint(
            model_name="domain",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("transfer_hold", ""),
                    models.Q(
                        ("status", "pending_transfer"),
                        ("transfer_hold__in", ["code_missing", "code_wrong", "being_cancelled"]),
                    ),
                    _connector="OR",
                ),
                name="domain_transfer_hold_known",
            ),
        ),
    ]
