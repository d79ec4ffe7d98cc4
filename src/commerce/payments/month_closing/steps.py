"""What the daily run does for the books."""

from commerce.payments.month_closing.actions import (
    add_ended_months,
    delete_old_files,
    months_without_files,
    store_figures_and_files,
)
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay


def keep_books_daily(day: RunDay, report: StepReport) -> None:
    """List the month that ended, make files that a closed one lacks, and delete those that are too old."""
    report.rows = add_ended_months(day.at)
    for month in months_without_files():
        store_figures_and_files(month)
        report.rows += 1
    report.rows += delete_old_files(day.at)
    report.outcome = (
        f"{report.rows} months listed, files made or deleted" if report.rows else "nothing to do"
    )
