"""How far a job has come that takes several runs."""

from collections.abc import Mapping
from typing import Any

from commerce.jobs.handlers import JobRun
from commerce.jobs.models import Job


def progress_of(run: JobRun) -> Mapping[str, str]:
    """What an earlier run of the job has kept; empty at first."""
    progress: Mapping[str, str] = run.args.get("progress", {})
    return progress


def store_progress(run: JobRun, progress: Mapping[str, str]) -> None:
    """Keep it for the next run, at once; a run that has lost the job keeps nothing."""
    held = Job.objects.filter(pk=run.job_id, claim=run.claim)
    held.update(args={**run.args, "progress": dict(progress)})


def store_result(run: JobRun, result: Mapping[str, Any]) -> None:
    """Keep what came of the job, in the transaction that ends it."""
    held = Job.objects.filter(pk=run.job_id, claim=run.claim)
    held.update(args={**run.args, "result": dict(result)})


def forget_waiting(run: JobRun) -> None:
    """What the job waited for has come: a wait for something else has its whole time."""
    Job.objects.filter(pk=run.job_id, claim=run.claim).update(waiting_since=None)
