"""When the daily run runs by itself: once a day; what was cut off goes on, what failed is tried again (U17)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from commerce.audit.states import move
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.runs.lock import RunInProgress, run_lock
from commerce.runs.models import DailyRunStep
from commerce.runs.ranges import drop_old_ranges
from commerce.runs.report import RunReport
from commerce.runs.rows import RunClock
from commerce.runs.rules import RUN_STEP_MOVES, RunStepStatus
from commerce.runs.runner import run_daily_locked, run_step
from commerce.runs.step import DailyStep, RunDay, run_start
from commerce.site_settings import current


def run_when_due(steps: Sequence[DailyStep], *, at: datetime) -> RunReport | None:
    """What the timetable asks every 5 minutes: past ``billing.run_time``, and today's run not finished? Then run it.

    A run whose process was killed goes on with the steps that it did not end. A step with errors is tried again, alone
    and at a growing distance. A run that another process is doing counts as being done. None: there was nothing to do.
    """
    day = RunDay(current.business_date(at), at)
    if at < run_start(day.date):
        return None
    try:
        with run_lock():
            if left := unfinished_steps(steps, day.date):
                return run_daily_locked(left, day=day, started_by="timetable")
            return _try_again(steps, day)
    except RunInProgress:
        return None


def unfinished_steps(steps: Sequence[DailyStep], day: date) -> list[DailyStep]:
    """The steps that no run of this business date has ended, whether with errors or without."""
    ended = _of_day(day).exclude(status=RunStepStatus.RUNNING)
    names = set(ended.values_list("name", flat=True))
    return [step for step in steps if step.name not in names]


def next_step_day(name: str, day: date) -> date:
    """The day on which a step runs next: this one, or the day after it if its run of this one has begun."""
    return day + timedelta(days=1) if _of_day(day).filter(name=name).exists() else day


def _of_day(day: date) -> QuerySet[DailyRunStep]:
    """Steps of the day's runs; one that staff ran alone does not stand for the day's."""
    return DailyRunStep.objects.filter(run__date=day, run__only_step="")


def _try_again(steps: Sequence[DailyStep], day: RunDay) -> RunReport | None:
    turn, report = RunClock(day, clock.now()), RunReport(day.date)
    done = DailyRunStep.objects.filter(finishes=day.date).values("name")
    rows = _of_day(day.date).filter(status=RunStepStatus.FAILED).exclude(name__in=done)
    newest = {row.name: row for row in rows.order_by("pk")}
    for step in steps:
        row = newest.get(step.name)
        if row is None or row.retry_at is None or row.retry_at > day.at:
            continue
        drop_old_ranges()
        move(
            row,
            RunStepStatus.RUNNING,
            allowed=RUN_STEP_MOVES,
            without_audit=True,
            ctx=Context(day.at, day.actor),
            client_id=None,
            tries=row.tries + 1,
            retry_at=None,
        )
        report.steps.append(run_step(row, step, turn))
    return report if report.steps else None
