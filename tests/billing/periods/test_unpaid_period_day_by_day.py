"""The daily run over a service that is not paid, day by day (billing.md 8; the example in the README there)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from commerce.accounts.actions.client_flags import turn_dunning_off
from commerce.billing.models import BilledPeriod, Invoice, Reminder
from commerce.billing.periods.actions.dunning import set_dunning_hold
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.orders.actions.lifecycle import approve_order
from commerce.runs.report import RunReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests.make.jobs import run_all_jobs
from tests.make.people import make_client
from tests.make.records import make_order, make_payment, make_service
from tests.make.simulation import steps_with_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]


def at(day: date) -> datetime:
    return datetime.combine(day, time(0, 5), UTC)


def live(day: date) -> RunReport:
    """One day: the run, then the worker. The proof comes at the end of each test."""
    report = run_daily(steps_with_rows(), day=RunDay(day, at(day)), started_by="test")
    assert not report.failed, report.as_text()
    work(day)
    return report


def work(day: date) -> None:
    """The worker's turn; what staff must do by hand, since no module does it, stays as a to-do."""
    for job in run_all_jobs(at(day), failing=True):
        assert job.status != "parked" or job.action.startswith("service."), job.error


STEPS = [date(2026, 2, 21)] + [date(2026, 3, day) for day in (11, 15, 17, 19, 24, 28, 31)]
"""The days of such a service: on all others nothing happens, as the first test shows."""


def live_through(first: date, last: date) -> None:
    """Those of ``STEPS`` in between, and the last day."""
    for day in sorted({*(day for day in STEPS if first <= day <= last), last}):
        live(day)


def unpaid_service() -> Service:
    """Active since 31 January 2026, and never paid again."""
    born = datetime(2026, 1, 31, 10, tzinfo=UTC)
    return make_service(make_client(), at=born)


def told(event: str) -> list[date]:
    rows = OutgoingMail.objects.filter(event=event).order_by("created_at")
    return [row.created_at.date() for row in rows]


def test_each_step_has_its_day() -> None:
    service = unpaid_service()
    days = [date(2026, 2, 15) + timedelta(days=n) for n in range(47)]
    lived = {day: live(day) for day in days}
    happened = {day for day in days if any(step.rows for step in lived[day].steps)}
    assert happened == set(STEPS)
    service.refresh_from_db()
    (invoice,) = Invoice.objects.filter(kind="renewal", due_date=date(2026, 3, 14))
    assert invoice.issue_date == date(2026, 2, 21)
    billed_period = BilledPeriod.objects.get(invoice=invoice)
    assert (billed_period.period_start, billed_period.period_end) == (
        date(2026, 2, 28),
        date(2026, 3, 31),
    )
    assert told("invoice_reminder") == [date(2026, 3, 11)]
    assert told("invoice_overdue") == [date(2026, 3, 15), date(2026, 3, 19), date(2026, 3, 24)]
    assert told("service_suspended") == [date(2026, 3, 17)]
    assert told("service_terminating") == [date(2026, 3, 28)]
    assert told("service_terminated") == [date(2026, 3, 31)]
    assert service.status == "terminated"
    assert Invoice.objects.count() == 1  # one open claim at a time


def test_paid_late_it_runs_again_and_its_dates_are_counted_from_the_anchor() -> None:
    service = unpaid_service()
    live_through(date(2026, 2, 20), date(2026, 3, 18))
    service.refresh_from_db()
    assert (service.status, service.suspension_reason) == ("suspended", "overdue")
    make_payment(Invoice.objects.get(), at=at(date(2026, 3, 19)))
    work(date(2026, 3, 19))
    service.refresh_from_db()
    assert service.status == "active"
    assert service.next_due_date == date(2026, 3, 31)
    live(date(2026, 3, 23))
    assert not BilledPeriod.objects.filter(period_start=date(2026, 3, 31)).exists()
    live(date(2026, 3, 24))
    assert BilledPeriod.objects.filter(period_start=date(2026, 3, 31)).count() == 1


