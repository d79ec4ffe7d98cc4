"""Taking away what has ended long ago."""

from datetime import datetime

from commerce.jobs.models import Job

_AT_ONCE = 1000


def clean_jobs(*, before: datetime) -> int:
    """Remove jobs that ended ``before``; how many. In bites, so that nobody waits."""
    removed = 0
    while True:
        old = Job.objects.filter(ended_at__lt=before).order_by("id")
        deleted, _ = Job.objects.filter(
            pk__in=list(old.values_list("pk", flat=True)[:_AT_ONCE])
        ).delete()
        removed += deleted
        if not deleted:
            break
    return removed
