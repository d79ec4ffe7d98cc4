"""How a refund goes back is its method; the column stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("refund", "refund_way_known"),
                migrations.RenameField("refund", "way", "method"),
                migrations.AlterField(
                    "refund",
                    "method",
                    models.CharField(
                        choices=[("gateway", "Gateway"), ("credit", "Credit")],
                        db_column="way",
                        max_length=7,
                    ),
                ),
                migrations.AddConstraint(
                    "refund",
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["gateway", "credit"])),
                        name="refund_way_known",
                    ),
                ),
            ]
        )
    ]
