"""Running background work in tests: as the worker would, in this thread and at this instant."""

from datetime import datetime, timedelta

from commerce.jobs.models import Job
from commerce.jobs.rules import JobPriority
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock


def run_all_jobs(at: datetime | None = None, *, failing: bool = False) -> list[Job]:
    """Run everything that is due, and what becomes due by it; the jobs that were run.

    A job that fails fails the test, unless failures are wanted.
    """
    at = at or clock.now()
    ran = run_due_jobs(at=at)
    for job in ran:
        job.refresh_from_db()
        assert failing or job.status in ("succeeded", "dropped"), f"{job}: {job.error}"
    return ran


def run_jobs_but_documents(*, at: datetime) -> list[Job]:
    """``run_due_jobs``, but for work in bulk: documents take longer than all else of a story of money.

    A mail that attaches one waits for it.
    """
    return run_due_jobs(at=at, paused={JobPriority.BULK: at + timedelta(days=1)})
