"""Why a server or registrar gives no answer, and since when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_jobs_that_ask_servers")]

    operations = [
        migrations.AddField(
            model_name="remotestate",
            name="cause",
            field=models.CharField(
                choices=[("silence", "Silence"), ("refused", "Refused"), ("moved", "Moved")],
                db_default="silence",
                default="silence",
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="remotestate",
            name="problem",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="remotestate",
            name="began_at",
            field=models.DateTimeField(null=True),
        ),
    ]
