"""Staff sum and search the services of all clients by an index."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("hosting", "0004_server_addresses")]

    operations = [
        AddIndexConcurrently(
            model_name="service",
            index=models.Index(
                condition=models.Q(("status", "active")),
                fields=["currency", "billing_cycle", "amount"],
                name="service_active_amounts",
            ),
        ),
        AddIndexConcurrently(
            model_name="service",
            index=models.Index(
                fields=["domain"], name="service_by_domain", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
