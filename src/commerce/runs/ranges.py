"""A step on many workers: its due rows are cut into ranges of clients, and each range is a job (billing.md 10).

Who holds the lock of the run makes the jobs, takes part in them, and waits until all have ended. What came of a range
is kept in its job as this ends: one whose worker was killed is done again, and counted once.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from itertools import pairwise
from typing import Any

from django.db import connection, transaction
from django.db.models import IntegerField, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from commerce.db.fast_paths import prepared_statements
from commerce.jobs.handlers import JobEffect, JobRun, Obsolete
from commerce.jobs.job_states import requeue_dead_job
from commerce.jobs.models import Job, JobQuerySet
from commerce.jobs.progress import store_result
from commerce.jobs.queue import drop_obsolete, enqueue
from commerce.jobs.rules import OPEN_STATES, JobStatus
from commerce.jobs.runner import run_job
from commerce.kit import clock
from commerce.kit.context import Actor
from commerce.kit.request_cache import cached_for_request
from commerce.runs.finding import ClientRange, due_row_ids
from commerce.runs.lock import is_range_held, range_lock
from commerce.runs.models import DailyRunStep
from commerce.runs.report import StepReport
from commerce.runs.rows import RunClock, do_rows
from commerce.runs.rules import RunStepStatus
from commerce.runs.step import DailyStep, RowStep, RunDay

RANGE_ACTION = "run.range"
RANGE_SUBJECT = "dailyrunstep"
ROWS_OF_RANGE = 100
RANGE_SECONDS = 240
"""After that a range ends, and what is left of it is another job: well before a job counts as stuck."""
LOOK_SECONDS = 0.2
DEAD_SECONDS = 5
"""A range that runs and has had no process for so long is given to another worker."""


def cut_into_ranges(step: RowStep, day: RunDay) -> Sequence[ClientRange]:
    """Ranges of clients with some hundred due rows each; none where one process does them all.

    That is so beside SQLite, which lets one write at a time; of rows that are nobody's, or that ask others over the
    network; of few; and while the clock stands still, for other processes have another.
    """
    if connection.vendor != "postgresql" or clock.is_frozen():
        return []
    if not step.client or step.uses_network:
        return []
    clients = step.find(day).order_by(step.client).values_list(step.client, flat=True)
    firsts: list[int] = []
    for n, client in enumerate(clients):
        if client is None:
            return []
        if n % ROWS_OF_RANGE == 0 and client not in firsts[-1:]:
            firsts.append(client)
    if len(firsts) < 2:
        return []
    return [ClientRange(*pair) for pair in pairwise([None, *firsts[1:], None])]


def run_ranges(
    row: DailyRunStep,
    ranges: Iterable[ClientRange],
    turn: RunClock,
    report: StepReport,
    *,
    seconds: int,
) -> bool:
    """Have the ranges done by all workers and this process; whether there was time for all of them."""
    jobs = _make_jobs(row, ranges, turn)
    began, dead, in_time = time.monotonic(), DeadRanges(), True
    while True:
        # From the end: others begin at the other one.
        job = jobs.due(clock.now()).order_by("-pk").first()
        if job is not None:
            run_job(job, at=clock.now())
        elif jobs.filter(status__in=OPEN_STATES).exists():
            dead.give_back(jobs)
            time.sleep(LOOK_SECONDS)
        else:
            break
        if turn.progress:
            report.rows = _rows_done(jobs)
            turn.progress(report)
        if in_time and time.monotonic() - began > seconds:
            in_time = False
            _drop(row.pk, "The step has used up its time.")
    _add_up(jobs, report, in_time=in_time)
    _drop(row.pk, "The step has ended with this as an error.")
    return in_time


def do_range(run: JobRun, steps: Sequence[DailyStep]) -> JobEffect:
    """The handler of such a job: its rows, as a run in one process does them."""
    args = run.args
    rows = DailyRunStep.objects.filter(pk=run.subject_id, status=RunStepStatus.RUNNING)
    row = rows.filter(tries=args["try"]).first()
    if row is None:
        raise Obsolete("The step has ended.")
    step = next(each for each in steps if each.name == row.name)
    assert isinstance(step, RowStep)
    day = RunDay(
        date.fromisoformat(args["date"]), datetime.fromisoformat(args["at"]), Actor(**args["actor"])
    )
    turn, report = RunClock(day, datetime.fromisoformat(args["began"])), StepReport(step.name, "")
    clients = ClientRange(args["first"], args["end"])
    with range_lock(run.job_id), cached_for_request(), prepared_statements():
        due = due_row_ids(step, day, clients=clients, after=args["after"])
        rest = do_rows(step, due, turn, report, seconds=RANGE_SECONDS)
    return partial(_keep, run, report, rest)


def _keep(run: JobRun, report: StepReport, rest: int | None) -> None:
    """In the transaction that ends the job: what came of it, and what is left for another."""
    store_result(run, {"rows": report.rows, "counts": dict(report.counts), "errors": report.errors})
    if rest is not None:
        _enqueue(run.subject_id, f"{run.idempotency_key}+", {**run.args, "after": rest})


def drop_old_ranges() -> None:
    """What a run whose process ended has left: the lock's new holder cuts anew, once what is under way has ended."""
    old = DailyRunStep.objects.filter(status=RunStepStatus.RUNNING).values("pk")
    jobs = Job.objects.filter(
        subject_kind=RANGE_SUBJECT, subject_id__in=old, status__in=OPEN_STATES
    )
    dead = DeadRanges()
    while step_ids := set(jobs.values_list("subject_id", flat=True)):
        for step_id in step_ids:
            _drop(step_id, "Its run has ended.")
        dead.give_back(jobs)
        if jobs.exists():
            time.sleep(LOOK_SECONDS)


