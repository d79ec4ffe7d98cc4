"""Late invoices: reminders, fees, holds, and when a service is suspended or ends (billing.md 8, U11)."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.actions import add_late_fee, mark_overdue, remind, set_dunning_hold
from commerce.billing.models import Invoice, LateFee
from commerce.billing.rules import (
    reminder_step,
    suspends,
    termination_day,
    termination_warning_day,
)
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Moved, Refused
from commerce.preferences.actions import set_preference
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
    set_preference(key="billing.late_fee_kind", value="percent", at=make.AT, actor=SYSTEM)
    set_preference(key="billing.late_fee_percent", value="250", at=make.AT, actor=SYSTEM)
    fee = add_late_fee(invoice=make.make_invoice(status="overdue"), **SAY)
    assert fee is not None
    assert fee.total == 30


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
