from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="StoredEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=60)),
                ("subject_id", models.BigIntegerField()),
                ("client_id", models.BigIntegerField(null=True)),
                ("idempotency_key", models.CharField(max_length=120)),
                ("data", models.JSONField()),
            ],
            options={
                "indexes": [models.Index(fields=["at", "id"], name="event_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "subject_id", "idempotency_key"), name="event_unique"
                    )
                ],
            },
        ),
    ]
