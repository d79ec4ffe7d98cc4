"""Cards that clients save, and the charges of them that the daily run makes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_autopay"),
        ("billing", "0001_initial"),
        ("payments", "0003_gateway_events"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="consent_text",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="attempt",
            name="consented_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="SavedCard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=40)),
                ("token", models.CharField(max_length=255)),
                ("brand", models.CharField(blank=True, max_length=20)),
                ("last4", models.CharField(blank=True, max_length=4)),
                ("label", models.CharField(blank=True, max_length=100)),
                ("exp_month", models.PositiveSmallIntegerField(null=True)),
                ("exp_year", models.PositiveSmallIntegerField(null=True)),
                ("is_default", models.BooleanField(default=False)),
                ("consent_text", models.TextField()),
                ("consented_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(blank=True, max_length=255)),
                ("expiry_notice_for", models.DateField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="saved_cards",
                        to="accounts.client",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "token"), name="saved_card_token_unique"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("client",),
                        name="saved_card_one_default",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_default", False), ("removed_at__isnull", True), _connector="OR"
                        ),
                        name="saved_card_default_is_kept",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("exp_month__isnull", True), ("exp_year__isnull", True)),
                            models.Q(
                                ("exp_month__isnull", False),
                                ("exp_month__range", (1, 12)),
                                ("exp_year__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="saved_card_expiry_possible",
                    ),
                ]
            },
        ),
        migrations.AddField(
            model_name="attempt",
            name="saved_card",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attempts",
                to="payments.savedcard",
            ),
        ),
        migrations.CreateModel(
            name="AutopayTry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("day", models.DateField()),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="autopay_tries",
                        to="payments.attempt",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="autopay_tries",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("invoice", "number"), name="autopay_try_once"),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="autopay_try_counts_from_one"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CardSetup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=40)),
                ("reference", models.CharField(max_length=255, null=True)),
                ("idempotency_key", models.CharField(max_length=64, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("created", "Created"),
                            ("open", "Open"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("expired", "Expired"),
                        ],
                        default="created",
                        max_length=9,
                    ),
                ),
                ("failure", models.CharField(blank=True, max_length=255)),
                ("consent_text", models.TextField()),
                ("consented_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="card_setups",
                        to="accounts.client",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ("created", "open"))),
                        fields=["expires_at"],
                        name="card_setup_live_by_expiry",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "reference"), name="card_setup_reference_unique"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("created", "open"))),
                        fields=("client", "gateway"),
                        name="card_setup_one_live_per_gateway",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["created", "open", "succeeded", "failed", "expired"])
                        ),
                        name="card_setup_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GatewayCustomer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=40)),
                ("reference", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gateway_customers",
                        to="accounts.client",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "gateway"), name="gateway_customer_one_per_client"
                    ),
                    models.UniqueConstraint(
                        fields=("gateway", "reference"), name="gateway_customer_reference_unique"
                    ),
                ],
            },
        ),
    ]
