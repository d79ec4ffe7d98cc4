"""Holders who are to confirm their address at the registrar, and what registries leave in our queue."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("domains", "0007_brakes_and_losses")]

    operations = [
        migrations.CreateModel(
            name="RegistrantVerification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("verified", "Verified"),
                            ("pending", "Pending"),
                            ("suspended", "Suspended"),
                        ],
                        max_length=9,
                    ),
                ),
                ("last_day", models.DateField(null=True)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("since", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "domain",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verification",
                        to="domains.domain",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RegistryMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("registrar", models.CharField(max_length=40)),
                ("message_id", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("transfer_away", "Transfer Away"),
                            ("deletion", "Deletion"),
                            ("low_balance", "Low Balance"),
                            ("other", "Other"),
                        ],
                        max_length=13,
                    ),
                ),
                ("about", models.CharField(blank=True, max_length=253)),
                ("text", models.TextField(blank=True)),
                ("queued_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["registrar", "message_id"], name="registry_message_by_id"),
                    models.Index(fields=["about", "id"], name="registry_message_about"),
                    models.Index(fields=["read_at"], name="registry_message_read_at"),
                ],
            },
        ),
    ]
