"""Contacts of names, when each is compared with its registrar, what is being changed there, and what differs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_autopay"),
        ("domains", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="contacts",
            field=models.JSONField(
                db_default=models.Value({}, output_field=models.JSONField()), default=dict
            ),
        ),
        migrations.AddField(
            model_name="domain",
            name="synced_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="next_sync_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="transfer_hold",
            field=models.CharField(
                blank=True,
                choices=[
                    ("code_missing", "Code Missing"),
                    ("code_wrong", "Code Wrong"),
                    ("being_cancelled", "Being Cancelled"),
                ],
                db_default="",
                default="",
                max_length=15,
            ),
        ),
        migrations.CreateModel(
            name="DomainChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("nameservers", "Nameservers"),
                            ("lock", "Lock"),
                            ("privacy", "Privacy"),
                            ("contacts", "Contacts"),
                            ("restore", "Restore"),
                        ],
                        max_length=11,
                    ),
                ),
                ("wanted", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="requested",
                        max_length=9,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ended", "Ended"),
                            ("refused", "Refused"),
                            ("dropped", "Dropped"),
                        ],
                        default="",
                        max_length=7,
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="domains.domain",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "requested")),
                        fields=("domain", "kind"),
                        name="domain_change_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["nameservers", "lock", "privacy", "contacts", "restore"],
                            )
                        ),
                        name="domain_change_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["requested", "done", "failed"])),
                        name="domain_change_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("status", "requested")),
                            models.Q(
                                models.Q(("status", "requested"), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="domain_change_says_when_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DomainDrift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=20)),
                ("ours", models.CharField(blank=True, max_length=300)),
                ("theirs", models.CharField(blank=True, max_length=300)),
                ("found_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(null=True)),
                (
                    "domain",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drifts",
                        to="domains.domain",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resolved_at__isnull", True)),
                        fields=("domain", "field"),
                        name="domain_drift_one_open",
                    ),
                ],
            },
        ),
    ]
