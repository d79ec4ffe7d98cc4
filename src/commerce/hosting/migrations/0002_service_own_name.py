from django.db import migrations, models

from commerce.db.migration_states import LazyMigration


class Migration(LazyMigration):
    dependencies = [("hosting", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="service",
            name="has_own_name",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