def test_after_days_off_nobody_is_suspended_unheard_and_one_reminder_goes_out() -> None:  # R11
    service = unpaid_service()
    live(date(2026, 2, 21))
    invoice = Invoice.objects.get()
    live(date(2026, 4, 10))
    service.refresh_from_db()
    assert service.status == "active"
    rows = Reminder.objects.filter(invoice=invoice).order_by("step").values_list("step", "status")
    assert list(rows) == [(-3, "skipped"), (1, "skipped"), (5, "skipped"), (10, "sent")]
    live(date(2026, 4, 11))
    service.refresh_from_db()
    assert service.status == "suspended"
    assert Invoice.objects.count() == 1


def test_an_invoice_made_late_is_not_late_at_birth() -> None:  # R11
    unpaid_service()
    live(date(2026, 4, 20))
    invoice = Invoice.objects.get()
    assert invoice.due_date == date(2026, 4, 27)
    assert invoice.status == "unpaid"


def test_more_runs_of_a_day_change_nothing() -> None:  # R10
    unpaid_service()
    live(date(2026, 3, 17))
    before = list(Invoice.objects.values()), list(Service.objects.values())
    mails = OutgoingMail.objects.count()
    for _ in range(3):
        report = live(date(2026, 3, 17))
        assert not any(step.counts for step in report.steps), report.as_text()
    assert (list(Invoice.objects.values()), list(Service.objects.values())) == before
    assert OutgoingMail.objects.count() == mails


def test_another_invoice_on_hold_kept_a_paid_service_off() -> None:
    """Its order was never paid, and staff hold that invoice; the renewal is what switched it off."""
    born = datetime(2026, 1, 31, 10, tzinfo=UTC)
    order = make_order(at=born)
    approve_order(order=order, unpaid_because="a friend", ctx=Context(born, SYSTEM))
    service = Service.objects.get()
    activate_service(service=service, ctx=Context(born, SYSTEM))
    ordered = Invoice.objects.get()
    set_dunning_hold(
        reason="asked", invoice=ordered, until=date(2026, 4, 30), ctx=Context(born, SYSTEM)
    )
    live_through(date(2026, 2, 20), date(2026, 3, 18))
    service.refresh_from_db()
    assert service.status == "suspended"
    make_payment(Invoice.objects.get(kind="renewal"), at=at(date(2026, 3, 19)))
    work(date(2026, 3, 19))
    service.refresh_from_db()
    ordered.refresh_from_db()
    assert (service.status, ordered.status) == ("active", "overdue")


def test_a_hold_and_a_client_without_dunning_are_left_alone() -> None:
    service = unpaid_service()
    live_through(date(2026, 2, 21), date(2026, 3, 10))
    ctx = Context(at(date(2026, 3, 10)), SYSTEM)
    turn_dunning_off(client=service.client, reason="agreed", ctx=ctx)
    live_through(date(2026, 3, 11), date(2026, 4, 10))
    service.refresh_from_db()
    assert service.status == "active"
    assert not Reminder.objects.exists()
    assert Invoice.objects.get().status == "overdue"


def test_data_was_deleted_while_staff_held_the_invoice() -> None:
    """Suspended on 17 March, held from the 20th: no notice, no end; once the hold has passed, both come."""
    service = unpaid_service()
    live_through(date(2026, 2, 20), date(2026, 3, 20))
    invoice = Invoice.objects.get()
    until = date(2026, 4, 20)
    set_dunning_hold(
        reason="asked", invoice=invoice, until=until, ctx=Context(at(date(2026, 3, 20)), SYSTEM)
    )
    live_through(date(2026, 3, 21), until)
    service.refresh_from_db()
    assert (service.status, told("service_terminating")) == ("suspended", [])
    live(date(2026, 4, 21))
    live(date(2026, 4, 24))
    service.refresh_from_db()
    assert (service.status, told("service_terminating")) == ("terminated", [date(2026, 4, 21)])


def test_a_notice_before_the_hold_does_not_end_the_service_in_it() -> None:
    service = unpaid_service()
    live_through(date(2026, 2, 20), date(2026, 3, 29))
    assert told("service_terminating") == [date(2026, 3, 28)]
    until = date(2026, 4, 5)
    ctx = Context(at(date(2026, 3, 29)), SYSTEM)
    set_dunning_hold(reason="asked", invoice=Invoice.objects.get(), until=until, ctx=ctx)
    live_through(date(2026, 3, 30), until)
    service.refresh_from_db()
    assert service.status == "suspended"
