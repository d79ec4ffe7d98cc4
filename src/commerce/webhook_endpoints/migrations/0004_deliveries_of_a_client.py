from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("webhook_endpoints", "0003_events_of_clients_for_the_company")]

    operations = [
        AddIndexConcurrently(
            "webhookdelivery",
            models.Index(
                fields=["about_client"],
                condition=models.Q(about_client__isnull=False),
                name="webhook_delivery_of_client",
            ),
        ),
    ]
