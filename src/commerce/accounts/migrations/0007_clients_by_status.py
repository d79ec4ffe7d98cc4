"""Staff filter and count clients by their status by an index."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0006_data_export_and_erasure")]

    operations = [
        AddIndexConcurrently(
            model_name="client",
            index=models.Index(fields=["status", "id"], name="client_of_all_by_status"),
        ),
    ]
