"""The recurring revenue of names is summed from an index."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("domains", "0005_names_of_all_clients")]

    operations = [
        AddIndexConcurrently(
            model_name="domain",
            index=models.Index(
                condition=models.Q(("status", "active")),
                fields=["currency", "term_years", "recurring_amount"],
                name="domain_active_amounts",
            ),
        ),
    ]
