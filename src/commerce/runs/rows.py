"""Doing the due rows of a step: each a transaction and an error of its own (billing.md 10)."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from django.db import connection

from commerce.db.retry import retry_on_deadlock
from commerce.kit import clock
from commerce.kit.errors import error_code
from commerce.kit.request_cache import clear_request_cache
from commerce.runs.report import StepReport
from commerce.runs.step import RowStep, RunDay, StepCounts

log = logging.getLogger(__name__)

TOGETHER = 10
"""Rows that share a transaction, on PostgreSQL: a commit is waited for once. On SQLite all others would wait for it."""

MEMO_SECONDS = 1
"""So long a step remembers settings, taxes and currencies, as a request does: what staff change meanwhile counts from
then on.
"""

type StepProgress = Callable[[StepReport], None]


@dataclass(frozen=True, slots=True)
class RunClock:
    """One start of the run: its day, when it began by the clock, and who wants to hear how it goes on."""

    day: RunDay
    began: datetime
    progress: StepProgress | None = None

    def now(self) -> RunDay:
        """The day at the instant that it is by now: what a long run writes after midnight is dated after midnight."""
        gone_by = max(clock.now() - self.began, timedelta())
        return replace(self.day, at=self.day.at + gone_by)


def monotonic_milliseconds() -> int:
    """By a clock that never goes back, for measuring."""
    return time.monotonic_ns() // 1_000_000


def do_rows(
    step: RowStep, pks: Iterable[int], turn: RunClock, report: StepReport, *, seconds: int
) -> int | None:
    """Do these rows, for so long; then the last one that was done is given back, and None if all were."""
    began = read_at = monotonic_milliseconds()
    for group in batched(pks, _group_size(step)):
        done = _done_together(step, group, turn) if len(group) > 1 else {}
        for pk in group:
            report.rows += 1
            if pk in done:
                report.count(done[pk])
            else:
                _one(step, pk, turn, report)
        now = monotonic_milliseconds()
        report.milliseconds = now - began
        if now - read_at > MEMO_SECONDS * 1000:
            clear_request_cache()
            read_at = now
        if turn.progress:
            turn.progress(report)
        if report.milliseconds > seconds * 1000:
            return group[-1]
    return None


def _group_size(step: RowStep) -> int:
    return TOGETHER if step.do_together and connection.vendor == "postgresql" else 1


def _done_together(
    step: RowStep, group: tuple[int, ...], turn: RunClock
) -> Mapping[int, StepCounts]:
    """What came of those that were done in one transaction; if one of them fails, of none."""
    assert step.do_together is not None
    try:
        return step.do_together(group, turn.now())
    except Exception as error:  # noqa: BLE001 - each is done again, and tells of its own
        log.info("The step %s does rows one by one: %s", step.name, type(error).__name__)
        return {}


def _one(step: RowStep, pk: int, turn: RunClock, report: StepReport) -> None:
    try:
        report.count(_tried(step, pk, turn))
    except Exception as error:
        log.exception("The step %s failed for row %s.", step.name, pk)
        report.errors.append(row_error(step.name, pk, error))


def _tried(step: RowStep, pk: int, turn: RunClock) -> StepCounts:
    """Do it, again after a deadlock or a busy database; what asks over the network has its own transactions."""
    if step.uses_network:
        return step.do(pk, turn.now())
    return retry_on_deadlock(lambda: step.do(pk, turn.now()))()


def row_error(kind: str, pk: int | None, error: Exception) -> dict[str, Any]:
    """What staff see; a database's own text may hold values, so of that only the first line is kept."""
    text = (str(error).splitlines() or [""])[0][:300]
    row = {"kind": kind, "id": pk, "error": f"{type(error).__name__}: {text}".rstrip(": ")}
    code = error_code(error)
    return {**row, "code": code} if code else row
