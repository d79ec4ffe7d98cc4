"""Late invoices: reminders, fees, holds, and when a service is suspended or ends (billing.md 8, U11)."""

from datetime import date, timedelta

import pytest

from commerce.accounts.models import Client
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.models import Invoice, LateFee
from commerce.billing.periods import dunning_steps
from commerce.billing.periods.actions.dunning import (
    add_late_fee,
    hold_suspension,
    lift_dunning_hold,
    mark_overdue,
    send_reminder,
    set_dunning_hold,
)
from commerce.billing.periods.rules import (
    reminder_step,
    suspends_on,
    termination_day,
    termination_warning_day,
)
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.lifecycle import activate_order
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import get_setting
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.parsers import parse_late_fee
from tests import make

DUE = date(2026, 4, 1)
LATE = make.AT + timedelta(days=15)
CTX = Context(LATE, SYSTEM)
STEPS = [-3, 1, 5, 10]


def on(days: int, done: list[int] | None = None) -> tuple[int | None, list[int]]:
    return reminder_step(
        due=DUE, steps=STEPS, done_steps=done or [], day=DUE + timedelta(days=days)
    )


def test_the_ladder_of_reminders() -> None:
    assert on(-4) == (None, [])
    assert on(-3) == (-3, [])
    assert on(0, [-3]) == (None, [])
    assert on(1, [-3]) == (1, [])
    assert on(40) == (10, [-3, 1, 5])  # after downtime only the latest
    assert on(40, [-3, 1, 5, 10]) == (None, [])
    assert on(6, [10]) == (None, [])  # none before one that was sent already


def test_suspension_after_the_grace_and_never_in_the_run_that_said_overdue() -> None:
    """Due 1 April, suspended 4 April."""
    day = DUE + timedelta(days=3)
    assert suspends_on(due=DUE, overdue_on=DUE + timedelta(days=1), grace=3, day=day)
    assert not suspends_on(due=DUE, overdue_on=DUE, grace=3, day=day - timedelta(days=1))
    assert not suspends_on(due=DUE, overdue_on=day, grace=3, day=day)
    assert suspends_on(due=DUE, overdue_on=DUE + timedelta(days=1), grace=1, day=DUE + timedelta(1))


def test_the_end_comes_three_days_after_the_notice_at_the_earliest() -> None:
    assert termination_warning_day(suspended_on=DUE, days=14) == date(2026, 4, 12)
    assert termination_day(suspended_on=DUE, days=14, notified_on=date(2026, 4, 12)) == date(
        2026, 4, 15
    )
    assert termination_day(suspended_on=DUE, days=14, notified_on=date(2026, 5, 1)) == date(
        2026, 5, 4
    )


@pytest.mark.django_db
def test_a_step_is_taken_once_and_the_skipped_are_marked() -> None:
    invoice = make.make_invoice()  # due 22 April
    day = date(2026, 4, 28)
    assert send_reminder(invoice=invoice, day=day, ctx=CTX) == 5
    assert send_reminder(invoice=invoice, day=day, ctx=CTX) is None
    found = invoice.reminders.order_by("step").values_list("step", "status")
    assert list(found) == [(-3, "skipped"), (1, "skipped"), (5, "sent")]


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["draft", "paid", "cancelled", "refunded"])
def test_nobody_is_reminded_of_what_is_not_open(status: str) -> None:
    invoice = make.make_invoice(status=status)
    assert send_reminder(invoice=invoice, day=date(2026, 6, 1), ctx=CTX) is None


