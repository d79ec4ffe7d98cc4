"""What the task backend carries: the name of a job that is due. The row of the job decides whether anything is run."""

from django.tasks import task

from commerce.jobs import running
from commerce.kit import clock


@task()
def run_job(subject_kind: str, subject_id: int, action: str, cause: str) -> None:
    """Run this job, if it is due and nobody has it; delivered twice, it runs once."""
    running.run((subject_kind, subject_id), action, cause, at=clock.now())
