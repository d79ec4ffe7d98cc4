"""Of a server or registrar that rests, what staff were told: silence first, refused credentials later."""

from django.db import migrations, models

from commerce.db.migration_states import LazyMigration


class Migration(LazyMigration):
    dependencies = [("jobs", "0004_jobs_that_ask_servers")]

    operations = [
        migrations.AddField(
            model_name="remotestate",
            name="told",
            field=models.CharField(
                blank=True,
                choices=[("silence", "Silence"), ("refused", "Refused")],
                db_default="",
                default="",
                max_length=7,
            ),
        ),
    ]
