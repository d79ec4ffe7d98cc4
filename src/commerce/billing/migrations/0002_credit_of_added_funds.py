"""Funds that a client adds become credit, and go back from there."""

from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint

REASONS = [
    ("overpayment", "Overpayment"),
    ("late_payment", "Late Payment"),
    ("top_up", "Top Up"),
    ("refund_to_credit", "Refund To Credit"),
    ("downgrade", "Downgrade"),
    ("staff_add", "Staff Add"),
    ("returned", "Returned"),
    ("applied", "Applied"),
    ("staff_remove", "Staff Remove"),
    ("payout", "Payout"),
    ("reversal", "Reversal"),
    ("top_up_refund", "Top Up Refund"),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0001_initial")]
    operations = [
        migrations.RemoveConstraint("creditentry", "credit_sign_by_reason"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "creditentry", "reason", models.CharField(choices=REASONS, max_length=16)
                )
            ]
        ),
        AddCheckConstraint(
            "creditentry",
            models.CheckConstraint(
                condition=models.Q(
                    reason__in=[
                        "overpayment",
                        "late_payment",
                        "top_up",
                        "refund_to_credit",
                        "downgrade",
                        "staff_add",
                        "returned",
                    ],
                    amount__gt=0,
                )
                | models.Q(
                    reason__in=["applied", "staff_remove", "payout", "reversal", "top_up_refund"],
                    amount__lt=0,
                ),
                name="credit_sign_by_reason",
            ),
        ),
    ]
