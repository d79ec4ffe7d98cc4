from django.db import migrations, models

from commerce.audit.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False  # the index is made while the application goes on writing

    dependencies = [("hosting", "0004_servers_as_staff_make_them")]

    operations = [
        AddIndexConcurrently(
            model_name="service",
            index=models.Index(
                condition=models.Q(("status__in", ["active", "suspended"])),
                fields=["client", "next_due_date", "id"],
                name="service_running_of_client",
            ),
        ),
    ]
