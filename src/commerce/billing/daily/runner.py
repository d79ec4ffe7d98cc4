"""Running the steps: each row a transaction and an error of its own; one failure stops nobody else (billing.md 10)."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import OperationalError, transaction

from commerce.accounts.recipients import tell_staff
from commerce.audit.models import Entry
from commerce.audit.states import move
from commerce.billing.daily.lock import Busy, alone
from commerce.billing.daily.planning import planned_once
from commerce.billing.daily.report import Report, StepReport
from commerce.billing.daily.step import Act, AnyStep, Counts, Day, Step, instant
from commerce.billing.models import Run, RunStep
from commerce.billing.rules import RUN_STEP_MOVES
from commerce.billing.tax import remembered_rules
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.preferences import current

log = logging.getLogger(__name__)

STEP_SECONDS = 30 * 60
"""After that a step makes way for the next one; what it left is due in the next run."""

_BATCH = 5_000
_TRIES = 4
"""A deadlock is tried again 3 times, with the whole transaction."""

type Progress = Callable[[StepReport], None]


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
    chosen = _chosen(steps, only)
    with alone(wait_seconds=wait_seconds):
        report = Report(day.date)
        row = Run.objects.create(date=day.date, started_at=clock.now(), by=by)
        for step in chosen:
            report.steps.append(_run_step(row, step, day, progress))
        Run.objects.filter(pk=row.pk).update(ended_at=clock.now())
    return report


def finished_on(day: date, names: Sequence[str]) -> bool:
    """Whether a run of this business date has finished all these steps without an error."""
    done = RunStep.objects.filter(
        run__date=day, run__ended_at__isnull=False, status=RunStep.Status.DONE
    )
    return set(names) <= set(done.values_list("name", flat=True))


def run_when_due(steps: Sequence[AnyStep], *, at: datetime) -> Report | None:
    """What the timetable asks every 5 minutes: past ``billing.run_time``, and today's run not finished? Then run it.

    A run that another process is doing counts as being done. Rows that failed are tried again; an act that found fault,
    as the proof may, is not repeated the whole day.
    """
    today = current.business_date(at)
    names = [step.name for step in steps if isinstance(step, Step)]
    if at < instant(today) or finished_on(today, names):
        return None
    try:
        return run(steps, day=Day(today, at), by="timetable")
    except Busy:
        return None


def _now() -> int:
    return time.monotonic_ns() // 1_000_000


def _chosen(steps: Sequence[AnyStep], only: str) -> Sequence[AnyStep]:
    chosen = [step for step in steps if not only or step.name == only]
    if not chosen:
        known = ", ".join(step.name for step in steps)
        raise Refused(f"There is no step {only}. Steps: {known}.")
    return chosen


def _run_step(run_row: Run, step: AnyStep, day: Day, progress: Progress | None) -> StepReport:
    report, began = StepReport(step.name, step.does), _now()
    row = RunStep.objects.create(run=run_row, name=step.name, started_at=clock.now())
    with remembered_rules():
        try:
            if isinstance(step, Act):
                step.do(day, report)
            else:
                with planned_once():
                    _each(step, day, report, began, progress)
        except Exception as error:
            log.exception("The step %s failed.", step.name)
            report.errors.append(_error("step", None, error))
    report.milliseconds = _now() - began
    move(
        row,
        RunStep.Status.FAILED if report.failed else RunStep.Status.DONE,
        allowed=RUN_STEP_MOVES,
        silent=True,  # the rows of a run are its record
        at=day.at,
        actor=day.actor,
        client_id=None,
        counts=dict(report.counts),
        errors=report.errors[:1000],
        ended_at=clock.now(),
    )
    if report.failed and isinstance(step, Step):  # an act tells of its faults itself
        tell_staff(
            permission="settings.manage",
            event="run_failed",
            once=f"{day.date} {step.name}",
            values={"step": step.name, "count": len(report.errors)},
            at=day.at,
        )
    return report


def _each(step: Step, day: Day, report: StepReport, began: int, progress: Progress | None) -> None:
    for pk in _found(step, day):
        _one(step, pk, day, report)
        report.milliseconds = _now() - began
        if progress:
            progress(report)
        if report.milliseconds > STEP_SECONDS * 1000:
            report.stopped = "Stopped after 30 minutes; the next run goes on with the rest."
            break


def _found(step: Step, day: Day, client_id: int | None = None) -> Iterator[int]:
    """Keys of due rows, in their order, a batch at a time: memory does not grow with their number."""
    rows, last = step.find(day), 0
    if client_id is not None:
        rows = rows.filter(**{step.client: client_id})
    while batch := list(
        rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]
    ):
        yield from batch
        last = batch[-1]


def _one(step: Step, pk: int, day: Day, report: StepReport) -> None:
    report.rows += 1
    try:
        report.count(_tried(step, pk, day))
    except Exception as error:
        log.exception("The step %s failed for row %s.", step.name, pk)
        report.errors.append(_error(step.name, pk, error))


def _tried(step: Step, pk: int, day: Day) -> Counts:
    """Do it, again after a deadlock or a busy database, with the whole transaction."""
    if step.network:
        return step.do(pk, day)
    for again in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return step.do(pk, day)
        except OperationalError:
            if not again:
                raise
            time.sleep(0.1 * (_TRIES - again))
    raise AssertionError("never here")


def _error(kind: str, pk: int | None, error: Exception) -> dict[str, Any]:
    """What staff see; a database's own text may hold values, so of that only the first line is kept."""
    text = (str(error).splitlines() or [""])[0][:300]
    return {"kind": kind, "id": pk, "error": f"{type(error).__name__}: {text}".rstrip(": ")}