@pytest.mark.django_db
def test_a_hold_spares_until_it_has_passed() -> None:
    invoice = make.make_invoice()
    until = date(2026, 4, 30)
    set_dunning_hold(reason="asked", invoice=invoice, until=until, ctx=CTX)
    assert send_reminder(invoice=invoice, day=until, ctx=CTX) is None
    assert send_reminder(invoice=invoice, day=until + timedelta(days=1), ctx=CTX) == 5
    lift_dunning_hold(invoice=invoice, ctx=CTX)
    assert invoice.dunning_hold_until is None
    with pytest.raises(BusinessError, match="Enter a date in the future"):
        set_dunning_hold(reason="asked", invoice=invoice, until=date(2026, 1, 1), ctx=CTX)
    with pytest.raises(StateConflict):
        set_dunning_hold(
            reason="asked", invoice=make.make_invoice(status="paid"), until=until, ctx=CTX
        )


@pytest.mark.django_db
def test_dunning_off_for_a_client() -> None:
    invoice = make.make_invoice(status="overdue")
    Client.objects.filter(pk=invoice.client_id).update(dunning=False)
    fixed_fee()
    assert send_reminder(invoice=invoice, day=date(2026, 6, 1), ctx=CTX) is None
    assert add_late_fee(invoice=invoice, ctx=CTX) is None


def fixed_fee() -> None:
    for key, value in (("kind", "fixed"), ("amount", "EUR 5.00")):
        set_setting(key=f"billing.late_fee_{key}", value=value, ctx=Context(make.AT, SYSTEM))


@pytest.mark.django_db
def test_a_late_fee_is_an_invoice_of_its_own_once() -> None:
    fixed_fee()
    invoice = make.make_invoice(status="overdue")
    fee = add_late_fee(invoice=invoice, ctx=CTX)
    assert fee is not None
    assert (fee.kind, fee.total, fee.tax_amount, fee.due_date) == (
        "late_fee", 500, 0, date(2026, 5, 7),
    )  # fmt: skip
    assert invoice.number in fee.lines.get().description
    assert add_late_fee(invoice=invoice, ctx=CTX) is None
    mark_overdue(invoice=fee, ctx=Context(LATE + timedelta(days=30), SYSTEM))
    assert add_late_fee(invoice=fee, ctx=Context(LATE + timedelta(days=30), SYSTEM)) is None
    assert LateFee.objects.count() == 1


@pytest.mark.django_db
def test_a_fee_in_percent_of_what_is_due() -> None:
    """By the one key that the manual has for both kinds."""
    set_setting(key="billing.late_fee_kind", value="percent", ctx=Context(make.AT, SYSTEM))
    both = "EUR 5.00, 2.5 %"
    set_setting(key="billing.late_fee_amount", value=both, ctx=Context(make.AT, SYSTEM))
    assert (
        SETTING_DEFINITIONS["billing.late_fee_amount"].display(
            get_setting("billing.late_fee_amount")
        )
        == both
    )
    fee = add_late_fee(invoice=make.make_invoice(status="overdue"), ctx=CTX)
    assert fee is not None
    assert fee.total == 30


@pytest.mark.parametrize("typed", ["%", "2,5 %", "100.01 %", "-1 %", "2.555 %", "1e1 %", "EUR %"])
def test_what_is_no_percentage_is_refused_as_a_late_fee(typed: str) -> None:
    with pytest.raises(BusinessError):
        parse_late_fee(typed)


@pytest.mark.django_db
def test_a_closed_client_gets_no_reminder_and_no_late_fee() -> None:
    """A reversal, for example, opens an invoice again after the account was closed."""
    fixed_fee()
    invoice = make.make_invoice(status="overdue")
    Client.objects.filter(pk=invoice.client_id).update(status="closed")
    day = RunDay(date(2026, 6, 1), LATE)
    assert not dunning_steps.find_invoices_to_remind(day).exists()
    assert not dunning_steps.find_invoices_without_fee(day).exists()
    assert send_reminder(invoice=invoice, day=day.date, ctx=CTX) is None
    assert add_late_fee(invoice=invoice, ctx=CTX) is None
    Client.objects.filter(pk=invoice.client_id).update(status="suspended")
    assert send_reminder(invoice=invoice, day=day.date, ctx=CTX) == 10
    assert dunning_steps.find_invoices_without_fee(day).get() == invoice


