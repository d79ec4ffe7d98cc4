"""Declared transfers: one open for each invoice, which hold once and book nothing (payments.md 6, U12)."""

from datetime import datetime, timedelta

import pytest

from commerce.billing.models import Invoice, InvoiceSubject, SettlementEntry
from commerce.billing.periods import dunning_steps
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.transfer_notices import (
    confirm_transfer_notice,
    lapse_transfer_notices,
    reject_transfer_notice,
)
from commerce.payments.models import Payment, TransferNotice
from commerce.runs.step import RunDay
from commerce.site_settings import current
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.payments import declare_transfer

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
DAY = make.AT.date()


def declare(invoice: Invoice, at: datetime = make.AT) -> TransferNotice:
    return declare_transfer(invoice, at)


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
    reject_transfer_notice(notice=declare(invoice), reason="not found", ctx=CTX)
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
    set_setting(key="payments.bank_hold_days", value="0", ctx=CTX)
    invoice = make.make_invoice()
    assert declare(invoice).held_until is None


@pytest.mark.parametrize("status", ["paid", "cancelled", "refunded"])
def test_a_closed_invoice_needs_no_transfer(status: str) -> None:
    with pytest.raises(StateConflict):
        declare(make.make_invoice(status=status))


def test_confirmed_it_books_what_was_received_once() -> None:
    invoice = make.make_invoice()
    made = declare(invoice)
    payment, again = (
        confirm_transfer_notice(
            notice=made, amount=1000, received_on=DAY, reference="STMT 1", ctx=CTX
        )
        for _ in range(2)
    )
    assert again == payment
    assert (made.status, made.payment, Payment.objects.count()) == ("confirmed", payment, 1)
    invoice.refresh_from_db()
    assert invoice.amount_due == 200


def test_rejected_it_is_not_confirmed_any_more() -> None:
    made = declare(make.make_invoice())
    reject_transfer_notice(notice=made, reason="not found", ctx=CTX)
    with pytest.raises(StateConflict):
        confirm_transfer_notice(notice=made, amount=1, received_on=DAY, reference="", ctx=CTX)
    with pytest.raises(BusinessError):
        reject_transfer_notice(notice=made, reason=" ", ctx=CTX)


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
        assert lapse_transfer_notices(day=DAY + timedelta(days=days), ctx=CTX) == ended
    made.refresh_from_db()
    assert made.status == "lapsed"
    assert declare(made.invoice).status == "open"


def test_a_transfer_notice_holds_suspension_and_not_reminders_and_fees() -> None:
    for key, value in (("kind", "fixed"), ("amount", "EUR 5.00")):
        set_setting(key=f"billing.late_fee_{key}", value=value, ctx=CTX)
    invoice = make.make_invoice(status="overdue", kind="renewal")
    service = make.make_service(invoice.client)
    InvoiceSubject.objects.create(invoice=invoice, service=service)
    late = make.AT + timedelta(days=20)  # due on the 14th day, and past its grace
    day = RunDay(current.business_date(late), late)
    assert dunning_steps.find_services_to_suspend(day).get() == service
    declare(invoice, at=late)
    assert not dunning_steps.find_services_to_suspend(day).exists()
    assert dunning_steps.find_invoices_to_remind(day).get() == invoice
    assert dunning_steps.find_invoices_without_fee(day).get() == invoice
    over = late + timedelta(days=6)
    assert (
        dunning_steps.find_services_to_suspend(RunDay(current.business_date(over), over)).get()
        == service
    )
