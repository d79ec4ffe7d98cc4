"""The request of a plan change is paid as an invoice is: by attempts, payments and transfer notices."""

from typing import Any

from django.db import migrations, models
from django.db.models.deletion import PROTECT


def _plan_change(related_name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey("billing.planchange", PROTECT, null=True, related_name=related_name)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_line_shares_and_requests"),
        ("payments", "0010_money_lists_of_staff"),
    ]
    operations = [
        migrations.AlterField(
            "attempt",
            "purpose",
            models.CharField(
                choices=[
                    ("invoice", "Invoice"),
                    ("invoices", "Invoices"),
                    ("top_up", "Top Up"),
                    ("plan_change", "Plan Change"),
                ],
                default="invoice",
                db_default="invoice",
                max_length=11,
            ),
        ),
        migrations.AddField("attempt", "plan_change", _plan_change("payment_attempts")),
        migrations.AddField("payment", "plan_change", _plan_change("payments")),
        migrations.AlterField(
            "transfernotice",
            "invoice",
            models.ForeignKey(
                "billing.invoice", PROTECT, null=True, related_name="transfer_notices"
            ),
        ),
        migrations.AddField("transfernotice", "plan_change", _plan_change("transfer_notices")),
        migrations.AddField("unallocatedpayment", "plan_change", _plan_change("+")),
    ]
