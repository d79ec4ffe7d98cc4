"""Money that comes in: one booking for one transaction, what was received, on the right invoice (payments.md 2)."""

from datetime import timedelta

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import (
    CreditAccount,
    CreditEntry,
    CreditNote,
    Invoice,
    SettlementEntry,
)
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.states import move_payment
from commerce.payments.models import Payment
from tests import make
from tests.make.payments import dispute_payment, refund_whole_payment

pytestmark = pytest.mark.django_db


def test_what_was_received_is_booked_and_settles() -> None:
    invoice = make.make_invoice()
    payment = make.make_payment(invoice, gateway="stripe", transaction_id="pi_1")
    assert (payment.status, payment.amount, payment.booked_at) == ("completed", 1200, make.AT)
    assert payment.client_id == invoice.client_id
    assert invoice.status == "paid"
    entry = SettlementEntry.objects.get()
    assert (entry.kind, entry.source, entry.amount) == ("payment", f"payment:{payment.pk}", 1200)


def test_a_part_is_booked_as_a_part() -> None:
    """R7: paid 1.00 for an invoice over 12.00."""
    invoice = make.make_invoice()
    make.make_payment(invoice, amount=100)
    assert (invoice.status, invoice.amount_due) == ("unpaid", 1100)


def test_reported_again_it_is_found() -> None:
    """U1: the second report does nothing, whoever makes it and whatever it says."""
    invoice = make.make_invoice()
    first = make.make_payment(invoice, transaction_id="pi_1", amount=500)
    entries = AuditEntry.objects.count()
    for amount in (500, 700, 9000):
        assert make.make_payment(invoice, transaction_id="pi_1", amount=amount) == first
    assert Payment.objects.count() == SettlementEntry.objects.count() == 1
    assert AuditEntry.objects.count() == entries
    invoice.refresh_from_db()
    assert invoice.amount_due == 700


def test_another_gateway_may_use_the_same_id() -> None:
    invoice = make.make_invoice()
    make.make_payment(invoice, gateway="stripe", transaction_id="1", amount=100)
    make.make_payment(invoice, gateway="paypal", transaction_id="1", amount=100)
    assert invoice.amount_due == 1000


def test_a_transaction_of_one_invoice_never_pays_another() -> None:
    """R6: B is unchanged."""
    make.make_payment(make.make_invoice(), transaction_id="pi_1")
    other = make.make_invoice()
    with pytest.raises(BusinessError, match="another invoice"):
        make.make_payment(other, transaction_id="pi_1")
    other.refresh_from_db()
    assert (other.status, other.amount_due) == ("unpaid", 1200)


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"currency_code": "USD"}, "in EUR"),
        ({"amount": 0}, "above 0"),
        ({"amount": -5}, "above 0"),
        ({"received_on": make.AT.date() + timedelta(days=1)}, "in the future"),
    ],
)
def test_what_is_refused_books_nothing(over: dict[str, object], says: str) -> None:
    invoice = make.make_invoice()
    with pytest.raises(BusinessError, match=says):
        make.make_payment(invoice, **over)
    assert not Payment.objects.exists()
    assert not SettlementEntry.objects.exists()
    invoice.refresh_from_db()
    assert invoice.amount_due == 1200


def test_what_is_more_than_due_becomes_credit() -> None:
    invoice = make.make_invoice()
    payment = make.make_payment(invoice, amount=1500)
    assert (payment.amount, invoice.status, credit(invoice)) == (1500, "paid", 300)
    assert CreditEntry.objects.get().reason == "overpayment"


@pytest.mark.parametrize("status", ["paid", "cancelled", "refunded"])
def test_money_for_a_closed_invoice_becomes_credit(status: str) -> None:
    """payments.md 2.6: the client and staff hear of it, the invoice does not change."""
    invoice = make.make_invoice(status=status)
    payment = make.make_payment(invoice, amount=100)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due, credit(invoice)) == (status, 0, 100)
    entry = CreditEntry.objects.latest("id")
    assert (entry.reason, entry.source) == ("late_payment", f"payment:{payment.pk}")


def test_one_more_payment_on_a_paid_invoice_moves_its_time_of_change() -> None:
    """The API shows the payment with the invoice; a copy by ``updated_since`` missed it."""
    invoice = make.make_invoice(status="paid")
    later = make.AT + timedelta(hours=1)
    make.make_payment(invoice, amount=100, at=later)
    invoice.refresh_from_db()
    assert invoice.changed_at == later


@pytest.mark.parametrize(("code", "amount"), [("JPY", 500), ("EUR", 500), ("KWD", 5000)])
def test_amounts_of_every_scale_survive(code: str, amount: int) -> None:
    """M4."""
    make.make_currency(code)
    lines = [DraftLine("Something", amount, make.REVERSE_CHARGE)]
    invoice = make.make_invoice(lines=lines, currency_code=code)
    assert make.make_payment(invoice).amount == amount
    assert (invoice.status, invoice.amount_due) == ("paid", 0)


def credit(invoice: Invoice) -> int:
    return CreditAccount.objects.get(client=invoice.client, currency=invoice.currency).balance


def test_a_refund_closes_payment_and_invoice() -> None:
    invoice = make.make_invoice()
    payment = make.make_payment(invoice)
    refund_whole_payment(payment=payment, reason="asked", ctx=Context(make.AT, SYSTEM))
    invoice.refresh_from_db()
    assert (payment.status, invoice.status, invoice.amount_due) == ("refunded", "refunded", 0)


def test_one_of_two_payments_is_refunded() -> None:
    """Its amount is taken back from the invoice; the other payment and the state stay (payments.md 8)."""
    invoice = make.make_invoice()
    first = make.make_payment(invoice, amount=500)
    make.make_payment(invoice, amount=700)
    refund_whole_payment(payment=first, reason="asked", ctx=Context(make.AT, SYSTEM))
    invoice.refresh_from_db()
    assert (first.status, invoice.status, invoice.amount_due) == ("refunded", "paid", 0)
    assert CreditNote.objects.get().total == 500


def test_two_refunds_of_one_payment_are_one() -> None:
    """R17, one after the other."""
    payment = make.make_payment()
    held = Payment.objects.get(pk=payment.pk)
    refund_whole_payment(payment=payment, reason="asked", ctx=Context(make.AT, SYSTEM))
    with pytest.raises(BusinessError, match="more than what is left"):
        refund_whole_payment(payment=held, reason="asked", ctx=Context(make.AT, SYSTEM))
    assert SettlementEntry.objects.filter(kind="refund").count() == 1


def test_a_disputed_payment_still_counts_until_it_is_reversed() -> None:
    invoice = make.make_invoice()
    payment = make.make_payment(invoice)
    dispute_payment(payment=payment, reason="unknown", ctx=Context(make.AT, SYSTEM))
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    assert list(invoice.payments.listed_on_invoices()) == [payment]  # type: ignore[attr-defined]
    move_payment(payment=payment, to="reversed", ctx=Context(make.AT, SYSTEM))
    assert not invoice.payments.listed_on_invoices().exists()  # type: ignore[attr-defined]
