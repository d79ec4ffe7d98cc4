"""Money that belongs to no invoice as it came (payments.md 2.3, U1)."""

from typing import Any

import pytest

from commerce.billing.models import Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.attempts import fail_attempt, start_attempt
from commerce.payments.actions.booking import book_reported_payment
from commerce.payments.actions.manual import assign_unallocated_payment, return_unallocated_payment
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.models import Attempt, Payment, UnallocatedPayment
from tests import make
from tests.make.payments import switch_on_bank_transfer

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def reported(
    invoice: Invoice | None, attempt: Attempt | None = None, **over: Any
) -> Payment | UnallocatedPayment:
    values: dict[str, Any] = {
        "gateway": "bank_transfer",
        "transaction_id": "T1",
        "amount": 1200,
        "currency_code": "EUR",
        "received_on": make.AT.date(),
    }
    money = ReceivedMoney(**values | over)
    return book_reported_payment(money=money, invoice=invoice, attempt=attempt, ctx=CTX)


def stray(**over: Any) -> UnallocatedPayment:
    kept = reported(None, **over)
    assert isinstance(kept, UnallocatedPayment)
    return kept


def test_another_currency_is_kept_and_books_nothing() -> None:
    """R7."""
    invoice = make.make_invoice()
    kept = reported(invoice, currency_code="USD")
    assert isinstance(kept, UnallocatedPayment)
    assert (kept.reason, kept.status, kept.invoice) == ("currency", "open", invoice)
    invoice.refresh_from_db()
    assert invoice.amount_due == 1200
    assert not Payment.objects.exists()


def test_a_currency_that_we_do_not_bill_in_is_kept_too() -> None:
    assert stray(currency_code="XAF").reason == "reference"


def test_reported_again_it_is_the_same_whatever_is_said_now() -> None:
    kept = stray()
    assert reported(make.make_invoice()) == kept
    assert stray(amount=5) == kept
    assert not Payment.objects.exists()


def test_a_booked_transaction_does_not_become_stray() -> None:
    invoice = make.make_invoice()
    booked = reported(invoice)
    assert isinstance(booked, Payment)
    assert reported(None) == reported(None, currency_code="USD") == booked
    values: dict[str, Any] = {"gateway": "bank_transfer", "transaction_id": "T1", "amount": 1200}
    with pytest.raises(BusinessError, match="This transaction is already recorded as a payment"):
        record_unallocated_payment(
            currency_code="EUR", reason="reference", received_on=make.AT.date(), **values, ctx=CTX
        )
    assert not UnallocatedPayment.objects.exists()


def test_kept_again_it_is_the_same_and_its_reason_is_a_known_one() -> None:
    values: dict[str, Any] = {"gateway": "bank_transfer", "transaction_id": "T1", "amount": 1200}
    values |= {"currency_code": "EUR", "received_on": make.AT.date()}
    with pytest.raises(BusinessError, match="This reason isn't valid for an unallocated payment"):
        record_unallocated_payment(reason="odd", **values, ctx=CTX)
    kept = record_unallocated_payment(reason="reference", **values, ctx=CTX)
    assert record_unallocated_payment(reason="reference", **values | {"amount": 5}, ctx=CTX) == kept
    assert UnallocatedPayment.objects.get().amount == 1200


@pytest.mark.parametrize("live", [True, False])
def test_an_attempt_whose_money_is_kept_has_ended(*, live: bool) -> None:
    """In another currency it pays nothing, and nobody is to wait for it; one that had ended stays as it is."""
    switch_on_bank_transfer()
    invoice = make.make_invoice()
    attempt = start_attempt(invoice=invoice, gateway="bank_transfer", created_by=None, ctx=CTX)
    if not live:
        fail_attempt(attempt=attempt, reason="declined", ctx=CTX)
    kept = reported(invoice, currency_code="USD", attempt=attempt)
    assert isinstance(kept, UnallocatedPayment)
    attempt.refresh_from_db()
    assert attempt.status == "failed"
    assert ("different currency" in attempt.failure) == live


def test_assigned_it_is_a_payment_and_its_id_is_in_one_table() -> None:
    kept, invoice = stray(reference="for hosting"), make.make_invoice()
    payment = assign_unallocated_payment(unallocated=kept, to=invoice, ctx=CTX)
    assert (payment.transaction_id, payment.reference) == ("T1", "for hosting")
    assert (kept.status, kept.transaction_id, kept.payment) == ("assigned", None, payment)
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    assert reported(invoice) == payment


def test_it_is_assigned_once() -> None:
    kept, other = stray(), make.make_invoice()
    held = UnallocatedPayment.objects.get()
    assign_unallocated_payment(unallocated=kept, to=make.make_invoice(), ctx=CTX)
    with pytest.raises(StateConflict):
        assign_unallocated_payment(unallocated=held, to=other, ctx=CTX)
    with pytest.raises(StateConflict):
        return_unallocated_payment(unallocated=held, note="sent back", ctx=CTX)
    assert Payment.objects.count() == 1


def test_it_is_never_assigned_across_currencies() -> None:
    kept = stray(currency_code="USD")
    with pytest.raises(BusinessError, match="in EUR"):
        assign_unallocated_payment(unallocated=kept, to=make.make_invoice(), ctx=CTX)
    kept.refresh_from_db()
    assert kept.status == "open"


def test_returned_it_stays_with_its_id() -> None:
    kept = stray()
    with pytest.raises(BusinessError):
        return_unallocated_payment(unallocated=kept, note=" ", ctx=CTX)
    return_unallocated_payment(unallocated=kept, note="sent back on Monday", ctx=CTX)
    assert (kept.status, kept.note) == ("returned", "sent back on Monday")
    assert reported(make.make_invoice()) == kept
