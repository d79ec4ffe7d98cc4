"""Price lists of registrars are kept, with what they were before."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("domains", "0003_names_to_sync"),
    ]

    operations = [
        migrations.CreateModel(
            name="RegistrarPrice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("registrar", models.CharField(max_length=40)),
                (
                    "operation",
                    models.CharField(
                        choices=[
                            ("register", "Register"),
                            ("renew", "Renew"),
                            ("transfer", "Transfer"),
                            ("restore", "Restore"),
                        ],
                        max_length=8,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("currency_code", models.CharField(max_length=3)),
                ("since", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(null=True)),
                (
                    "tld",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registrar_prices",
                        to="domains.tld",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at__isnull", True)),
                        fields=("registrar", "tld", "operation"),
                        name="registrar_price_one_current",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="registrar_price_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "operation__in",
                                [
                                    "register",
                                    "renew",
                                    "transfer",
                                    "restore",
                                ],
                            )
                        ),
                        name="registrar_price_operation_known",
                    ),
                ],
            },
        ),
    ]
