"""What an attempt is for says what it is bound to, and a client has one live attempt that is not for one invoice."""

from django.db import migrations, models
from django.db.models import Q

from commerce.db.migration_operations import AddCheckConstraint, AddUniqueConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("payments", "0005_payments_of_several_invoices")]
    operations = [
        AddUniqueConcurrently(
            "attempt",
            models.UniqueConstraint(
                fields=["client", "gateway", "purpose"],
                condition=Q(
                    purpose__in=["invoices", "top_up"],
                    kind="on_session",
                    status__in=("created", "open"),
                ),
                name="attempt_one_live_of_client",
            ),
        ),
        AddCheckConstraint(
            "attempt",
            models.CheckConstraint(
                condition=Q(purpose="invoice", invoice__isnull=False)
                | Q(purpose__in=["invoices", "top_up"], invoice__isnull=True),
                name="attempt_bound_by_purpose",
            ),
        ),
    ]
