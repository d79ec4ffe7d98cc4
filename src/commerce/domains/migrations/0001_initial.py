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
            name="Tld",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tld", models.CharField(max_length=63, unique=True)),
                ("is_active", models.BooleanField(default=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("registrar", models.CharField(blank=True, max_length=40)),
                ("min_years", models.PositiveSmallIntegerField(default=1)),
                ("max_years", models.PositiveSmallIntegerField(default=10)),
                ("code_required", models.BooleanField(default=True)),
                ("privacy_available", models.BooleanField(default=True)),
                ("transfer_adds_year", models.BooleanField(default=True)),
                ("grace_days", models.PositiveSmallIntegerField(default=30)),
                ("redemption_days", models.PositiveSmallIntegerField(default=30)),
                ("renew_advance_days", models.PositiveSmallIntegerField(null=True)),
                ("extra_fields", models.JSONField(default=list)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("min_years__gte", 1),
                            ("min_years__lte", models.F("max_years")),
                            ("max_years__lte", 10),
                        ),
                        name="tld_years_1_to_10",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Domain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("domain_name", models.CharField(max_length=253)),
                ("tld", models.CharField(max_length=63)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("pending_transfer", "Pending Transfer"),
                            ("active", "Active"),
                            ("expired", "Expired"),
                            ("redemption", "Redemption"),
                            ("transferred_away", "Transferred Away"),
                            ("cancelled", "Cancelled"),
                            ("fraud", "Fraud"),
                        ],
                        default="pending",
                        max_length=16,
                    ),
                ),
                ("registrar", models.CharField(blank=True, max_length=40)),
                ("remote_id", models.CharField(blank=True, max_length=100)),
                ("registration_date", models.DateField(null=True)),
                ("expiry_date", models.DateField(null=True)),
                ("next_due_date", models.DateField(null=True)),
                ("term_years", models.PositiveSmallIntegerField(default=1)),
                ("recurring_amount", models.BigIntegerField()),
                ("auto_renew", models.BooleanField(default=True)),
                ("whois_privacy", models.BooleanField(default=False)),
                ("is_locked", models.BooleanField(default=True)),
                ("ns1", models.CharField(blank=True, max_length=253)),
                ("ns2", models.CharField(blank=True, max_length=253)),
                ("ns3", models.CharField(blank=True, max_length=253)),
                ("ns4", models.CharField(blank=True, max_length=253)),
                ("notes", models.TextField(blank=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="domains",
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
            ],
            options={
                "indexes": [
                    models.Index(fields=["client", "created_at", "id"], name="domain_list"),
                    models.Index(
                        fields=["client", "status", "created_at", "id"], name="domain_by_status"
                    ),
                    models.Index(fields=["client", "changed_at"], name="domain_changed"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "pending",
                                    "pending_transfer",
                                    "active",
                                    "expired",
                                    "redemption",
                                    "transferred_away",
                                    "cancelled",
                                    "fraud",
                                ],
                            )
                        ),
                        name="domain_status_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["pending", "pending_transfer", "active", "expired", "redemption"],
                            )
                        ),
                        fields=("domain_name",),
                        name="domain_live_name_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("term_years__gte", 1), ("term_years__lte", 10)),
                        name="domain_term_1_to_10",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("recurring_amount__gte", 0)),
                        name="domain_amount_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "status__in",
                                    ["pending", "transferred_away", "cancelled", "fraud"],
                                ),
                                _negated=True,
                            ),
                            ("next_due_date__isnull", True),
                            _connector="OR",
                        ),
                        name="domain_not_due_when_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("registration_date__isnull", True),
                            models.Q(
                                models.Q(("ns1", ""), _negated=True),
                                models.Q(("ns2", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="domain_has_two_nameservers",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status__in", ["active", "expired", "redemption"]), _negated=True
                            ),
                            models.Q(
                                ("expiry_date__isnull", False),
                                ("next_due_date__isnull", False),
                                ("registration_date__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="domain_registered_has_dates",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TldPrice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("register", models.BigIntegerField(null=True)),
                ("renew", models.BigIntegerField(null=True)),
                ("transfer", models.BigIntegerField(null=True)),
                ("restore", models.BigIntegerField(null=True)),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
                (
                    "tld",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="domains.tld",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tld", "currency"), name="tld_price_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("register__isnull", True), ("register__gte", 0), _connector="OR"
                            ),
                            models.Q(("renew__isnull", True), ("renew__gte", 0), _connector="OR"),
                            models.Q(
                                ("transfer__isnull", True), ("transfer__gte", 0), _connector="OR"
                            ),
                            models.Q(
                                ("restore__isnull", True), ("restore__gte", 0), _connector="OR"
                            ),
                        ),
                        name="tld_price_not_negative",
                    ),
                ],
            },
        ),
    ]
