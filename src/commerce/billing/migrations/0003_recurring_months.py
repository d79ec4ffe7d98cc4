"""What each month brought is kept when it has ended."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_credit_of_added_funds"),
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecurringMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("service", "Service"), ("domain", "Domain")], max_length=7
                    ),
                ),
                ("start_amount", models.BigIntegerField()),
                ("start_count", models.PositiveIntegerField()),
                ("end_amount", models.BigIntegerField()),
                ("end_count", models.PositiveIntegerField()),
                ("movements", models.JSONField(default=dict)),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("month", "kind", "currency"), name="recurring_month_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["service", "domain"])),
                        name="recurring_month_kind_known",
                    ),
                ],
            },
        ),
    ]