class DeadRanges:
    """Finds ranges whose process is gone: nobody holds their lock, for longer than a range takes to begin or end."""

    def __init__(self) -> None:
        self._free_since: dict[str, float] = {}

    def give_back(self, jobs: JobQuerySet) -> None:
        """Queue them again, without waiting until their lease has ended."""
        for job in jobs.filter(status=JobStatus.RUNNING):
            now = time.monotonic()
            if is_range_held(job.pk):
                self._free_since.pop(job.claim, None)
            elif now - self._free_since.setdefault(job.claim, now) >= DEAD_SECONDS:
                requeue_dead_job(job=job, at=clock.now())


@transaction.atomic
def _make_jobs(row: DailyRunStep, ranges: Iterable[ClientRange], turn: RunClock) -> JobQuerySet:
    """The jobs of this try of the step, with all that another process needs to know."""
    day = turn.day
    shared = {
        "try": row.tries,
        "date": day.date.isoformat(),
        "at": day.at.isoformat(),
        "began": turn.began.isoformat(),
        "actor": asdict(day.actor),
        "after": 0,
    }
    for n, clients in enumerate(ranges):
        _enqueue(row.pk, f"{row.tries}:{n}", {**shared, **asdict(clients)})
    jobs = Job.objects.of((RANGE_SUBJECT, row.pk)).filter(action=RANGE_ACTION)
    return jobs.filter(idempotency_key__startswith=f"{row.tries}:")


def _enqueue(step_id: int, key: str, args: dict[str, Any]) -> None:
    enqueue((RANGE_SUBJECT, step_id), RANGE_ACTION, key, clock.now(), args)


def _rows_done(jobs: JobQuerySet) -> int:
    rows = Cast(KT("args__result__rows"), IntegerField())
    done: int = jobs.aggregate(done=Sum(rows, default=0))["done"]
    return done


def _add_up(jobs: JobQuerySet, report: StepReport, *, in_time: bool) -> None:
    """The results of all ranges; one without any is an error of the step, unless its time was used up."""
    report.rows = 0
    for job in jobs.order_by("pk"):
        if result := job.args.get("result"):
            report.rows += result["rows"]
            report.count(Counter(result["counts"]))
            report.errors += result["errors"]
        elif in_time or job.status == JobStatus.PARKED:
            error = job.error or f"Its job was {job.status}."
            report.errors.append({"kind": report.name, "id": None, "error": error[:300]})


def _drop(step_id: int, reason: str) -> None:
    drop_obsolete((RANGE_SUBJECT, step_id), [RANGE_ACTION], at=clock.now(), reason=reason)
