import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("catalog", "0001_initial"),
        ("domains", "0001_initial"),
        ("hosting", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NumberSequence",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("next_number", models.BigIntegerField(default=1)),
                ("last_date", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CreditAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("balance", models.BigIntegerField(default=0)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_accounts",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("client", "currency"), name="credit_one_account_per_currency"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("balance__gte", 0)), name="credit_balance_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("overpayment", "Overpayment"),
                            ("late_payment", "Late Payment"),
                            ("refund_to_credit", "Refund To Credit"),
                            ("downgrade", "Downgrade"),
                            ("staff_add", "Staff Add"),
                            ("returned", "Returned"),
                            ("applied", "Applied"),
                            ("staff_remove", "Staff Remove"),
                            ("payout", "Payout"),
                            ("reversal", "Reversal"),
                        ],
                        max_length=16,
                    ),
                ),
                ("source", models.CharField(max_length=80)),
                ("amount", models.BigIntegerField()),
                ("balance", models.BigIntegerField()),
                ("note", models.CharField(blank=True, max_length=255)),
                ("at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="billing.creditaccount",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("reason", "source"), name="credit_source_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount__gt", 0),
                                (
                                    "reason__in",
                                    [
                                        "overpayment",
                                        "late_payment",
                                        "refund_to_credit",
                                        "downgrade",
                                        "staff_add",
                                        "returned",
                                    ],
                                ),
                            ),
                            models.Q(
                                ("amount__lt", 0),
                                ("reason__in", ["applied", "staff_remove", "payout", "reversal"]),
                            ),
                            _connector="OR",
                        ),
                        name="credit_sign_by_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("balance__gte", 0)), name="credit_entry_not_below_zero"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=40, unique=True)),
                ("issue_date", models.DateField()),
                ("exponent", models.PositiveSmallIntegerField()),
                ("subtotal", models.BigIntegerField()),
                ("tax_amount", models.BigIntegerField()),
                ("total", models.BigIntegerField()),
                ("seller", models.JSONField(default=dict)),
                ("buyer", models.JSONField(default=dict)),
                ("accounting_tax", models.JSONField(default=dict)),
                ("reason", models.CharField(max_length=500)),
                ("footer", models.TextField(blank=True)),
                ("issued_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("subtotal"), "+", models.F("tax_amount")
                                ),
                            )
                        ),
                        name="credit_note_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("total__gt", 0)), name="credit_note_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditNoteTaxGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("category", models.CharField(max_length=2)),
                ("rate_milli", models.PositiveIntegerField()),
                ("net", models.BigIntegerField()),
                ("tax", models.BigIntegerField()),
                ("name", models.CharField(blank=True, max_length=50)),
                ("note", models.TextField(blank=True)),
                (
                    "credit_note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tax_groups",
                        to="billing.creditnote",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("credit_note", "category", "rate_milli"), name="credit_group_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("net__gte", 0), ("tax__gte", 0)),
                            models.Q(("net__lte", 0), ("tax__lte", 0)),
                            _connector="OR",
                        ),
                        name="credit_group_of_one_sign",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
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
                            ("order", "Order"),
                            ("renewal", "Renewal"),
                            ("domain_renewal", "Domain Renewal"),
                            ("plan_change", "Plan Change"),
                            ("late_fee", "Late Fee"),
                            ("manual", "Manual"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("unpaid", "Unpaid"),
                            ("paid", "Paid"),
                            ("overdue", "Overdue"),
                            ("cancelled", "Cancelled"),
                            ("refunded", "Refunded"),
                        ],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("number", models.CharField(max_length=40, null=True, unique=True)),
                ("issue_date", models.DateField(null=True)),
                ("due_date", models.DateField(null=True)),
                ("exponent", models.PositiveSmallIntegerField()),
                ("subtotal", models.BigIntegerField(default=0)),
                ("tax_amount", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(default=0)),
                ("amount_due", models.BigIntegerField(default=0)),
                ("credit_applied", models.BigIntegerField(default=0)),
                ("seller", models.JSONField(default=dict)),
                ("buyer", models.JSONField(default=dict)),
                ("overdue_at", models.DateTimeField(null=True)),
                ("tax_evidence", models.JSONField(default=dict)),
                ("accounting_tax", models.JSONField(default=dict)),
                ("notes", models.TextField(blank=True)),
                ("terms", models.TextField(blank=True)),
                ("footer", models.TextField(blank=True)),
                ("payment_reference", models.CharField(max_length=25, null=True, unique=True)),
                ("issued_at", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("dunning_hold_until", models.DateField(null=True)),
                ("suspension_hold_until", models.DateField(null=True)),
                ("is_stopped", models.BooleanField(db_default=False, default=False)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
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
                    models.Index(fields=["client", "issued_at", "id"], name="invoice_list"),
                    models.Index(
                        fields=["client", "status", "issued_at", "id"], name="invoice_by_status"
                    ),
                    models.Index(fields=["client", "changed_at"], name="invoice_changed"),
                    models.Index(
                        condition=models.Q(("status__in", ["unpaid", "overdue"])),
                        fields=["due_date"],
                        name="invoice_open_by_due_date",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["draft", "unpaid", "paid", "overdue", "cancelled", "refunded"],
                            )
                        ),
                        name="invoice_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("issued_at__isnull", True),
                                ("number__isnull", True),
                                ("status", "draft"),
                            ),
                            models.Q(
                                models.Q(("status", "draft"), _negated=True),
                                ("due_date__isnull", False),
                                ("issue_date__isnull", False),
                                ("issued_at__isnull", False),
                                ("number__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="invoice_numbered_when_issued",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("subtotal"), "+", models.F("tax_amount")
                                ),
                            )
                        ),
                        name="invoice_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("total__gte", 0),
                            ("amount_due__gte", 0),
                            ("amount_due__lte", models.F("total")),
                        ),
                        name="invoice_due_within_total",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"),
                            models.Q(
                                ("amount_due", 0), ("status__in", ["paid", "refunded", "cancelled"])
                            ),
                            models.Q(("amount_due__gt", 0), ("status__in", ["unpaid", "overdue"])),
                            _connector="OR",
                        ),
                        name="invoice_paid_when_nothing_due",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "paid"), _negated=True),
                            ("paid_at__isnull", False),
                            _connector="OR",
                        ),
                        name="invoice_paid_says_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("form", models.CharField(choices=[("pdf", "Pdf"), ("ubl", "Ubl")], max_length=3)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("snapshot_sha256", models.CharField(max_length=64)),
                ("problem", models.TextField(blank=True)),
                ("made_at", models.DateTimeField()),
                (
                    "credit_note",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="billing.creditnote",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("credit_note__isnull", True), ("invoice__isnull", False)),
                            models.Q(("credit_note__isnull", False), ("invoice__isnull", True)),
                            _connector="OR",
                        ),
                        name="document_of_one_record",
                    ),
                    models.UniqueConstraint(
                        fields=("invoice", "form"), name="document_invoice_form_once"
                    ),
                    models.UniqueConstraint(
                        fields=("credit_note", "form"), name="document_credit_note_form_once"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="creditnote",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_notes",
                to="billing.invoice",
            ),
        ),
        migrations.CreateModel(
            name="BilledPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                ("net", models.BigIntegerField(default=0)),
                ("tax", models.BigIntegerField(default=0)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("paid", "Paid"),
                            ("waived", "Waived"),
                            ("released", "Released"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billed_periods",
                        to="domains.domain",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billed_periods",
                        to="hosting.service",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billed_periods",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("domain__isnull", True), ("service__isnull", False)),
                            models.Q(("domain__isnull", False), ("service__isnull", True)),
                            _connector="OR",
                        ),
                        name="billed_period_of_service_or_domain",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "paid", "waived", "released"])),
                        name="billed_period_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period_end__gt", models.F("period_start"))),
                        name="billed_period_period_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("invoice__isnull", False),
                            models.Q(
                                ("net", 0), ("status__in", ["waived", "released"]), ("tax", 0)
                            ),
                            _connector="OR",
                        ),
                        name="billed_period_without_invoice_is_free",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "released"), _negated=True),
                        fields=("service", "period_start"),
                        name="billed_period_service_period_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "released"), _negated=True),
                        fields=("domain", "period_start"),
                        name="billed_period_domain_period_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("service",),
                        name="billed_period_service_one_open",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("domain",),
                        name="billed_period_domain_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceLine",
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
                            ("item", "Item"),
                            ("option", "Option"),
                            ("setup", "Setup"),
                            ("discount", "Discount"),
                            ("renewal", "Renewal"),
                            ("domain", "Domain"),
                            ("plan_change", "Plan Change"),
                            ("manual", "Manual"),
                            ("late_fee", "Late Fee"),
                        ],
                        default="item",
                        max_length=11,
                    ),
                ),
                ("tax_kind", models.CharField(blank=True, default="", max_length=7)),
                ("position", models.PositiveIntegerField()),
                ("description", models.CharField(max_length=500)),
                ("quantity_milli", models.BigIntegerField()),
                ("unit_amount", models.BigIntegerField()),
                ("typed_unit_amount", models.BigIntegerField(null=True)),
                ("amount", models.BigIntegerField()),
                ("tax_category", models.CharField(max_length=2)),
                ("tax_rate_milli", models.PositiveIntegerField()),
                ("tax_amount", models.BigIntegerField()),
                (
                    "billed_period",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="billing.billedperiod",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("invoice", "position"), name="line_position_unique"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "renewal")),
                        fields=("billed_period",),
                        name="line_one_renewal_per_billed_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity_milli__gte", 1), ("quantity_milli__lte", 100000000)
                        ),
                        name="line_quantity_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_rate_milli__lte", 100000)), name="line_rate_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_category__in", ["S", "Z", "E", "O", "AE", "G"])),
                        name="line_category_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditNoteLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("description", models.CharField(max_length=500)),
                ("quantity_milli", models.BigIntegerField()),
                ("unit_amount", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("tax_category", models.CharField(max_length=2)),
                ("tax_rate_milli", models.PositiveIntegerField()),
                ("tax_amount", models.BigIntegerField()),
                (
                    "credit_note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="billing.creditnote",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hosting.service",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credited_by",
                        to="billing.invoiceline",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("credit_note", "position"), name="credit_line_position_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceSubject",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("shares", models.JSONField(null=True)),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoice_subjects",
                        to="domains.domain",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subjects",
                        to="billing.invoice",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoice_subjects",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("domain__isnull", True), ("service__isnull", False)),
                            models.Q(("domain__isnull", False), ("service__isnull", True)),
                            _connector="OR",
                        ),
                        name="invoice_subject_service_or_domain",
                    ),
                    models.UniqueConstraint(
                        fields=("invoice", "service"), name="invoice_subject_service_once"
                    ),
                    models.UniqueConstraint(
                        fields=("invoice", "domain"), name="invoice_subject_domain_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LateFee",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_fee_for",
                        to="billing.invoice",
                    ),
                ),
                (
                    "late_invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_fee",
                        to="billing.invoice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
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
                ("parts", models.JSONField(default=dict)),
                ("options", models.JSONField(default=list)),
                ("credit", models.BigIntegerField()),
                ("charge", models.BigIntegerField()),
                ("total", models.BigIntegerField(null=True)),
                (
                    "coverage",
                    models.JSONField(
                        db_default=models.Value({}, output_field=models.JSONField()), default=dict
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("awaiting_payment", "Awaiting Payment"),
                            ("applied", "Applied"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="pending",
                        max_length=16,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_changes",
                        to="accounts.client",
                    ),
                ),
                (
                    "credit_note",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_change",
                        to="billing.creditnote",
                    ),
                ),
                (
                    "invoice",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_change",
                        to="billing.invoice",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
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
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_changes",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["pending", "awaiting_payment"])),
                        fields=("service",),
                        name="plan_change_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "pending",
                                    "awaiting_payment",
                                    "applied",
                                    "rejected",
                                    "withdrawn",
                                    "lapsed",
                                ],
                            )
                        ),
                        name="plan_change_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credit__gte", 0), ("charge__gte", 0)),
                        name="plan_change_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old_amount", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("parts", models.JSONField(default=dict)),
                ("options", models.JSONField(default=list)),
                ("from_date", models.DateField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("applied", "Applied"),
                            ("dropped", "Dropped"),
                        ],
                        default="planned",
                        max_length=7,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_changes",
                        to="accounts.client",
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_changes",
                        to="domains.domain",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_changes",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("domain__isnull", True), ("service__isnull", False)),
                            models.Q(("domain__isnull", False), ("service__isnull", True)),
                            _connector="OR",
                        ),
                        name="price_change_service_or_domain",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["planned", "applied", "dropped"])),
                        name="price_change_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("old_amount__gte", 0),
                            ("amount__gte", 0),
                            models.Q(("amount", models.F("old_amount")), _negated=True),
                        ),
                        name="price_change_to_another_amount",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "planned")),
                        fields=("service",),
                        name="price_change_service_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "planned")),
                        fields=("domain",),
                        name="price_change_domain_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step", models.SmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[("sent", "Sent"), ("skipped", "Skipped")], max_length=7
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("invoice", "step"), name="reminder_step_once"),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["sent", "skipped"])),
                        name="reminder_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SettlementEntry",
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
                            ("payment", "Payment"),
                            ("credit", "Credit"),
                            ("credit_note", "Credit Note"),
                            ("refund", "Refund"),
                            ("refund_failed", "Refund Failed"),
                            ("to_credit", "To Credit"),
                            ("reversal", "Reversal"),
                            ("reversal_won", "Reversal Won"),
                        ],
                        max_length=13,
                    ),
                ),
                ("source", models.CharField(max_length=80)),
                ("amount", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlement_entries",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "source"), name="settlement_source_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount__gt", 0),
                                (
                                    "kind__in",
                                    [
                                        "payment",
                                        "credit",
                                        "credit_note",
                                        "refund_failed",
                                        "reversal_won",
                                    ],
                                ),
                            ),
                            models.Q(
                                ("amount__lt", 0), ("kind__in", ["refund", "to_credit", "reversal"])
                            ),
                            _connector="OR",
                        ),
                        name="settlement_sign_by_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TaxGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("category", models.CharField(max_length=2)),
                ("rate_milli", models.PositiveIntegerField()),
                ("net", models.BigIntegerField()),
                ("tax", models.BigIntegerField()),
                ("name", models.CharField(blank=True, max_length=50)),
                ("note", models.TextField(blank=True)),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tax_groups",
                        to="billing.invoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("invoice", "category", "rate_milli"), name="tax_group_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("net__gte", 0), ("tax__gte", 0)),
                            models.Q(("net__lte", 0), ("tax__lte", 0)),
                            _connector="OR",
                        ),
                        name="tax_group_of_one_sign",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TaxRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("state", models.CharField(blank=True, default="", max_length=100)),
                (
                    "product_kind",
                    models.CharField(
                        choices=[
                            ("all", "All"),
                            ("hosting", "Hosting"),
                            ("domain", "Domain"),
                            ("other", "Other"),
                        ],
                        default="all",
                        max_length=7,
                    ),
                ),
                (
                    "client_kind",
                    models.CharField(
                        choices=[
                            ("all", "All"),
                            ("business", "Business"),
                            ("consumer", "Consumer"),
                        ],
                        default="all",
                        max_length=8,
                    ),
                ),
                ("rate_milli", models.PositiveIntegerField()),
                ("category", models.CharField(max_length=2)),
                ("name", models.CharField(blank=True, max_length=50)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("valid_from", models.DateField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "state", "product_kind", "client_kind", "valid_from"),
                        name="tax_rule_key_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate_milli__lte", 100000)), name="tax_rule_rate_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("category__in", ["S", "Z", "E", "O", "AE", "G"])),
                        name="tax_rule_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("category", "S"), ("rate_milli__gt", 0)),
                            models.Q(models.Q(("category", "S"), _negated=True), ("rate_milli", 0)),
                            _connector="OR",
                        ),
                        name="tax_rule_rate_by_category",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TerminationNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("suspended_at", models.DateTimeField()),
                ("notified_on", models.DateField()),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="termination_notices",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("service", "suspended_at"), name="termination_notice_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VatCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                ("day", models.DateField()),
                ("checked_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("valid", "Valid"),
                            ("invalid", "Invalid"),
                            ("unavailable", "Unavailable"),
                        ],
                        max_length=11,
                    ),
                ),
                ("by_staff", models.BooleanField(default=False)),
                ("name", models.CharField(blank=True, max_length=300)),
                ("address", models.CharField(blank=True, max_length=500)),
                ("consultation_number", models.CharField(blank=True, max_length=50)),
                ("evidence", models.TextField(blank=True)),
                ("raw", models.JSONField(default=dict)),
                (
                    "client",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vat_checks",
                        to="accounts.client",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["number", "checked_at"], name="vat_check_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("answer__in", ["valid", "invalid", "unavailable"])),
                        name="vat_check_answer_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CancellationRequest",
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
                        choices=[("immediate", "Immediate"), ("end_of_period", "End Of Period")],
                        max_length=13,
                    ),
                ),
                ("reason", models.TextField(max_length=2000)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                            ("done", "Done"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cancellation_requests",
                        to="accounts.client",
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
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cancellation_requests",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["pending", "approved"])),
                        fields=("service",),
                        name="cancellation_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["pending", "approved", "rejected", "withdrawn", "done"])
                        ),
                        name="cancellation_status_known",
                    ),
                ],
            },
        ),
    ]
