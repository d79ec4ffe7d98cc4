"""The recurring revenue of names is summed from an index."""

from django.db import models

from commerce.db.migration_operations import AddIndexConcurrently
from commerce.db.migration_states import LazyMigration


class Migration(LazyMigration):
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
