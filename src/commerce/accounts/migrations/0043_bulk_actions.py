"""Acts that staff do to many records of a list at once, and each record of them."""

import django.db.models.deletion
from django.db import migrations, models

STATUSES = ["checking", "ready", "running", "undoable", "done", "undoing", "undone"]
OUTCOMES = ["unchecked", "ready", "left_out", "done", "failed", "undone", "kept"]
STATUS_NAMES = ["Checking", "Ready", "Running", "Can Be Undone", "Done", "Undoing", "Undone"]
OUTCOME_NAMES = ["Unchecked", "Ready", "Left Out", "Done", "Failed", "Undone", "Not Undone"]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0042_saved_views")]

    operations = [
        migrations.CreateModel(
            name="BulkAction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("list_name", models.CharField(max_length=60)),
                ("query", models.TextField(blank=True)),
                ("act", models.CharField(max_length=60)),
                ("values", models.JSONField(default=dict)),
                ("address", models.GenericIPAddressField(null=True)),
                (
                    "status",
                    models.CharField(
                        choices=list(zip(STATUSES, STATUS_NAMES, strict=True)),
                        default="checking",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("undo_until", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bulk_actions",
                        to="accounts.staff",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", STATUSES)), name="bulk_status_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("record_id", models.BigIntegerField()),
                ("client_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "outcome",
                    models.CharField(
                        choices=list(zip(OUTCOMES, OUTCOME_NAMES, strict=True)),
                        default="unchecked",
                        max_length=9,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=60)),
                ("text", models.CharField(blank=True, max_length=500)),
                ("made", models.JSONField(null=True)),
                ("mails", models.JSONField(default=list)),
                (
                    "bulk_action",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="accounts.bulkaction",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("bulk_action", "record_id"), name="bulk_item_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", OUTCOMES)), name="bulk_outcome_known"
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["bulk_action", "outcome", "id"], name="bulk_item_by_outcome"
                    )
                ],
            },
        ),
    ]
