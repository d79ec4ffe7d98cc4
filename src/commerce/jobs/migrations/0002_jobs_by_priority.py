from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="priority",
            field=models.PositiveSmallIntegerField(default=1, db_default=1),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["priority", "made_at", "id"],
                condition=models.Q(("status", "queued")),
                name="job_queued",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["priority", "next_try_at"],
                condition=models.Q(("status", "waiting")),
                name="job_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["status", "id"],
                condition=models.Q(("status__in", ["running", "parked"])),
                name="job_held",
            ),
        ),
        migrations.RemoveIndex(model_name="job", name="job_open"),
    ]
