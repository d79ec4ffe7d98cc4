from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0005_ends_of_operations")]

    operations = [
        AddIndexConcurrently(
            "clientevent",
            models.Index(
                fields=["client_id", "resource_kind", "resource_id", "sequence"],
                name="client_event_of_a_resource",
            ),
        ),
    ]
