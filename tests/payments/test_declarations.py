"""Declared transfers: one open for each invoice, which hold once and book nothing (payments.md 6, U12)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.actions import note_billed
from commerce.billing.daily import Day, dunning
from commerce.billing.models import Invoice, SettlementEntry
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Moved, Refused
from commerce.payments.actions import (
    confirm_declaration,
    declare_transfer,
    lapse_declarations,
    reject_declaration,
)
from commerce.payments.models import BankDeclaration, Payment
from commerce.preferences import current
from commerce.preferences.actions import set_preference
from tests import make

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
DAY = make.AT.date()


def declare(invoice: Invoice, **over: Any) -> BankDeclaration:
    return declare_transfer(invoice=invoice, declared_by=None, **SAY | over)


def test_it_books_nothing_and_holds_for_the_days_of_the_setting() -> None:
    invoice = make.make_invoice()
    made = declare(invoice)
    invoice.refresh_from_db()
    assert (made.amount, made.held_until) == (1200, DAY + timedelta(days=5))
    assert (invoice.status, invoice.suspension_hold_until) == ("unpaid", made.held_until)
    assert invoice.dunning_hold_until is None
    assert not SettlementEntry.objects.exists()


def test_declared_twice_it_is_one() -> None:
    invoice = make.make_invoice()
    assert declare(invoice) == declare(invoice)


def test_a_second_one_does_not_hold_again() -> None:
    invoice = make.make_invoice()
    reject_declaration(declaration=declare(invoice), reason="not found", **SAY)
    again = declare(invoice, at=make.AT + timedelta(days=4))
    invoice.refresh_from_db()
    assert (again.held_until, invoice.suspension_hold_until) == (None, DAY + timedelta(days=5))


def test_a_longer_hold_by_staff_stays() -> None:
    invoice = make.make_invoice()
    Invoice.objects.filter(pk=invoice.pk).update(dunning_hold_until=DAY + timedelta(days=30))
    declare(invoice)
    invoice.refresh_from_db()
    assert invoice.dunning_hold_until == DAY + timedelta(days=30)


def test_no_days_is_no_hold() -> None:
    set_preference(key="payments.bank_hold_days", value="0", **SAY)
    invoice = make.make_invoice()
    assert declare(invoice).held_until is None


@pytest.mark.parametrize("status", ["paid", "cancelled", "refunded"])
def test_a_closed_invoice_needs_no_transfer(status: str) -> None:
    with pytest.raises(Moved):
        declare(make.make_invoice(status=status))


def test_confirmed_it_books_what_was_received_once() -> None:
    invoice = make.make_invoice()
    made = declare(invoice)
    say: dict[str, Any] = {"amount": 1000, "received_on": DAY, "reference": "STMT 1"} | SAY
    payment = confirm_declaration(declaration=made, **say)
    assert confirm_declaration(declaration=made, **say) == payment
    assert (made.status, made.payment, Payment.objects.count()) == ("confirmed", payment, 1)
    invoice.refresh_from_db()
    assert invoice.amount_due == 200


def test_rejected_it_is_not_confirmed_any_more() -> None:
    made = declare(make.make_invoice())
    reject_declaration(declaration=made, reason="not found", **SAY)
    with pytest.raises(Moved):
        confirm_declaration(declaration=made, amount=1, received_on=DAY, reference="", **SAY)
    with pytest.raises(Refused):
        reject_declaration(declaration=made, reason=" ", **SAY)


def test_a_transfer_that_staff_book_confirms_it_and_cash_ends_it() -> None:
    first, second = declare(make.make_invoice()), declare(make.make_invoice())
    make.make_payment(first.invoice)
    make.make_payment(second.invoice, gateway="manual")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("confirmed", "lapsed")


def test_it_lapses_when_nothing_was_heard() -> None:
    made = declare(make.make_invoice())
    for days, ended in ((5, 0), (6, 1), (7, 0)):
        assert lapse_declarations(day=DAY + timedelta(days=days), **SAY) == ended
    made.refresh_from_db()
    assert made.status == "lapsed"
    assert declare(made.invoice).status == "open"


def test_a_transfer_notice_holds_suspension_and_not_reminders_and_fees() -> None:
    for key, value in (("kind", "fixed"), ("amount", "EUR 5.00")):
        set_preference(key=f"billing.late_fee_{key}", value=value, **SAY)
    invoice = make.make_invoice(status="overdue", kind="renewal")
    service = make.make_service(invoice.client)
    note_billed(invoice=invoice, services=[service.pk])
    late = make.AT + timedelta(days=20)  # due on the 14th day, and past its grace
    day = Day(current.business_date(late), late)
    assert dunning.find_to_suspend(day).get() == service
    declare(invoice, at=late)
    assert not dunning.find_to_suspend(day).exists()
    assert dunning.find_to_remind(day).get() == invoice
    assert dunning.find_without_fee(day).get() == invoice
    over = late + timedelta(days=6)
    assert dunning.find_to_suspend(Day(current.business_date(over), over)).get() == service
