import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("billing", "0001_initial"),
        ("catalog", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[("on_session", "On Session"), ("off_session", "Off Session")],
                        default="on_session",
                        max_length=11,
                    ),
                ),
                ("amount", models.BigIntegerField()),
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
                            ("closed", "Closed"),
                        ],
                        default="created",
                        max_length=9,
                    ),
                ),
                ("failure", models.CharField(blank=True, max_length=255)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_attempts",
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
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_attempts",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ("created", "open"))),
                        fields=["expires_at"],
                        name="attempt_live_by_expiry",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "reference"), name="attempt_reference_unique"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("kind", "on_session"), ("status__in", ("created", "open"))
                        ),
                        fields=("invoice", "gateway"),
                        name="attempt_one_live_per_gateway",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("kind", "off_session"), ("status__in", ("created", "open"))
                        ),
                        fields=("invoice",),
                        name="attempt_one_live_off_session",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="attempt_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["on_session", "off_session"])),
                        name="attempt_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["created", "open", "succeeded", "failed", "expired", "closed"],
                            )
                        ),
                        name="attempt_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=40)),
                ("transaction_id", models.CharField(max_length=255)),
                ("amount", models.BigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                            ("refunded", "Refunded"),
                            ("disputed", "Disputed"),
                            ("reversed", "Reversed"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("received_on", models.DateField()),
                ("booked_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("bank_transfer", "Bank Transfer"),
                            ("cash", "Cash"),
                            ("check", "Check"),
                            ("card", "Card"),
                            ("other", "Other"),
                        ],
                        default="",
                        max_length=13,
                    ),
                ),
                ("reference", models.CharField(blank=True, default="", max_length=255)),
                ("idempotency_key", models.CharField(max_length=64, null=True, unique=True)),
                ("recorded_by", models.CharField(blank=True, default="", max_length=254)),
                ("fee", models.BigIntegerField(default=0)),
                ("card_brand", models.CharField(blank=True, default="", max_length=20)),
                ("card_last4", models.CharField(blank=True, default="", max_length=4)),
                ("created_at", models.DateTimeField()),
                (
                    "attempt",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="payments.attempt",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
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
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=["reference"],
                        name="payment_by_reference",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "transaction_id"), name="payment_transaction_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="payment_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "pending",
                                    "completed",
                                    "failed",
                                    "refunded",
                                    "disputed",
                                    "reversed",
                                ],
                            )
                        ),
                        name="payment_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["pending", "failed"]),
                            ("booked_at__isnull", False),
                            _connector="OR",
                        ),
                        name="payment_booked_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fee__gte", 0)), name="payment_fee_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("method__in", ["", "bank_transfer", "cash", "check", "card", "other"])
                        ),
                        name="payment_method_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=40)),
                ("amount", models.BigIntegerField()),
                (
                    "way",
                    models.CharField(
                        choices=[("gateway", "Gateway"), ("credit", "Credit")], max_length=7
                    ),
                ),
                ("reference", models.CharField(max_length=255, null=True)),
                ("idempotency_key", models.CharField(max_length=64, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("accepted", "Accepted"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                        ],
                        default="requested",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("recorded_by", models.CharField(blank=True, max_length=254)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="accounts.client",
                    ),
                ),
                (
                    "credit_note",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_refund",
                        to="billing.creditnote",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "reference"), name="refund_reference_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="refund_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("way__in", ["gateway", "credit"])),
                        name="refund_way_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["requested", "accepted", "succeeded", "failed"])
                        ),
                        name="refund_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TransferNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.BigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("confirmed", "Confirmed"),
                            ("rejected", "Rejected"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("submitted_at", models.DateTimeField()),
                ("held_until", models.DateField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfer_notices",
                        to="accounts.client",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfer_notices",
                        to="billing.invoice",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.payment",
                    ),
                ),
                (
                    "submitted_by",
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
                        condition=models.Q(("status", "open")),
                        fields=("invoice",),
                        name="transfer_notice_one_open",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("held_until__isnull", False)),
                        fields=("invoice",),
                        name="transfer_notice_holds_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="transfer_notice_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["open", "confirmed", "rejected", "lapsed"])
                        ),
                        name="transfer_notice_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnallocatedPayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=40)),
                ("transaction_id", models.CharField(max_length=255, null=True)),
                ("amount", models.BigIntegerField()),
                ("currency_code", models.CharField(max_length=3)),
                ("received_on", models.DateField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("currency", "Currency"),
                            ("reference", "Reference"),
                            ("account", "Account"),
                        ],
                        max_length=9,
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=255)),
                ("raw", models.JSONField(default=dict)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("assigned", "Assigned"),
                            ("returned", "Returned"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("recorded_by", models.CharField(blank=True, max_length=254)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "invoice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.invoice",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unallocated_payment",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "transaction_id"),
                        name="unallocated_payment_transaction_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "assigned"), ("transaction_id__isnull", True)),
                            models.Q(
                                models.Q(("status", "assigned"), _negated=True),
                                ("transaction_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="unallocated_payment_assigned_gave_its_id_away",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="unallocated_payment_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["currency", "reference", "account"])),
                        name="unallocated_payment_reason_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "assigned", "returned"])),
                        name="unallocated_payment_status_known",
                    ),
                ],
            },
        ),
    ]
