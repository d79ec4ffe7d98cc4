"""Months are kept when they have ended, and then read from there (backoffice.md 6)."""

from datetime import UTC, date, datetime

import pytest

from commerce.billing.models import RecurringMonth
from commerce.billing.reports.actions import store_ended_months
from commerce.billing.reports.recurring import DOMAINS, SERVICES, months_of
from commerce.billing.reports.recurring_months import recurring_at_ends, recurring_by_month
from commerce.daily_steps import DAILY_STEPS
from commerce.hosting.actions.states import cancel_service
from commerce.kit.context import SYSTEM, Context
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from tests import make

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = MONTHS = [date(2026, month, 1) for month in (1, 2, 3, 4)]
TODAY = date(2026, 4, 8)


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def books() -> None:
    """10.00 a month since January, 20.00 from February to March, a domain at 1.00 since March, 5.00 since April."""
    make.make_service(at=on(1, 10), amount=10_00)
    ends = make.make_service(at=on(2, 10), amount=20_00)
    cancel_service(service=ends, ctx=Context(on(3, 20), SYSTEM))
    make.make_domain(at=on(3, 5), recurring_amount=12_00)
    make.make_service(at=on(4, 2), amount=5_00)


def test_ended_months_are_kept_as_the_books_tell_them() -> None:
    books()
    live = {
        (month, sold.name): found
        for sold in (SERVICES, DOMAINS)
        for month, found in months_of(sold, MONTHS, TODAY).items()
        if found
    }
    assert store_ended_months(TODAY) == 4
    kept = RecurringMonth.objects.order_by("kind", "month")
    assert [(row.kind, row.month, row.start_amount, row.end_amount) for row in kept] == [
        ("domain", MARCH, 0, 1_00),
        ("service", JANUARY, 0, 10_00),
        ("service", FEBRUARY, 10_00, 30_00),
        ("service", MARCH, 30_00, 10_00),
    ]
    assert RecurringMonth.objects.get(kind="service", month=MARCH).movements == {
        "lost": [-20_00, 1]
    }
    found = recurring_by_month(MONTHS, TODAY)
    assert {key: of for key, of in found.items() if of} == live
    assert store_ended_months(TODAY) == 0
    assert store_ended_months(date(2026, 5, 1)) == 2  # April, of services and of domains


def test_a_chart_has_the_months_that_are_kept_and_today() -> None:
    books()
    store_ended_months(TODAY)
    assert recurring_at_ends(MONTHS, TODAY, "EUR") == {
        JANUARY: {"service": 10_00},
        FEBRUARY: {"service": 30_00},
        MARCH: {"service": 10_00, "domain": 1_00},
        APRIL: {"service": 15_00, "domain": 1_00},
    }


def test_the_daily_run_keeps_them() -> None:
    books()
    [step] = [step for step in DAILY_STEPS if step.name == "close-revenue-months"]
    report = StepReport(step.name, step.description)
    step.do(RunDay(TODAY, on(4, 8)), report)  # type: ignore[call-arg, arg-type]
    assert (report.rows, report.outcome) == (4, "4 sums kept")
