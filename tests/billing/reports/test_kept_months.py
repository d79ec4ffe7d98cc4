"""Months are kept when they have ended, and then read from there (backoffice.md 6)."""

from datetime import UTC, date, datetime

import pytest

from commerce.billing.models import RecurringMonth, RecurringMovement
from commerce.billing.reports import recurring_months
from commerce.billing.reports.actions import keep_recurring_months
from commerce.billing.reports.recurring import DOMAINS, SERVICES, MovedRow, months_of
from commerce.billing.reports.recurring_months import (
    moved_in_month,
    recurring_at_ends,
    recurring_by_month,
)
from commerce.billing.reports.rules import MovementKind
from commerce.daily_steps import DAILY_STEPS
from commerce.hosting.actions.states import cancel_service
from commerce.kit.context import SYSTEM, Context
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from tests import make

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH, APRIL = MONTHS = [date(2026, month, 1) for month in (1, 2, 3, 4)]
TODAY, NOW = date(2026, 4, 8), datetime(2026, 4, 8, 12, tzinfo=UTC)


def on(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


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
    assert keep_recurring_months(NOW) == 4
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
    found = recurring_by_month(TODAY).found
    assert {key: of for key, of in found.items() if of} == live
    assert keep_recurring_months(NOW) == 0
    assert keep_recurring_months(on(5, 1)) == 2  # April, of services and of domains


def test_a_chart_has_the_months_that_are_kept_and_today() -> None:
    books()
    keep_recurring_months(NOW)
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


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any change is too many to be counted while a reader waits."""
    monkeypatch.setattr(recurring_months, "MOST_COUNTED_NOW", 0)


@pytest.mark.usefixtures("no_room")
def test_where_much_changed_a_reader_waits_for_no_count() -> None:
    books()
    empty = recurring_by_month(TODAY)
    assert (dict(empty.found), empty.worked_out_at, empty.is_missing) == ({}, None, True)
    assert moved() == []
    assert keep_recurring_months(NOW) == 5  # April of services, too
    known = recurring_by_month(TODAY)
    assert (known.worked_out_at, known.is_missing) == (NOW, False)
    live = {
        (month, sold.name): found
        for sold in (SERVICES, DOMAINS)
        for month, found in months_of(sold, MONTHS, TODAY).items()
        if found
    }
    assert known.found == live
    assert [(one.before, one.after) for one in moved()] == [(20_00, 0)]
    make.make_service(at=on(4, 9), amount=7_00)
    later = on(4, 9, 13)
    assert recurring_by_month(later.date()).found == live  # as it was worked out
    keep_recurring_months(later)
    known = recurring_by_month(later.date())
    assert known.found[APRIL, "service"]["EUR"].after.amount == 22_00
    assert known.worked_out_at == later
    keep_recurring_months(on(5, 1))
    assert (
        recurring_by_month(date(2026, 5, 1)).found[APRIL, "service"]
        == known.found[APRIL, "service"]
    )


@pytest.mark.usefixtures("no_room")
def test_an_ended_month_stays_as_it_was() -> None:
    books()
    keep_recurring_months(NOW)
    make.make_service(at=on(3, 2), amount=1_00)  # an import, say
    keep_recurring_months(NOW)
    assert recurring_by_month(TODAY).found[MARCH, "service"]["EUR"].after.amount == 10_00


@pytest.mark.usefixtures("no_room")
def test_that_nothing_ever_recurred_is_known_too() -> None:
    make.make_service(at=on(2, 10), billing_cycle="one_time")
    assert recurring_by_month(TODAY).is_missing
    keep_recurring_months(NOW)
    known = recurring_by_month(TODAY)
    assert (any(known.found.values()), known.is_missing) == (False, False)
    assert keep_recurring_months(NOW) == 0


def test_a_month_of_a_former_release_is_worked_out_once_more() -> None:
    books()
    keep_recurring_months(NOW)
    RecurringMonth.objects.update(worked_out_at=None, has_ended=False)
    RecurringMovement.objects.all().delete()
    assert keep_recurring_months(NOW) == 4
    assert [(one.before, one.after) for one in moved()] == [(20_00, 0)]


def moved() -> list[MovedRow]:
    """The services that March lost."""
    return moved_in_month(SERVICES, MARCH, MovementKind.LOST, "EUR", today=TODAY, most=9)
