import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_mail_choices"),
        ("billing", "0008_date_what_was_issued_and_finished"),
        ("domains", "0002_table_of_tlds"),
        ("hosting", "0003_remote_ids"),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old_amount", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("parts", models.JSONField(default=dict)),
                ("options", models.JSONField(default=list)),
                ("from_date", models.DateField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("applied", "Applied"),
                            ("dropped", "Dropped"),
                        ],
                        default="planned",
                        max_length=7,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_changes",
                        to="accounts.client",
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_changes",
                        to="domains.domain",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_changes",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("domain__isnull", True), ("service__isnull", False)),
                            models.Q(("domain__isnull", False), ("service__isnull", True)),
                            _connector="OR",
                        ),
                        name="price_change_service_or_domain",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["planned", "applied", "dropped"])),
                        name="price_change_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("old_amount__gte", 0),
                            ("amount__gte", 0),
                            models.Q(("amount", models.F("old_amount")), _negated=True),
                        ),
                        name="price_change_to_another_amount",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "planned")),
                        fields=("service",),
                        name="price_change_service_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "planned")),
                        fields=("domain",),
                        name="price_change_domain_once",
                    ),
                ],
            },
        ),
    ]
