"""Jobs that are not done yet are marked as those that ask somebody, so that the right workers take them."""

from typing import Any

from django.db import migrations
from django.db.models import Q

_ASK = (
    Q(action__startswith="service.")
    | Q(action__startswith="domain.")
    | Q(action__in=["zone.publish", "zone.send_ds"])
)


def mark_jobs(apps: Any, schema_editor: Any) -> None:
    """Those that a worker or staff may still run; the others are history."""
    jobs = apps.get_model("jobs", "Job").objects.using(schema_editor.connection.alias)
    jobs.filter(_ASK, status__in=["queued", "running", "waiting", "parked"]).update(
        asks_remote=True
    )


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_two_jobs_for_each_server")]

    operations = [migrations.RunPython(mark_jobs, migrations.RunPython.noop)]
