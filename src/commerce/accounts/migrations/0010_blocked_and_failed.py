"""Erasures that something stands in the way of, and exports that could not be made."""

from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint, AddUniqueConcurrently

OPEN = ["requested", "blocked"]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0009_staff_mail_choices")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="erasure",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("blocked", "Blocked"),
                            ("withdrawn", "Withdrawn"),
                            ("done", "Done"),
                        ],
                        default="requested",
                        max_length=9,
                    ),
                )
            ]
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="dataexport",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("expired", "Expired"),
                        ],
                        default="requested",
                        max_length=9,
                    ),
                )
            ]
        ),
        migrations.RemoveConstraint(model_name="erasure", name="erasure_status_known"),
        AddCheckConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", [*OPEN, "withdrawn", "done"])),
                name="erasure_status_known",
            ),
        ),
        migrations.RemoveConstraint(model_name="erasure", name="erasure_says_when_ended"),
        AddCheckConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("status__in", OPEN)),
                    models.Q(
                        models.Q(("status__in", OPEN), _negated=True),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="erasure_says_when_ended",
            ),
        ),
        migrations.RemoveConstraint(model_name="erasure", name="erasure_one_open"),
        AddUniqueConcurrently(
            model_name="erasure",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", OPEN)),
                fields=("client",),
                name="erasure_one_open",
            ),
        ),
        migrations.RemoveConstraint(model_name="dataexport", name="data_export_status_known"),
        AddCheckConstraint(
            model_name="dataexport",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["requested", "ready", "failed", "expired"])),
                name="data_export_status_known",
            ),
        ),
    ]
