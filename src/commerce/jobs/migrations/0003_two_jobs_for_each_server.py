"""At most two jobs ask a server at a time, and workers find those that ask one, and those that do not, by an index."""

from django.db import migrations, models

from commerce.db.migration_operations import (
    AddCheckConstraint,
    AddIndexConcurrently,
    AddUniqueConcurrently,
    RemoveIndexConcurrently,
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("jobs", "0002_servers_that_jobs_ask")]

    operations = [
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(
                condition=models.Q(("status", "queued")),
                fields=["asks_remote", "priority", "created_at", "id"],
                name="job_queued_by_kind",
            ),
        ),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(
                condition=models.Q(("status", "waiting")),
                fields=["asks_remote", "priority", "next_try_at"],
                name="job_waiting_by_kind",
            ),
        ),
        AddUniqueConcurrently(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "running"), models.Q(("remote", ""), _negated=True)),
                fields=("remote", "remote_place"),
                name="job_remote_place",
            ),
        ),
        AddCheckConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(("remote_place__lt", 2)), name="job_remote_place_known"
            ),
        ),
        RemoveIndexConcurrently(model_name="job", name="job_queued"),
        RemoveIndexConcurrently(model_name="job", name="job_waiting"),
    ]
