"""The services of a server in the order of lists, in place of the index of that column alone."""

import django.db.models.deletion
from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("hosting", "0010_suspensions_with_an_end")]

    operations = [
        AddIndexConcurrently(
            model_name="service",
            index=models.Index(fields=["server", "id"], name="service_of_server"),
        ),
        migrations.AlterField(
            model_name="service",
            name="server",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="services",
                to="hosting.server",
            ),
        ),
    ]
