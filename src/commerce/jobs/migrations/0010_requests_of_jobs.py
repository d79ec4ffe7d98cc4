"""Which request caused a job."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0009_reactions_that_send_emails")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="request_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
