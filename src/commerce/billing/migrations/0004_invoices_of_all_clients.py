"""Staff list and sum the invoices of all clients by an index."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0003_recurring_months")]

    operations = [
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("status__in", ("unpaid", "overdue"))),
                fields=["currency", "due_date", "amount_due"],
                name="invoice_open_amounts",
            ),
        ),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(fields=["status", "id"], name="invoice_of_all_by_status"),
        ),
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(fields=["issue_date", "id"], name="invoice_of_all_by_day"),
        ),
    ]
