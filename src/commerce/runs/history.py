"""Runs that were: for people, for programs, as metrics, and the alarm when there is none (billing.md 10)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Min

from commerce.accounts.recipients import send_staff_email
from commerce.audit.models import AuditEntry
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.runs.rules import RunStepStatus
from commerce.site_settings import current

MISSING_RUN_AFTER = timedelta(hours=26)
"""So long after a run of all steps ended, another one should have."""


def past_runs(limit: int) -> list[dict[str, Any]]:
    """The newest runs first, each with its steps: what they counted, what failed, and when that is tried again."""
    runs = DailyRun.objects.order_by("-pk").prefetch_related("steps")[:limit]
    return [
        {
            "date": run.date.isoformat(),
            "started_by": run.started_by,
            "only_step": run.only_step,
            "started_at": run.started_at.isoformat(),
            "ended_at": _text(run.ended_at),
            "steps": [_step(step) for step in sorted(run.steps.all(), key=lambda one: one.pk)],
        }
        for run in runs
    ]


def _step(step: DailyRunStep) -> dict[str, Any]:
    return {
        "step": step.name,
        "status": step.status,
        "counts": step.counts,
        "errors": step.errors,
        "tries": step.tries,
        "retry_at": _text(step.retry_at),
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def format_runs(runs: list[dict[str, Any]]) -> str:
    """For people: a line for each run, and for each of its steps that did something or failed."""
    lines = []
    for run in runs:
        only = f", only {run['only_step']}" if run["only_step"] else ""
        ended = f"to {run['ended_at']}" if run["ended_at"] else "not ended"
        lines.append(f"{run['date']}  by {run['started_by']}{only}, {run['started_at']} {ended}")
        for step in run["steps"]:
            lines += _lines(step)
    return "\n".join(lines) or "There was no run yet."


def _lines(step: dict[str, Any]) -> list[str]:
    if step["status"] == RunStepStatus.DONE and not step["counts"]:
        return []
    details = [f"{times} {name}" for name, times in sorted(step["counts"].items())]
    if step["errors"]:
        details.append(f"{len(step['errors'])} errors")
    if step["tries"] > 1:
        details.append(f"tried {step['tries']} times")
    if step["retry_at"]:
        details.append(f"again at {step['retry_at']}")
    lines = [f"  {step['step']:<14} {step['status']:<8} {', '.join(details)}".rstrip()]
    return lines + [f"      {e['kind']} {e['id']}: {e['error']}" for e in step["errors"][:20]]


def last_finished_at(*, or_begun: bool = False) -> datetime | None:
    """When the last run of all steps ended; ``or_begun``: if none ever did, since when one should have."""
    runs = DailyRun.objects.filter(only_step="")
    ended: datetime | None = runs.aggregate(at=Max("ended_at"))["at"]
    if ended or not or_begun:
        return ended
    begun = runs.aggregate(at=Min("started_at"))["at"]
    return begun or AuditEntry.objects.order_by("pk").values_list("at", flat=True).first()


def send_run_missing_email(*, at: datetime) -> None:
    """Staff hear, once a day, that no run has ended for 26 hours."""
    since = last_finished_at(or_begun=True)
    if since is None or at - since <= MISSING_RUN_AFTER:
        return
    send_staff_email(
        event="run_missing",
        idempotency_key=f"{current.business_date(at)}",
        page="runs",
        values={"count": (at - since) // timedelta(hours=1), "when": since},
        at=at,
    )


type RunMetric = tuple[str, dict[str, str], int]
"""Name, labels and value of a metric."""

RUN_METRICS = {
    "daily_last_finished_seconds": "When the last run of all steps ended, in seconds since 1970.",
    "daily_run": "The newest day's run.",
    "daily_step_failed": "1 if the step has errors or did not end.",
    "daily_step_errors": "Rows that failed.",
    "daily_step_tries": "How often the step was tried.",
    "daily_step_seconds": "How long it took.",
    "daily_step_done": "What it did.",
}
"""What ``figures`` tells, in words."""


def run_metrics() -> Iterator[RunMetric]:
    """The newest day's run for a monitoring system, each figure one of ``FIGURES``."""
    if ended := last_finished_at():
        yield "daily_last_finished_seconds", {}, int(ended.timestamp())
    run = DailyRun.objects.filter(only_step="").order_by("-date", "-pk").first()
    if run is None:
        return
    yield "daily_run", {"date": run.date.isoformat(), "by": run.started_by}, 1
    rows = DailyRunStep.objects.filter(run__date=run.date, run__only_step="").order_by("pk")
    for step in {row.name: row for row in rows}.values():
        of = {"step": step.name}
        yield "daily_step_failed", of, int(step.status != RunStepStatus.DONE)
        yield "daily_step_errors", of, len(step.errors)
        yield "daily_step_tries", of, step.tries
        if step.ended_at and step.tries == 1:
            yield (
                "daily_step_seconds",
                of,
                (step.ended_at - step.started_at) // timedelta(seconds=1),
            )
        for what, times in step.counts.items():
            yield "daily_step_done", {**of, "what": what}, times
