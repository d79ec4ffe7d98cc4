"""How much an event told is kept; the database refuses one that told something and is said to be ignored."""

from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("payments", "0013_refunds_of_credit")]
    operations = [
        migrations.AddField(
            model_name="gatewayevent",
            name="reports",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        AddCheckConstraint(
            "gatewayevent",
            models.CheckConstraint(
                condition=models.Q(
                    ("reports__isnull", True),
                    models.Q(("reports", 0), ("status", "ignored")),
                    models.Q(("reports__gt", 0), ("status", "processed")),
                    _connector="OR",
                ),
                name="gateway_event_ignored_told_nothing",
            ),
        ),
    ]
