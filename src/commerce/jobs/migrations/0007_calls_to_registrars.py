"""Calls to registrars and name servers, as those to panels are kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0006_what_staff_were_told")]

    operations = [
        migrations.CreateModel(
            name="RemoteCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("remote", models.CharField(max_length=60)),
                ("about", models.CharField(blank=True, max_length=253)),
                ("job_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("method", models.CharField(max_length=10)),
                ("path", models.CharField(max_length=500)),
                ("request", models.TextField(blank=True)),
                ("status", models.PositiveSmallIntegerField()),
                ("answer", models.TextField(blank=True)),
                ("milliseconds", models.PositiveIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["about", "id"], name="remote_call_about"),
                    models.Index(fields=["remote", "id"], name="remote_call_of_remote"),
                    models.Index(fields=["job_id", "id"], name="remote_call_of_job"),
                    models.Index(fields=["at"], name="remote_call_at"),
                ],
            },
        ),
    ]
