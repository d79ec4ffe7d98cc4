"""Refunds know what became of them at the gateway; disputes have rows."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_totp_step"),
        ("payments", "0006_attempts_are_bound_by_purpose"),
    ]
    operations = [
        migrations.AddField("refund", "accepted_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "refund",
            "failure",
            models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
        migrations.AddField(
            "refund", "is_outside", models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddField(
            "refund", "unrecovered_amount", models.BigIntegerField(db_default=0, default=0)
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=40)),
                ("reference", models.CharField(max_length=255)),
                ("amount", models.BigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")],
                        default="open",
                        max_length=4,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("due_by", models.DateField(null=True)),
                ("recorded_by", models.CharField(blank=True, max_length=254)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disputes",
                        to="accounts.client",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disputes",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "reference"), name="dispute_reference_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="dispute_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "won", "lost"])),
                        name="dispute_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "open"), ("closed_at__isnull", False), _connector="OR"
                        ),
                        name="dispute_closed_says_when",
                    ),
                ],
            },
        ),
    ]
