"""A brake for each registrar that misses too many names at once, and what ended on a registrar's word."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("domains", "0006_active_names_by_amount"),
    ]

    operations = [
        migrations.CreateModel(
            name="RegistrarBrake",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("registrar", models.CharField(max_length=40)),
                ("missing", models.PositiveIntegerField()),
                ("names", models.PositiveIntegerField()),
                ("raised_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("registrar",),
                        name="registrar_brake_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DomainLoss",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("registrar", models.CharField(max_length=40)),
                ("was_auto_renew", models.BooleanField()),
                ("is_confirmed", models.BooleanField()),
                ("ended_at", models.DateTimeField()),
                ("brought_back_at", models.DateTimeField(null=True)),
                (
                    "domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="losses",
                        to="domains.domain",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["registrar", "ended_at"], name="domain_loss_by_registrar"),
                ],
            },
        ),
    ]
