"""Statements of consumers and their credit notes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0008_access_revision"),
        ("billing", "0012_credit_is_paid_back"),
        ("domains", "0007_brakes_and_losses"),
        ("hosting", "0006_panel_accounts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsumerStatement",
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
                        choices=[("withdrawal", "Withdrawal"), ("ending", "Ending")], max_length=10
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("page", "Page"), ("signed_in", "Signed In"), ("staff", "Staff")],
                        max_length=9,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("contract", models.TextField(max_length=1000)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("locale", models.CharField(max_length=10)),
                (
                    "ending_kind",
                    models.CharField(
                        blank=True,
                        choices=[("ordinary", "Ordinary"), ("for_cause", "For Cause")],
                        max_length=9,
                    ),
                ),
                ("cause", models.TextField(blank=True, max_length=2000)),
                ("wished_on", models.DateField(null=True)),
                ("made_at", models.DateTimeField()),
                ("idempotency_key", models.CharField(max_length=64, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("carried_out", "Carried Out"),
                            ("answered", "Answered"),
                        ],
                        default="received",
                        max_length=11,
                    ),
                ),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("due_on", models.DateField()),
                ("ends_on", models.DateField(null=True)),
                ("given_back", models.BigIntegerField(null=True)),
                ("currency_code", models.CharField(blank=True, max_length=3)),
                ("answer", models.TextField(blank=True, max_length=2000)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consumer_statements",
                        to="accounts.client",
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="domains.domain",
                    ),
                ),
                (
                    "made_by",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="hosting.service",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StatementCreditNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "credit_note",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consumer_statement",
                        to="billing.creditnote",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statement_credit_notes",
                        to="consumers.consumerstatement",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="consumerstatement",
            index=models.Index(
                condition=models.Q(("given_back__isnull", True), ("status", "carried_out")),
                fields=["service"],
                name="statement_to_settle",
            ),
        ),
        migrations.AddConstraint(
            model_name="consumerstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["received", "carried_out", "answered"])),
                name="statement_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="consumerstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ending_kind", ""), ("kind", "withdrawal"), ("wished_on__isnull", True)
                    ),
                    models.Q(("ending_kind__in", ["ordinary", "for_cause"]), ("kind", "ending")),
                    _connector="OR",
                ),
                name="statement_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="consumerstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("service__isnull", True), ("domain__isnull", True), _connector="OR"
                ),
                name="statement_of_one_contract",
            ),
        ),
        migrations.AddConstraint(
            model_name="consumerstatement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "carried_out"), _negated=True),
                    models.Q(
                        ("ends_on__isnull", False),
                        models.Q(
                            ("service__isnull", False), ("domain__isnull", False), _connector="OR"
                        ),
                    ),
                    _connector="OR",
                ),
                name="statement_carried_out_of_what",
            ),
        ),
    ]
