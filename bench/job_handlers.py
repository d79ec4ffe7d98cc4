"""What the jobs of ``bench.jobs`` do: a row for each effect; some of them fail once, wait, or end their worker."""

import os
import time

from django.db import connection

from commerce.jobs.handlers import JobEffect, JobRun, job_handler
from commerce.jobs.rules import JobPriority

KINDS = {
    "bench.security": JobPriority.URGENT,
    "bench.default": JobPriority.NORMAL,
    "bench.remote": JobPriority.NORMAL,
    "bench.documents": JobPriority.BULK,
    "bench.mails": JobPriority.MAIL,
}
IN_ORDER = ("bench.default", "bench.remote")
REMOTES = 20
LIMIT_SECONDS = 10
"""So that what a killed worker had in hand is back after a minute."""


def _take_effect(run: JobRun) -> None:
    if run.args.get("kills") and run.lost_runs == 0:
        os.kill(os.getpid(), 9)
    if run.args.get("fails") and run.tries == 0:
        raise ValueError("The first try fails.")
    time.sleep(run.args.get("seconds", 0))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_effect (job_id, subject_kind, subject_id, created_at, process)"
            " VALUES (%s, %s, %s, %s, %s)",
            [run.job_id, run.subject_kind, run.subject_id, run.created_at, os.getpid()],
        )


def _ask(run: JobRun) -> JobEffect:
    return lambda: _take_effect(run)


def _remote(subject_id: int) -> str:
    return f"server bench{subject_id % REMOTES}"


def register_handlers() -> None:
    """For the processes that make the jobs and that run them."""
    for action, priority in KINDS.items():
        in_order = action in IN_ORDER
        asks = action == "bench.remote"
        job_handler(
            action,
            one_at_a_time=in_order,
            priority=priority,
            in_transaction=not asks,
            pauses=(1,),
            limit_seconds=LIMIT_SECONDS,
            **({"remote": _remote} if asks else {}),
        )(_ask if asks else _take_effect)
