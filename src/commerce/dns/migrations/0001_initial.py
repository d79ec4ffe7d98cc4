import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0003_autopay"),
        ("catalog", "0003_product_features_and_picture"),
        ("domains", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Zone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=253)),
                (
                    "status",
                    models.CharField(
                        choices=[("live", "Live"), ("ended", "Ended")], default="live", max_length=5
                    ),
                ),
                (
                    "dnssec",
                    models.CharField(
                        choices=[
                            ("unsigned", "Unsigned"),
                            ("signed", "Signed"),
                            ("unsigning", "Unsigning"),
                        ],
                        default="unsigned",
                        max_length=9,
                    ),
                ),
                ("ds_records", models.JSONField(default=list)),
                ("ds_at_registrar", models.JSONField(default=list)),
                ("ds_gone_at", models.DateTimeField(null=True)),
                ("ds_ttl", models.PositiveIntegerField(default=86400)),
                ("is_delegated", models.BooleanField(null=True)),
                ("delegation_problems", models.JSONField(default=list)),
                ("delegation_checked_at", models.DateTimeField(null=True)),
                ("ends_on", models.DateField(null=True)),
                ("end_told_on", models.DateField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="zones",
                        to="accounts.client",
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="zones",
                        to="domains.domain",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["live", "ended"])),
                        name="zone_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("dnssec__in", ["unsigned", "signed", "unsigning"])),
                        name="zone_dnssec_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False), ("status", "live"), _negated=True
                            ),
                            models.Q(
                                ("ended_at__isnull", True), ("status", "ended"), _negated=True
                            ),
                        ),
                        name="zone_ended_has_instant",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "live")),
                        fields=("name",),
                        name="zone_live_name_unique",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ZoneTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="zone_template",
                        to="catalog.product",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ZoneVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("serial", models.PositiveBigIntegerField()),
                ("soa", models.CharField(max_length=600)),
                ("records", models.JSONField()),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("template", "Template"),
                            ("edit", "Edit"),
                            ("import", "Import"),
                            ("restore", "Restore"),
                        ],
                        max_length=8,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(blank=True, max_length=255)),
                ("live_at", models.DateTimeField(null=True)),
                (
                    "zone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="dns.zone",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cause__in", ["template", "edit", "import", "restore"])
                        ),
                        name="zone_version_cause_known",
                    ),
                    models.UniqueConstraint(fields=("zone", "number"), name="zone_version_unique"),
                ],
            },
        ),
    ]