class _Undo(Exception):
    """Ends the transaction of a dry run."""


def preview(steps: Sequence[AnyStep], *, day: Day, only: str = "") -> Report:
    """What a run would do: client by client, all steps in one transaction that is rolled back.

    Jobs and mails are rows of that transaction, so nothing is sent and nobody is called. Numbers that documents would
    get are given only by the real run, so none is shown.
    """
    chosen = _chosen(steps, only)
    report = Report(day.date, dry=True, steps=[StepReport(s.name, s.does) for s in chosen])
    began = _now()
    with remembered_rules():
        for client_id in _clients(chosen, day):
            try:
                with transaction.atomic():
                    _preview_client(chosen, day, client_id, report)
                    raise _Undo
            except _Undo:
                pass
        for step, told in zip(chosen, report.steps, strict=True):
            if isinstance(step, Act):
                told.said = step.would
            elif not step.client:
                told.rows = step.find(day).count()
                told.count({"rows": told.rows})
    report.steps[-1].milliseconds = _now() - began
    return report


def _clients(steps: Sequence[AnyStep], day: Day) -> list[int]:
    """Ids of clients with something due: what a later step finds of a client follows from an earlier one."""
    found: set[int] = set()
    for step in steps:
        if isinstance(step, Step) and step.client:
            found.update(step.find(day).order_by().values_list(step.client, flat=True).distinct())
    return sorted(found)


def _preview_client(steps: Sequence[AnyStep], day: Day, client_id: int, report: Report) -> None:
    mark = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for step, told in zip(steps, report.steps, strict=True):
        if isinstance(step, Act) or not step.client:
            continue
        for pk in _found(step, day, client_id):
            if step.network:
                told.rows += 1
                told.count({"questions": 1})
                continue
            try:
                told.rows += 1
                with transaction.atomic():
                    told.count(step.do(pk, day))
            except Exception as error:  # noqa: BLE001 - as in the real run
                told.errors.append(_error(step.name, pk, error))
    report.acts += [
        {
            "client": client_id,
            "action": entry.action,
            "record": [entry.record_kind, entry.record_id],
            "name": "" if entry.action.startswith("invoice.") else entry.record_name,
            "detail": ", ".join(f"{k}: {v}" for k, v in entry.after.items() if k != "number"),
        }
        for entry in Entry.objects.filter(pk__gt=mark, client_id=client_id).order_by("pk")
    ]
