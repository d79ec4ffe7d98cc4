"""Staff search the names of all clients by an index."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("domains", "0004_registrar_prices")]

    operations = [
        AddIndexConcurrently(
            model_name="domain",
            index=models.Index(
                fields=["domain_name"], name="domain_by_name", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
