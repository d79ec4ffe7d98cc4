"""What each service has of each line, and plan changes that are paid before there is a document of them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_access_revision"),
        ("billing", "0004_invoices_of_all_clients"),
        ("hosting", "0006_panel_accounts"),
    ]

    operations = [
        migrations.AddField(
            model_name="creditnote",
            name="plan_change",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_notes",
                to="billing.planchange",
            ),
        ),
        migrations.AddField(
            model_name="planchange",
            name="last_day",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="planchange",
            name="netted_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="planchange",
            name="given_days",
            field=models.JSONField(
                db_default=models.Value([], output_field=models.JSONField()), default=list
            ),
        ),
        migrations.AddField(
            model_name="planchange",
            name="paid_to_credit",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="planchange",
            name="payment_expected_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="planchange",
            name="reference",
            field=models.CharField(max_length=25, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="planchange",
            name="taxed_as",
            field=models.JSONField(
                db_default=models.Value({}, output_field=models.JSONField()), default=dict
            ),
        ),
        migrations.AddField(
            model_name="planchange",
            name="uses_credit",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="planchange",
            name="credit_note",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="billing.creditnote",
            ),
        ),
        migrations.CreateModel(
            name="LineShare",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("net", models.BigIntegerField()),
                ("tax", models.BigIntegerField()),
                (
                    "billing_cycle",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("semi_annually", "Semi Annually"),
                            ("annually", "Annually"),
                            ("biennially", "Biennially"),
                            ("triennially", "Triennially"),
                            ("one_time", "One Time"),
                        ],
                        default="",
                        max_length=13,
                    ),
                ),
                ("period_start", models.DateField(null=True)),
                ("period_end", models.DateField(null=True)),
                (
                    "credit_line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="line_shares",
                        to="billing.creditnoteline",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="line_shares",
                        to="billing.invoiceline",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="line_shares",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("credit_line__isnull", True)),
                        fields=("line", "service"),
                        name="line_share_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("credit_line__isnull", False)),
                        fields=("credit_line", "line", "service"),
                        name="line_share_credited_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("period_end__isnull", True), ("period_start__isnull", True)),
                            models.Q(
                                ("billing_cycle", ""),
                                ("period_end__gt", models.F("period_start")),
                                ("period_end__isnull", False),
                                ("period_start__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="line_share_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaidElsewhere",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                ("reason", models.CharField(max_length=500)),
                ("given_back_from", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.client",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="paid_elsewhere",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gt", 0), ("period_end__gt", models.F("period_start"))
                        ),
                        name="paid_elsewhere_for_days",
                    )
                ],
            },
        ),
    ]
