"""How long a job ran."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0010_requests_of_jobs")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="run_ms",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
