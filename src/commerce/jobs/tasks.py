"""What the task backend carries: the names of jobs that are due. Their rows decide whether anything is run."""

from collections.abc import Sequence

from django.tasks import task

from commerce.jobs import running
from commerce.kit import clock


@task()
def run_jobs(subject_kind: str, subject_id: int, actions: Sequence[str], cause: str) -> None:
    """Run those that are due and nobody has, one after the other; delivered twice, they run once."""
    for action in actions:
        running.run((subject_kind, subject_id), action, cause, at=clock.now())