@pytest.mark.django_db
def test_a_plan_change_gets_no_late_fee() -> None:
    fixed_fee()
    invoice = make.make_invoice(status="overdue", kind="plan_change")
    assert not dunning_steps.find_invoices_without_fee(RunDay(date(2026, 6, 1), LATE)).exists()
    assert add_late_fee(invoice=invoice, ctx=CTX) is None


@pytest.mark.django_db
def test_an_order_that_was_never_active_gets_no_late_fee() -> None:
    fixed_fee()
    orders = [make.make_order(), make.make_order()]
    activate_order(order=orders[1], unpaid_because="a friend", ctx=Context(make.AT, SYSTEM))
    for order in orders:
        assert order.invoice is not None
        mark_overdue(invoice=order.invoice, ctx=CTX)
    waiting, active = (order.invoice for order in orders)
    assert waiting
    assert add_late_fee(invoice=waiting, ctx=CTX) is None
    assert dunning_steps.find_invoices_without_fee(RunDay(date(2026, 6, 1), LATE)).get() == active


@pytest.mark.django_db
def test_a_suspension_for_a_declared_transfer_lasts_as_long_as_the_later_hold() -> None:
    invoice = make.make_invoice()
    for days in (9, 4):
        hold_suspension(invoice=invoice, until=LATE.date() + timedelta(days=days), ctx=CTX)
    assert invoice.suspension_hold_until == LATE.date() + timedelta(days=9)
    with pytest.raises(StateConflict):
        hold_suspension(invoice=make.make_invoice(status="paid"), until=LATE.date(), ctx=CTX)


@pytest.mark.django_db
def test_an_automatic_void_takes_the_open_fee_with_it() -> None:
    """The fee of an abandoned order, a lapsed change or a lapsed domain stayed, and was dunned on."""
    fixed_fee()
    invoice = make.make_invoice(status="overdue")
    fee = add_late_fee(invoice=invoice, ctx=CTX)
    assert fee is not None
    void_invoice(invoice=invoice, reason="not paid", release_periods=True, ctx=CTX)
    fee.refresh_from_db()
    assert (fee.status, fee.credit_notes.get().total) == ("cancelled", 500)


@pytest.mark.django_db
def test_a_void_by_staff_and_a_partial_note_leave_the_fee() -> None:
    fixed_fee()
    for act in (
        lambda late: void_invoice(invoice=late, reason="x", ctx=CTX),
        lambda late: credit_invoice(
            invoice=late, amount=1, reason="x", release_periods=True, ctx=CTX
        ),
    ):
        invoice = make.make_invoice(status="overdue")
        fee = add_late_fee(invoice=invoice, ctx=CTX)
        assert fee is not None
        act(invoice)
        fee.refresh_from_db()
        assert fee.status == "unpaid"


@pytest.mark.django_db
def test_a_paid_fee_stays_paid_when_its_cause_lapses() -> None:
    fixed_fee()
    invoice = make.make_invoice(status="overdue")
    fee = add_late_fee(invoice=invoice, ctx=CTX)
    assert fee is not None
    make.make_payment(fee, at=LATE)
    void_invoice(invoice=invoice, reason="not paid", release_periods=True, ctx=CTX)
    fee.refresh_from_db()
    assert fee.status == "paid"


@pytest.mark.django_db
def test_without_a_fee_or_before_it_is_late_there_is_none() -> None:
    assert add_late_fee(invoice=make.make_invoice(status="overdue"), ctx=CTX) is None
    fixed_fee()
    assert add_late_fee(invoice=make.make_invoice(), ctx=CTX) is None
    assert (
        add_late_fee(invoice=make.make_invoice(status="overdue", currency_code="USD"), ctx=CTX)
        is None
    )
    assert Invoice.objects.filter(kind="late_fee").count() == 0
