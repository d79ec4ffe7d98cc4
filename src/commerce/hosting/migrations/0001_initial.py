import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Server",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                ("group", models.CharField(blank=True, db_default="", default="", max_length=100)),
                ("module", models.CharField(db_default="manual", default="manual", max_length=40)),
                ("hostname", models.CharField(max_length=253)),
                (
                    "panel_url",
                    models.CharField(blank=True, db_default="", default="", max_length=500),
                ),
                ("max_accounts", models.PositiveIntegerField(db_default=0, default=0)),
                ("ns1", models.CharField(blank=True, db_default="", default="", max_length=253)),
                ("ns2", models.CharField(blank=True, db_default="", default="", max_length=253)),
                ("ns3", models.CharField(blank=True, db_default="", default="", max_length=253)),
                ("ns4", models.CharField(blank=True, db_default="", default="", max_length=253)),
                ("is_active", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Service",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("label", models.CharField(max_length=100)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("active", "Active"),
                            ("suspended", "Suspended"),
                            ("cancelled", "Cancelled"),
                            ("terminated", "Terminated"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("provisioning_key", models.CharField(max_length=32, unique=True)),
                ("domain", models.CharField(blank=True, max_length=253)),
                ("username", models.CharField(blank=True, max_length=32)),
                (
                    "remote_id",
                    models.CharField(blank=True, db_default="", default="", max_length=100),
                ),
                (
                    "billing_cycle",
                    models.CharField(
                        choices=[
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("semi_annually", "Semi Annually"),
                            ("annually", "Annually"),
                            ("biennially", "Biennially"),
                            ("triennially", "Triennially"),
                            ("one_time", "One Time"),
                        ],
                        max_length=13,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("options", models.JSONField(default=list)),
                ("parts", models.JSONField(default=dict)),
                ("anchor_date", models.DateField(null=True)),
                ("next_due_date", models.DateField(null=True)),
                ("cancel_at", models.DateField(null=True)),
                ("registration_date", models.DateField(null=True)),
                ("suspended_at", models.DateTimeField(null=True)),
                (
                    "suspension_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("overdue", "Overdue"),
                            ("staff", "Staff"),
                            ("abuse", "Abuse"),
                            ("fraud", "Fraud"),
                        ],
                        max_length=10,
                    ),
                ),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("terminated_at", models.DateTimeField(null=True)),
                ("notes", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="accounts.client",
                    ),
                ),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="catalog.product",
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="hosting.server",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client", "created_at", "id"], name="service_list"),
                    models.Index(
                        fields=["client", "status", "created_at", "id"], name="service_by_status"
                    ),
                    models.Index(fields=["client", "changed_at"], name="service_changed"),
                    models.Index(
                        condition=models.Q(("status__in", ["active", "suspended"])),
                        fields=["next_due_date"],
                        name="service_running_by_due_date",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["active", "suspended"])),
                        fields=["client", "next_due_date", "id"],
                        name="service_running_of_client",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["pending", "active", "suspended", "cancelled", "terminated"],
                            )
                        ),
                        name="service_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "billing_cycle__in",
                                [
                                    "monthly",
                                    "quarterly",
                                    "semi_annually",
                                    "annually",
                                    "biennially",
                                    "triennially",
                                    "one_time",
                                ],
                            )
                        ),
                        name="service_cycle_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="service_amount_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "cancelled"), _negated=True),
                            models.Q(
                                ("cancelled_at__isnull", False), ("next_due_date__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="service_cancelled_is_final",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "terminated"), _negated=True),
                            models.Q(
                                ("next_due_date__isnull", True), ("terminated_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="service_terminated_is_final",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["active", "suspended"]), _negated=True),
                            models.Q(
                                ("billing_cycle", "one_time"), ("next_due_date__isnull", True)
                            ),
                            models.Q(
                                models.Q(("billing_cycle", "one_time"), _negated=True),
                                ("next_due_date__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="service_running_has_due_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", "suspended"),
                                ("suspended_at__isnull", False),
                                models.Q(("suspension_reason", ""), _negated=True),
                            ),
                            models.Q(("status", "suspended"), _negated=True),
                            _connector="OR",
                        ),
                        name="service_suspended_says_why",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("status__in", ["pending", "active", "suspended"]),
                            models.Q(("username", ""), _negated=True),
                        ),
                        fields=("server", "username"),
                        name="service_username_unique",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("status__in", ["pending", "active", "suspended"]),
                            models.Q(("remote_id", ""), _negated=True),
                        ),
                        fields=("server", "remote_id"),
                        name="service_remote_id_unique",
                    ),
                ],
            },
        ),
    ]
