"""The few invoices that lack their tax in the currency of the books are found by an index."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0008_tax_lacking_in_books")]

    operations = [
        AddIndexConcurrently(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("missing_tax_currency", ""), _negated=True),
                fields=["missing_tax_currency", "currency", "issue_date"],
                name="invoice_without_books_tax",
            ),
        ),
    ]
