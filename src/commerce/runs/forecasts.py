"""What the dashboard says of last night's run and of tomorrow's: worked out by the timetable, not while one waits."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import models

from commerce.runs.dry_run import preview_run
from commerce.runs.models import DailyRun, DailyRunStep, RunSummary
from commerce.runs.report import RunAmount, add_amounts
from commerce.runs.step import CountedRecords, DailyStep, RunDay, run_start
from commerce.site_settings.current import business_date

KEPT_DAYS = 7
PAYMENTS_CHANGE_FOR = timedelta(hours=12)
"""So long after a run its charges are looked at again: gateways answer when they like."""
FORECAST_SECONDS = 60
FORECAST_OLD_AFTER = timedelta(hours=6)


def summarize_runs(
    steps: Sequence[DailyStep],
    *,
    numbered: Sequence[type[models.Model]],
    counted: Sequence[CountedRecords],
    at: datetime,
) -> None:
    """Keep what the last run did, and what tomorrow's would do by what is known now; nothing before the first run."""
    RunSummary.objects.filter(date__lt=business_date(at) - timedelta(days=KEPT_DAYS)).delete()
    run = DailyRun.objects.filter(only_step="", ended_at__isnull=False).order_by("-pk").first()
    if run is None or run.ended_at is None:
        return
    done = RunSummary.objects.filter(date=run.date, is_forecast=False).first()
    if done is None or done.made_at < run.ended_at + PAYMENTS_CHANGE_FOR:
        amounts = _amounts_of_day(counted, run.date)
        _store(run.date, _counts_of_day(run.date), amounts, at, is_forecast=False)
    tomorrow = business_date(at) + timedelta(days=1)
    forecast = RunSummary.objects.filter(date=tomorrow, is_forecast=True).first()
    if forecast is None or forecast.made_at < max(run.ended_at, at - FORECAST_OLD_AFTER):
        report = preview_run(
            steps,
            day=RunDay(tomorrow, run_start(tomorrow)),
            numbered=numbered,
            counted=counted,
            seconds=FORECAST_SECONDS,
        )
        _store(
            tomorrow,
            report.counts,
            report.amounts,
            at,
            is_forecast=True,
            clients_left=report.clients_left,
        )


def _amounts_of_day(counted: Iterable[CountedRecords], day: date) -> list[RunAmount]:
    """What was made on a day."""
    return add_amounts(
        RunAmount(records.name, state, currency, 1, amount)
        for records in counted
        for _pk, state, currency, amount in records.rows(day)
    )


def _counts_of_day(day: date) -> dict[str, int]:
    """What all runs of a day did: one that was stopped goes on in the next."""
    counts: Counter[str] = Counter()
    for step in DailyRunStep.objects.filter(run__date=day, run__only_step=""):
        counts.update({f"{step.name} {what}": times for what, times in step.counts.items()})
    return dict(counts)


def _store(
    day: date,
    counts: dict[str, int],
    amounts: list[RunAmount],
    at: datetime,
    *,
    is_forecast: bool,
    clients_left: int = 0,
) -> None:
    values = {
        "counts": counts,
        "amounts": [one.as_row() for one in amounts],
        "clients_left": clients_left,
        "made_at": at,
    }
    RunSummary.objects.update_or_create(date=day, is_forecast=is_forecast, defaults=values)
