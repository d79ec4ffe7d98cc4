from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ScheduleState",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("ran_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject_kind", models.CharField(max_length=60)),
                ("subject_id", models.BigIntegerField()),
                ("action", models.CharField(max_length=100)),
                ("idempotency_key", models.CharField(max_length=120)),
                ("args", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("waiting", "Waiting"),
                            ("succeeded", "Succeeded"),
                            ("parked", "Parked"),
                            ("dropped", "Dropped"),
                        ],
                        default="queued",
                        max_length=9,
                    ),
                ),
                ("one_at_a_time", models.BooleanField(default=False)),
                (
                    "priority",
                    models.PositiveSmallIntegerField(db_default=1, default=1),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("lost_runs", models.PositiveSmallIntegerField(default=0)),
                ("waiting_since", models.DateTimeField(null=True)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("claim", models.CharField(blank=True, max_length=32)),
                ("lease_until", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "queued")),
                        fields=["priority", "created_at", "id"],
                        name="job_queued",
                    ),
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["priority", "next_try_at"],
                        name="job_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["running", "parked"])),
                        fields=["status", "id"],
                        name="job_held",
                    ),
                    models.Index(fields=["ended_at"], name="job_ended"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["queued", "running", "waiting", "succeeded", "parked", "dropped"],
                            )
                        ),
                        name="job_status_known",
                    ),
                    models.UniqueConstraint(
                        fields=("subject_kind", "subject_id", "action", "idempotency_key"),
                        name="job_unique",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("one_at_a_time", True), ("status", "running")),
                        fields=("subject_kind", "subject_id"),
                        name="job_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "running"), _negated=True),
                            models.Q(
                                ("lease_until__isnull", False),
                                models.Q(("claim", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="job_running_has_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "waiting"), _negated=True),
                            ("next_try_at__isnull", False),
                            _connector="OR",
                        ),
                        name="job_waiting_has_next_try",
                    ),
                ],
            },
        ),
    ]
