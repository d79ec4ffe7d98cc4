"""What the daily run does for reports."""

from commerce.billing.reports.actions import keep_recurring_months
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay


def close_months_daily(day: RunDay, report: StepReport) -> None:
    """Keep what the last month brought, on the first run after it."""
    report.rows = keep_recurring_months(day.at)
    report.outcome = f"{report.rows} sums kept" if report.rows else "nothing to keep"
