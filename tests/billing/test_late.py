"""Late invoices: reminders, fees, holds, and when a service is suspended or ends (billing.md 8, U11)."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.actions import (
    add_late_fee,
    credit_invoice,
    hold_suspension,
    mark_overdue,
    remind,
    set_dunning_hold,
    void_invoice,
)
from commerce.billing.daily import Day, dunning
from commerce.billing.models import Invoice, LateFee
from commerce.billing.rules import (
    reminder_step,
    suspends,
    termination_day,
    termination_warning_day,
)
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Moved, Refused
from commerce.orders.actions import activate_order
from commerce.preferences.actions import set_preference
from commerce.preferences.current import get
from commerce.preferences.keys import KEYS
from commerce.preferences.readers import late_fee
from tests import make

DUE = date(2026, 4, 1)
LATE = make.AT + timedelta(days=15)
SAY: dict[str, Any] = {"at": LATE, "actor": SYSTEM}
STEPS = [-3, 1, 5, 10]


def on(days: int, done: list[int] | None = None) -> tuple[int | None, list[int]]:
    return reminder_step(due=DUE, steps=STEPS, done=done or [], day=DUE + timedelta(days=days))


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
    assert suspends(due=DUE, overdue_on=DUE + timedelta(days=1), grace=3, day=day)
    assert not suspends(due=DUE, overdue_on=DUE, grace=3, day=day - timedelta(days=1))
    assert not suspends(due=DUE, overdue_on=day, grace=3, day=day)
    assert suspends(due=DUE, overdue_on=DUE + timedelta(days=1), grace=1, day=DUE + timedelta(1))


def test_the_end_comes_three_days_after_the_notice_at_the_earliest() -> None:
    assert termination_warning_day(suspended_on=DUE, days=14) == date(2026, 4, 12)
    assert termination_day(suspended_on=DUE, days=14, told_on=date(2026, 4, 12)) == date(
        2026, 4, 15
    )
    assert termination_day(suspended_on=DUE, days=14, told_on=date(2026, 5, 1)) == date(2026, 5, 4)


@pytest.mark.django_db
def test_a_step_is_taken_once_and_the_skipped_are_marked() -> None:
    invoice = make.make_invoice()  # due 22 April
    day = date(2026, 4, 28)
    assert remind(invoice=invoice, day=day, **SAY) == 5
    assert remind(invoice=invoice, day=day, **SAY) is None
    found = invoice.reminders.order_by("step").values_list("step", "status")
    assert list(found) == [(-3, "skipped"), (1, "skipped"), (5, "sent")]


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["draft", "paid", "cancelled", "refunded"])
def test_nobody_is_reminded_of_what_is_not_open(status: str) -> None:
    invoice = make.make_invoice(status=status)
    assert remind(invoice=invoice, day=date(2026, 6, 1), **SAY) is None


@pytest.mark.django_db
def test_a_hold_spares_until_it_has_passed() -> None:
    invoice = make.make_invoice()
    until = date(2026, 4, 30)
    set_dunning_hold(invoice=invoice, until=until, **SAY)
    assert remind(invoice=invoice, day=until, **SAY) is None
    assert remind(invoice=invoice, day=until + timedelta(days=1), **SAY) == 5
    set_dunning_hold(invoice=invoice, until=None, **SAY)
    assert invoice.dunning_hold_until is None
    with pytest.raises(Refused, match="has passed"):
        set_dunning_hold(invoice=invoice, until=date(2026, 1, 1), **SAY)
    with pytest.raises(Moved):
        set_dunning_hold(invoice=make.make_invoice(status="paid"), until=until, **SAY)


@pytest.mark.django_db
def test_dunning_off_for_a_client() -> None:
    invoice = make.make_invoice(status="overdue")
    Client.objects.filter(pk=invoice.client_id).update(dunning=False)
    fixed_fee()
    assert remind(invoice=invoice, day=date(2026, 6, 1), **SAY) is None
    assert add_late_fee(invoice=invoice, **SAY) is None


def fixed_fee() -> None:
    for key, value in (("kind", "fixed"), ("amount", "EUR 5.00")):
        set_preference(key=f"billing.late_fee_{key}", value=value, at=make.AT, actor=SYSTEM)


@pytest.mark.django_db
def test_a_late_fee_is_an_invoice_of_its_own_once() -> None:
    fixed_fee()
    invoice = make.make_invoice(status="overdue")
    fee = add_late_fee(invoice=invoice, **SAY)
    assert fee is not None
    assert (fee.kind, fee.total, fee.tax_amount, fee.due_date) == (
        "late_fee", 500, 0, date(2026, 5, 7),
    )  # fmt: skip
    assert invoice.number in fee.lines.get().description
    assert add_late_fee(invoice=invoice, **SAY) is None
    mark_overdue(invoice=fee, at=LATE + timedelta(days=30), actor=SYSTEM)
    assert add_late_fee(invoice=fee, at=LATE + timedelta(days=30), actor=SYSTEM) is None
    assert LateFee.objects.count() == 1


@pytest.mark.django_db
def test_a_fee_in_percent_of_what_is_due() -> None:
    """By the one key that the manual has for both kinds."""
    set_preference(key="billing.late_fee_kind", value="percent", at=make.AT, actor=SYSTEM)
    both = "EUR 5.00, 2.5 %"
    set_preference(key="billing.late_fee_amount", value=both, at=make.AT, actor=SYSTEM)
    assert KEYS["billing.late_fee_amount"].shown(get("billing.late_fee_amount")) == both
    fee = add_late_fee(invoice=make.make_invoice(status="overdue"), **SAY)
    assert fee is not None
    assert fee.total == 30


@pytest.mark.parametrize("typed", ["%", "2,5 %", "100.01 %", "-1 %", "2.555 %", "1e1 %", "EUR %"])
def test_what_is_no_percentage_is_refused_as_a_late_fee(typed: str) -> None:
    with pytest.raises(Refused):
        late_fee(typed)


@pytest.mark.django_db
def test_a_closed_client_gets_no_reminder_and_no_late_fee() -> None:
    """A reversal, for example, opens an invoice again after the account was closed."""
    fixed_fee()
    invoice = make.make_invoice(status="overdue")
    Client.objects.filter(pk=invoice.client_id).update(status="closed")
    day = Day(date(2026, 6, 1), LATE)
    assert not dunning.find_to_remind(day).exists()
    assert not dunning.find_without_fee(day).exists()
    assert remind(invoice=invoice, day=day.date, **SAY) is None
    assert add_late_fee(invoice=invoice, **SAY) is None
    Client.objects.filter(pk=invoice.client_id).update(status="suspended")
    assert remind(invoice=invoice, day=day.date, **SAY) == 10
    assert dunning.find_without_fee(day).get() == invoice


@pytest.mark.django_db
def test_a_plan_change_gets_no_late_fee() -> None:
    fixed_fee()
    invoice = make.make_invoice(status="overdue", kind="plan_change")
    assert not dunning.find_without_fee(Day(date(2026, 6, 1), LATE)).exists()
    assert add_late_fee(invoice=invoice, **SAY) is None


@pytest.mark.django_db
def test_an_order_that_was_never_active_gets_no_late_fee() -> None:
    fixed_fee()
    orders = [make.make_order(), make.make_order()]
    activate_order(order=orders[1], unpaid_because="a friend", at=make.AT, actor=SYSTEM)
    for order in orders:
        assert order.invoice is not None
        mark_overdue(invoice=order.invoice, **SAY)
    waiting, active = (order.invoice for order in orders)
    assert waiting
    assert add_late_fee(invoice=waiting, **SAY) is None
    assert dunning.find_without_fee(Day(date(2026, 6, 1), LATE)).get() == active


@pytest.mark.django_db
def test_a_suspension_for_a_declared_transfer_lasts_as_long_as_the_later_hold() -> None:
    invoice = make.make_invoice()
    for days in (9, 4):
        hold_suspension(invoice=invoice, until=LATE.date() + timedelta(days=days), **SAY)
    assert invoice.suspension_hold_until == LATE.date() + timedelta(days=9)
    with pytest.raises(Moved):
        hold_suspension(invoice=make.make_invoice(status="paid"), until=LATE.date(), **SAY)


@pytest.mark.django_db
def test_an_automatic_void_takes_the_open_fee_with_it() -> None:
    """The fee of an abandoned order, a lapsed change or a lapsed domain stayed, and was dunned on."""
    fixed_fee()
    invoice = make.make_invoice(status="overdue")
    fee = add_late_fee(invoice=invoice, **SAY)
    assert fee is not None
    void_invoice(invoice=invoice, reason="not paid", release=True, **SAY)
    fee.refresh_from_db()
    assert (fee.status, fee.credit_notes.get().total) == ("cancelled", 500)


@pytest.mark.django_db
def test_a_void_by_staff_and_a_partial_note_leave_the_fee() -> None:
    fixed_fee()
    for act in (
        lambda late: void_invoice(invoice=late, reason="x", **SAY),
        lambda late: credit_invoice(invoice=late, amount=1, reason="x", release=True, **SAY),
    ):
        invoice = make.make_invoice(status="overdue")
        fee = add_late_fee(invoice=invoice, **SAY)
        assert fee is not None
        act(invoice)
        fee.refresh_from_db()
        assert fee.status == "unpaid"


@pytest.mark.django_db
def test_a_paid_fee_stays_paid_when_its_cause_lapses() -> None:
    fixed_fee()
    invoice = make.make_invoice(status="overdue")
    fee = add_late_fee(invoice=invoice, **SAY)
    assert fee is not None
    make.make_payment(fee, at=LATE)
    void_invoice(invoice=invoice, reason="not paid", release=True, **SAY)
    fee.refresh_from_db()
    assert fee.status == "paid"


@pytest.mark.django_db
def test_without_a_fee_or_before_it_is_late_there_is_none() -> None:
    assert add_late_fee(invoice=make.make_invoice(status="overdue"), **SAY) is None
    fixed_fee()
    assert add_late_fee(invoice=make.make_invoice(), **SAY) is None
    assert (
        add_late_fee(invoice=make.make_invoice(status="overdue", currency_code="USD"), **SAY)
        is None
    )
    assert Invoice.objects.filter(kind="late_fee").count() == 0
