"""What a handler is given."""

from datetime import datetime

from commerce.jobs.models import Job
from commerce.jobs.registry import Work


def work_of(job: Job, at: datetime) -> Work:
    """The job as its handler sees it, at this instant."""
    return Work(
        job_id=job.pk,
        subject_kind=job.subject_kind,
        subject_id=job.subject_id,
        action=job.action,
        cause=job.cause,
        args=job.args,
        at=at,
        made_at=job.made_at,
        tries=job.tries,
        claim=job.claim,
    )
