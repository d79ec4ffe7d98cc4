"""An attempt may be for several invoices or add funds, and a payment settle several; a refund then names the one."""

from typing import Any

from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT


def _invoice(**options: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey("billing.invoice", PROTECT, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_credit_of_added_funds"),
        ("payments", "0004_saved_cards"),
    ]
    operations = [
        migrations.AddField(
            "attempt",
            "purpose",
            models.CharField(
                choices=[("invoice", "Invoice"), ("invoices", "Invoices"), ("top_up", "Top Up")],
                default="invoice",
                db_default="invoice",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            "attempt", "invoice", _invoice(null=True, related_name="payment_attempts")
        ),
        migrations.AlterField("payment", "invoice", _invoice(null=True, related_name="payments")),
        migrations.AddField("refund", "invoice", _invoice(null=True, related_name="+")),
        migrations.CreateModel(
            "AttemptInvoice",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "attempt",
                    models.ForeignKey("payments.attempt", CASCADE, related_name="attempt_invoices"),
                ),
                ("invoice", _invoice(related_name="attempt_invoices")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["attempt", "invoice"], name="attempt_invoice_once"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            "PaymentShare",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("payment", models.ForeignKey("payments.payment", PROTECT, related_name="shares")),
                ("invoice", _invoice(related_name="payment_shares")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["payment", "invoice"], name="payment_share_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(amount__gt=0), name="payment_share_positive"
                    ),
                ]
            },
        ),
    ]
