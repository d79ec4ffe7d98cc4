"""When the daily run runs by itself: once a day; what was cut off goes on, what failed is tried again (U17)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import QuerySet

from commerce.audit.states import move
from commerce.billing.daily.lock import Busy, alone
from commerce.billing.daily.report import Report
from commerce.billing.daily.runner import Turn, carry_out, run_locked
from commerce.billing.daily.step import AnyStep, Day, instant
from commerce.billing.models import RunStep
from commerce.billing.rules import RUN_STEP_MOVES
from commerce.kit import clock
from commerce.preferences import current


def run_when_due(steps: Sequence[AnyStep], *, at: datetime) -> Report | None:
    """What the timetable asks every 5 minutes: past ``billing.run_time``, and today's run not finished? Then run it.

    A run whose process was killed goes on with the steps that it did not end. A step with errors is tried again, alone
    and at a growing distance. A run that another process is doing counts as being done. None: there was nothing to do.
    """
    day = Day(current.business_date(at), at)
    if at < instant(day.date):
        return None
    try:
        with alone():
            if left := unfinished(steps, day.date):
                return run_locked(left, day=day, by="timetable")
            return _try_again(steps, day)
    except Busy:
        return None


def unfinished(steps: Sequence[AnyStep], day: date) -> list[AnyStep]:
    """The steps that no run of this business date has ended, whether with errors or without."""
    ended = _of_day(day).exclude(status=RunStep.Status.RUNNING)
    names = set(ended.values_list("name", flat=True))
    return [step for step in steps if step.name not in names]


def _of_day(day: date) -> QuerySet[RunStep]:
    """Steps of the day's runs; one that staff ran alone does not stand for the day's."""
    return RunStep.objects.filter(run__date=day, run__only="")


def _try_again(steps: Sequence[AnyStep], day: Day) -> Report | None:
    turn, report = Turn(day, clock.now()), Report(day.date)
    done = RunStep.objects.filter(finishes=day.date).values("name")
    rows = _of_day(day.date).filter(status=RunStep.Status.FAILED).exclude(name__in=done)
    newest = {row.name: row for row in rows.order_by("pk")}
    for step in steps:
        row = newest.get(step.name)
        if row is None or row.retry_at is None or row.retry_at > day.at:
            continue
        move(
            row,
            RunStep.Status.RUNNING,
            allowed=RUN_STEP_MOVES,
            silent=True,
            at=day.at,
            actor=day.actor,
            client_id=None,
            tries=row.tries + 1,
            retry_at=None,
        )
        report.steps.append(carry_out(row, step, turn))
    return report if report.steps else None
