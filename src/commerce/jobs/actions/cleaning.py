"""Taking away what has ended long ago."""

from datetime import datetime, timedelta

from django_tasks_db.models import DBTaskResult

from commerce.jobs.models import Job

WAKE_UPS_KEPT = timedelta(days=1)
_AT_ONCE = 1000


def clean_jobs(*, before: datetime, at: datetime) -> int:
    """Remove jobs that ended ``before``, and yesterday's wake-ups; how many jobs. In bites, so that nobody waits."""
    removed = 0
    while True:
        old = Job.objects.filter(ended_at__lt=before).order_by("id")
        deleted, _ = Job.objects.filter(
            pk__in=list(old.values_list("pk", flat=True)[:_AT_ONCE])
        ).delete()
        removed += deleted
        if not deleted:
            break
    DBTaskResult.objects.finished().filter(finished_at__lt=at - WAKE_UPS_KEPT).delete()
    # A worker that was killed leaves its wake-up running for good; the job itself was queued again.
    DBTaskResult.objects.running().filter(started_at__lt=at - 2 * WAKE_UPS_KEPT).delete()
    return removed
