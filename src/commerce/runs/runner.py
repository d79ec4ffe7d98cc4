"""Running the steps: each row a transaction and an error of its own; one failure stops nobody else (billing.md 10)."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import CharField, DateField

from commerce.accounts.recipients import send_staff_email
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet, insert_rows, prepared_statements
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.request_cache import cached_for_request
from commerce.runs.finding import due_row_ids
from commerce.runs.lock import run_lock
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.runs.ranges import cut_into_ranges, drop_old_ranges, run_ranges
from commerce.runs.report import RunReport, StepReport
from commerce.runs.rows import RunClock, StepProgress, do_rows, monotonic_milliseconds, row_error
from commerce.runs.rules import RUN_STEP_MOVES, RunStepStatus, retry_after
from commerce.runs.step import DailyStep, RowStep, RunDay, SingleStep
from commerce.site_settings.actions import apply_time_zone

log = logging.getLogger(__name__)

MAX_STEP_SECONDS = 30 * 60
"""After that a step makes way for the next one; what it left is due in the next run."""


@transaction.atomic
def record_manual_run(*, day: date, only_step: str, ctx: Context) -> None:
    """A person starts a run of a day, or one step of it."""
    write_audit_entry(
        ctx=ctx,
        action="daily_run.started",
        record=("daily_run", None),
        name=day.isoformat(),
        after={"date": day.isoformat(), "step": only_step},
        staff_only=True,
    )


def run_daily(
    steps: Sequence[DailyStep],
    *,
    day: RunDay,
    started_by: str,
    only_step: str = "",
    wait_seconds: int = 0,
    progress: StepProgress | None = None,
) -> RunReport:
    """Do what is due up to ``day.date``; the run and each of its steps leave a row.

    ``only_step`` names a single step. Raises ``RunInProgress`` when another run is going on, ``BusinessError`` for an
    unknown step.
    """
    steps = choose_steps(steps, only_step)
    with run_lock(wait_seconds=wait_seconds):
        return run_daily_locked(
            steps, day=day, started_by=started_by, only_step=only_step, progress=progress
        )


def run_daily_locked(
    steps: Sequence[DailyStep],
    *,
    day: RunDay,
    started_by: str,
    only_step: str = "",
    progress: StepProgress | None = None,
) -> RunReport:
    """As ``run``, for a caller who holds the lock. A run of all steps puts the chosen time zone in force."""
    if not only_step:
        apply_time_zone(ctx=Context(day.at, day.actor))
    drop_old_ranges()
    report = RunReport(day.date)
    turn = RunClock(day, clock.now(), progress)
    row = DailyRun.objects.create(
        date=day.date, started_at=turn.began, started_by=started_by, only_step=only_step
    )
    for step in steps:
        step_row = DailyRunStep(run=row, name=step.name, started_at=clock.now())
        with transaction.atomic():
            insert_rows(step_row)
        report.steps.append(run_step(step_row, step, turn))
    DailyRun.objects.filter(pk=row.pk).update(ended_at=clock.now())
    return report


def choose_steps(steps: Sequence[DailyStep], only_step: str) -> Sequence[DailyStep]:
    """All steps, or the one with that name; raises ``BusinessError`` when there is none."""
    found = [step for step in steps if not only_step or step.name == only_step]
    if not found:
        known = ", ".join(step.name for step in steps)
        raise BusinessError("daily_run.step_unknown", step=only_step, known=known)
    return found


def run_step(row: DailyRunStep, step: DailyStep, turn: RunClock) -> StepReport:
    """Do a step whose row is running, and end that row; staff hear once a day of a step that failed."""
    report, began, crashed = (
        StepReport(step.name, step.description),
        monotonic_milliseconds(),
        False,
    )
    with cached_for_request():
        try:
            if isinstance(step, SingleStep):
                step.do(turn.now(), report)
            else:
                with prepared_statements():
                    _do_step(row, step, turn, report)
        except Exception as error:
            log.exception("The step %s failed.", step.name)
            report.errors.append(row_error("step", None, error))
            crashed = True
    report.milliseconds = monotonic_milliseconds() - began
    day = turn.now()
    _end(row, step, report, turn)
    if report.failed and (
        crashed or isinstance(step, RowStep)
    ):  # an act tells of what it found itself
        send_staff_email(
            event="run_failed",
            idempotency_key=f"{day.date} {step.name}",
            page=f"runs/{row.run_id}",
            values={"step": step.name, "count": len(report.errors)},
            at=day.at,
        )
    return report


_FINISHED: CompiledQuerySet[Any] = CompiledQuerySet(
    lambda: DailyRunStep.objects.filter(
        finishes=QueryParam("day", DateField()), name=QueryParam("step", CharField())
    ).values_list("pk")
)
"""Each of 35 steps asks it, on a day without work as well: 0.02 ms in place of 0.6."""


def _end(row: DailyRunStep, step: DailyStep, report: StepReport, turn: RunClock) -> None:
    """Keep what came of a step. Its rows are tried again later; an act is not, it looks anew the next day."""
    day, finishes, retry_at = turn.day, None, None
    if report.failed and isinstance(step, RowStep):
        retry_at = day.at + retry_after(row.tries, only_stopped=not report.errors)
    if not report.failed:
        is_finished = _FINISHED.tuples(day=day.date, step=step.name)
        finishes = None if is_finished else day.date
    with transaction.atomic():
        move(
            row,
            RunStepStatus.FAILED if report.failed else RunStepStatus.DONE,
            allowed=RUN_STEP_MOVES,
            without_audit=True,  # the rows of a run are its record
            ctx=Context(day.at, day.actor),
            client_id=None,
            stored_state=row.status,
            counts=dict(Counter(row.counts) + report.counts),
            errors=report.errors,
            finishes=finishes,
            retry_at=retry_at,
            ended_at=clock.now(),
        )


def _do_step(row: DailyRunStep, step: RowStep, turn: RunClock, report: StepReport) -> None:
    """Its due rows, one after the other, or in ranges by all workers."""
    if ranges := cut_into_ranges(step, turn.day):
        done = run_ranges(row, ranges, turn, report, seconds=MAX_STEP_SECONDS)
    else:
        rest = do_rows(step, due_row_ids(step, turn.day), turn, report, seconds=MAX_STEP_SECONDS)
        done = rest is None
    if not done:
        report.stopped = "Stopped after 30 minutes; the next run goes on with the rest."
