"""Servers with their credentials, accounts as their panels have them, the log of calls, usage by the day, drift."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hosting", "0005_services_of_all_clients"),
    ]

    operations = [
        migrations.AddField(
            model_name="server",
            name="drift_checked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="server",
            name="fingerprint",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="server",
            name="port",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="server",
            name="secrets",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="server",
            name="settings",
            field=models.JSONField(
                db_default=models.Value({}, output_field=models.JSONField()), default=dict
            ),
        ),
        migrations.AlterField(
            model_name="service",
            name="username",
            field=models.CharField(blank=True, db_default="", default="", max_length=253),
        ),
        migrations.CreateModel(
            name="AccountInfo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("state", models.CharField(max_length=3)),
                ("package", models.CharField(blank=True, max_length=100)),
                ("details", models.JSONField(default=dict)),
                ("checked_at", models.DateTimeField()),
                (
                    "service",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="account_info",
                        to="hosting.service",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountPassword",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("encrypted", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("set_at", models.DateTimeField(null=True)),
                (
                    "service",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="account_password",
                        to="hosting.service",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProvisioningCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("server_id", models.BigIntegerField()),
                ("service_id", models.BigIntegerField(null=True)),
                ("job_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("method", models.CharField(max_length=10)),
                ("path", models.CharField(max_length=500)),
                ("request", models.TextField(blank=True)),
                ("status", models.PositiveSmallIntegerField()),
                ("answer", models.TextField(blank=True)),
                ("milliseconds", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["service_id", "id"], name="provisioning_call_of_service"),
                    models.Index(fields=["job_id", "id"], name="provisioning_call_of_job"),
                    models.Index(fields=["at"], name="provisioning_call_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DriftFinding",
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
                            ("missing", "Missing"),
                            ("suspended", "Suspended"),
                            ("running", "Running"),
                            ("alive", "Alive"),
                            ("other_package", "Other Package"),
                        ],
                        max_length=20,
                    ),
                ),
                ("account", models.CharField(max_length=253)),
                ("local", models.CharField(blank=True, max_length=200)),
                ("remote", models.CharField(blank=True, max_length=200)),
                ("found_at", models.DateTimeField()),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drift_findings",
                        to="hosting.server",
                    ),
                ),
                (
                    "service",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drift_finding",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["missing", "suspended", "running", "alive", "other_package"],
                            )
                        ),
                        name="drift_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("kind", models.CharField(max_length=9)),
                ("used", models.BigIntegerField()),
                ("limit", models.BigIntegerField(null=True)),
                (
                    "service",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="usage_days",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="usage_day_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("service", "day", "kind"), name="usage_day_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("used__gte", 0)), name="usage_day_not_negative"
                    ),
                ],
            },
        ),
    ]
