"""What the daily run does for reports."""

from commerce.billing.reports.actions import store_ended_months
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay


def close_months_daily(day: RunDay, report: StepReport) -> None:
    """Keep what the last month brought, on the first run after it."""
    report.rows = store_ended_months(day.date)
    report.outcome = f"{report.rows} sums kept" if report.rows else "nothing to keep"
