"""Running the steps: each row a transaction and an error of its own; one failure stops nobody else (billing.md 10)."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from commerce.accounts.recipients import tell_staff
from commerce.audit.again import tried_again
from commerce.audit.states import move
from commerce.billing.daily.lock import alone
from commerce.billing.daily.planning import planned_once
from commerce.billing.daily.report import Report, StepReport
from commerce.billing.daily.step import Act, AnyStep, Counts, Day, Step
from commerce.billing.models import Run, RunStep
from commerce.billing.rules import RUN_STEP_MOVES, retry_after
from commerce.billing.tax import remembered_rules
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.preferences.actions import put_zone_in_force

log = logging.getLogger(__name__)

STEP_SECONDS = 30 * 60
"""After that a step makes way for the next one; what it left is due in the next run."""

_BATCH = 5_000

type Progress = Callable[[StepReport], None]


@dataclass(frozen=True, slots=True)
class Turn:
    """One start of the run: its day, when it began by the clock, and who wants to hear how it goes on."""

    day: Day
    began: datetime
    progress: Progress | None = None

    def now(self) -> Day:
        """The day at the instant that it is by now: what a long run writes after midnight is dated after midnight."""
        gone_by = max(clock.now() - self.began, timedelta())
        return replace(self.day, at=self.day.at + gone_by)


def run(
    steps: Sequence[AnyStep],
    *,
    day: Day,
    by: str,
    only: str = "",
    wait_seconds: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Do what is due up to ``day.date``; the run and each of its steps leave a row.

    ``only`` names a single step. Raises ``Busy`` when another run is going on, ``Refused`` for an unknown step.
    """
    steps = chosen(steps, only)
    with alone(wait_seconds=wait_seconds):
        return run_locked(steps, day=day, by=by, only=only, progress=progress)


def run_locked(
    steps: Sequence[AnyStep],
    *,
    day: Day,
    by: str,
    only: str = "",
    progress: Progress | None = None,
) -> Report:
    """As ``run``, for a caller who holds the lock. A run of all steps puts the chosen time zone in force."""
    if not only:
        put_zone_in_force(at=day.at, actor=day.actor)
    report = Report(day.date)
    turn = Turn(day, clock.now(), progress)
    row = Run.objects.create(date=day.date, started_at=turn.began, by=by, only=only)
    for step in steps:
        step_row = RunStep.objects.create(run=row, name=step.name, started_at=clock.now())
        report.steps.append(carry_out(step_row, step, turn))
    Run.objects.filter(pk=row.pk).update(ended_at=clock.now())
    return report


def chosen(steps: Sequence[AnyStep], only: str) -> Sequence[AnyStep]:
    """All steps, or the one with that name; raises ``Refused`` when there is none."""
    found = [step for step in steps if not only or step.name == only]
    if not found:
        known = ", ".join(step.name for step in steps)
        raise Refused(f"There is no step {only}. Steps: {known}.")
    return found


def carry_out(row: RunStep, step: AnyStep, turn: Turn) -> StepReport:
    """Do a step whose row is running, and end that row; staff hear once a day of a step that failed."""
    report, began, crashed = StepReport(step.name, step.does), milliseconds(), False
    with remembered_rules():
        try:
            if isinstance(step, Act):
                step.do(turn.now(), report)
            else:
                with planned_once():
                    _each(step, turn, report, began)
        except Exception as error:
            log.exception("The step %s failed.", step.name)
            report.errors.append(error_of("step", None, error))
            crashed = True
    report.milliseconds = milliseconds() - began
    day = turn.now()
    _end(row, step, report, turn)
    if report.failed and (
        crashed or isinstance(step, Step)
    ):  # an act tells of what it found itself
        tell_staff(
            permission="settings.manage",
            event="run_failed",
            once=f"{day.date} {step.name}",
            values={"step": step.name, "count": len(report.errors)},
            at=day.at,
        )
    return report


def _end(row: RunStep, step: AnyStep, report: StepReport, turn: Turn) -> None:
    """Keep what came of a step. Its rows are tried again later; an act is not, it looks anew the next day."""
    day, finishes, retry_at = turn.day, None, None
    if report.failed and isinstance(step, Step):
        retry_at = day.at + retry_after(row.tries, only_stopped=not report.errors)
    if not report.failed:
        known = RunStep.objects.filter(finishes=day.date, name=step.name)
        finishes = None if known.exists() else day.date
    move(
        row,
        RunStep.Status.FAILED if report.failed else RunStep.Status.DONE,
        allowed=RUN_STEP_MOVES,
        silent=True,  # the rows of a run are its record
        at=day.at,
        actor=day.actor,
        client_id=None,
        counts=dict(Counter(row.counts) + report.counts),
        errors=report.errors,
        finishes=finishes,
        retry_at=retry_at,
        ended_at=clock.now(),
    )


def milliseconds() -> int:
    """By a clock that never goes back, for measuring."""
    return time.monotonic_ns() // 1_000_000


def _each(step: Step, turn: Turn, report: StepReport, began: int) -> None:
    for pk in found(step, turn.day):
        _one(step, pk, turn, report)
        report.milliseconds = milliseconds() - began
        if turn.progress:
            turn.progress(report)
        if report.milliseconds > STEP_SECONDS * 1000:
            report.stopped = "Stopped after 30 minutes; the next run goes on with the rest."
            break


def found(step: Step, day: Day, client_id: int | None = None) -> Iterator[int]:
    """Keys of due rows, in their order, a batch at a time: memory does not grow with their number."""
    rows, last = step.find(day), 0
    if client_id is not None:
        rows = rows.filter(**{step.client: client_id})
    while batch := list(
        rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]
    ):
        yield from batch
        last = batch[-1]


def _one(step: Step, pk: int, turn: Turn, report: StepReport) -> None:
    report.rows += 1
    try:
        report.count(_tried(step, pk, turn))
    except Exception as error:
        log.exception("The step %s failed for row %s.", step.name, pk)
        report.errors.append(error_of(step.name, pk, error))


def _tried(step: Step, pk: int, turn: Turn) -> Counts:
    """Do it, again after a deadlock or a busy database; what asks over the network has its own transactions."""
    if step.network:
        return step.do(pk, turn.now())
    return tried_again(lambda: step.do(pk, turn.now()))()


def error_of(kind: str, pk: int | None, error: Exception) -> dict[str, Any]:
    """What staff see; a database's own text may hold values, so of that only the first line is kept."""
    text = (str(error).splitlines() or [""])[0][:300]
    return {"kind": kind, "id": pk, "error": f"{type(error).__name__}: {text}".rstrip(": ")}
