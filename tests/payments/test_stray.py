"""Money that belongs to no invoice as it came (payments.md 2.3, U1)."""

from typing import Any

import pytest

from commerce.billing.models import Invoice
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Moved, Refused
from commerce.payments.actions import (
    assign_stray,
    fail_attempt,
    keep_stray,
    receive_money,
    return_stray,
    start_attempt,
)
from commerce.payments.models import Payment, StrayReceipt
from tests import make
from tests.make.payments import switch_on_bank_transfer

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}


def reported(invoice: Invoice | None, **over: Any) -> Payment | StrayReceipt:
    values: dict[str, Any] = {
        "gateway": "bank_transfer",
        "transaction_id": "T1",
        "amount": 1200,
        "currency_code": "EUR",
        "received_on": make.AT.date(),
    }
    return receive_money(invoice=invoice, **values | over, **SAY)


def stray(**over: Any) -> StrayReceipt:
    kept = reported(None, **over)
    assert isinstance(kept, StrayReceipt)
    return kept


def test_another_currency_is_kept_and_books_nothing() -> None:
    """R7."""
    invoice = make.make_invoice()
    kept = reported(invoice, currency_code="USD")
    assert isinstance(kept, StrayReceipt)
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
    with pytest.raises(Refused, match="booked as a payment"):
        keep_stray(
            currency_code="EUR", reason="reference", received_on=make.AT.date(), **values, **SAY
        )
    assert not StrayReceipt.objects.exists()


def test_kept_again_it_is_the_same_and_its_reason_is_a_known_one() -> None:
    values: dict[str, Any] = {"gateway": "bank_transfer", "transaction_id": "T1", "amount": 1200}
    values |= {"currency_code": "EUR", "received_on": make.AT.date()}
    with pytest.raises(Refused, match="no reason"):
        keep_stray(reason="odd", **values, **SAY)
    kept = keep_stray(reason="reference", **values, **SAY)
    assert keep_stray(reason="reference", **values | {"amount": 5}, **SAY) == kept
    assert StrayReceipt.objects.get().amount == 1200


@pytest.mark.parametrize("live", [True, False])
def test_an_attempt_whose_money_is_kept_has_ended(*, live: bool) -> None:
    """In another currency it pays nothing, and nobody is to wait for it; one that had ended stays as it is."""
    switch_on_bank_transfer()
    invoice = make.make_invoice()
    say: dict[str, Any] = {"gateway": "bank_transfer", "made_by": None}
    attempt = start_attempt(invoice=invoice, **say, **SAY)
    if not live:
        fail_attempt(attempt=attempt, reason="declined", **SAY)
    kept = reported(invoice, currency_code="USD", attempt=attempt)
    assert isinstance(kept, StrayReceipt)
    attempt.refresh_from_db()
    assert attempt.status == "failed"
    assert ("another currency" in attempt.failure) == live


def test_assigned_it_is_a_payment_and_its_id_is_in_one_table() -> None:
    kept, invoice = stray(reference="for hosting"), make.make_invoice()
    payment = assign_stray(receipt=kept, invoice=invoice, **SAY)
    assert (payment.transaction_id, payment.reference) == ("T1", "for hosting")
    assert (kept.status, kept.transaction_id, kept.payment) == ("assigned", None, payment)
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    assert reported(invoice) == payment


def test_it_is_assigned_once() -> None:
    kept, other = stray(), make.make_invoice()
    held = StrayReceipt.objects.get()
    assign_stray(receipt=kept, invoice=make.make_invoice(), **SAY)
    with pytest.raises(Moved):
        assign_stray(receipt=held, invoice=other, **SAY)
    with pytest.raises(Moved):
        return_stray(receipt=held, note="sent back", **SAY)
    assert Payment.objects.count() == 1


def test_it_is_never_assigned_across_currencies() -> None:
    kept = stray(currency_code="USD")
    with pytest.raises(Refused, match="in EUR"):
        assign_stray(receipt=kept, invoice=make.make_invoice(), **SAY)
    kept.refresh_from_db()
    assert kept.status == "open"


def test_returned_it_stays_with_its_id() -> None:
    kept = stray()
    with pytest.raises(Refused):
        return_stray(receipt=kept, note=" ", **SAY)
    return_stray(receipt=kept, note="sent back on Monday", **SAY)
    assert (kept.status, kept.note) == ("returned", "sent back on Monday")
    assert reported(make.make_invoice()) == kept
