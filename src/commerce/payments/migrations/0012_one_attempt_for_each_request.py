"""What is for the request of a plan change is for nothing else, and there is one of each kind (invariants U3, U12)."""

from django.db import migrations, models
from django.db.models import Q

from commerce.db.migration_operations import AddCheckConstraint, AddUniqueConcurrently

LIVE = ("created", "open")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("payments", "0011_payments_of_plan_changes")]
    operations = [
        AddCheckConstraint(
            "attempt",
            models.CheckConstraint(
                condition=Q(purpose="invoice", invoice__isnull=False, plan_change__isnull=True)
                | Q(purpose="plan_change", invoice__isnull=True, plan_change__isnull=False)
                | Q(
                    purpose__in=["invoices", "top_up"],
                    invoice__isnull=True,
                    plan_change__isnull=True,
                ),
                name="attempt_bound_to_what_it_pays",
            ),
        ),
        migrations.RemoveConstraint("attempt", "attempt_bound_by_purpose"),
        AddUniqueConcurrently(
            "attempt",
            models.UniqueConstraint(
                fields=["plan_change", "gateway"],
                condition=Q(kind="on_session", status__in=LIVE),
                name="attempt_one_live_of_request",
            ),
        ),
        AddUniqueConcurrently(
            "attempt",
            models.UniqueConstraint(
                fields=["plan_change"],
                condition=Q(kind="off_session", status__in=LIVE),
                name="attempt_one_live_charge_of_request",
            ),
        ),
        AddCheckConstraint(
            "transfernotice",
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, plan_change__isnull=True)
                | Q(invoice__isnull=True, plan_change__isnull=False),
                name="transfer_notice_for_one",
            ),
        ),
        AddUniqueConcurrently(
            "transfernotice",
            models.UniqueConstraint(
                fields=["plan_change"],
                condition=Q(status="open"),
                name="transfer_notice_one_open_of_request",
            ),
        ),
        AddUniqueConcurrently(
            "transfernotice",
            models.UniqueConstraint(
                fields=["plan_change"],
                condition=Q(held_until__isnull=False),
                name="transfer_notice_holds_request_once",
            ),
        ),
    ]
