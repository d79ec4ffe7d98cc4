"""What staff type from statements, cheques and the till (payments.md 6)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.models import CreditAccount, Invoice
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.payments.actions import NeedsConfirmation, keep_stray, record_payment_by_hand
from commerce.payments.models import Payment
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.AT.date()


def typed(invoice: Invoice, **over: Any) -> Payment:
    values: dict[str, Any] = {"amount": 1200, "method": "cash", "received_on": DAY, "key": "form-1"}
    return record_payment_by_hand(invoice=invoice, **values | over, at=make.AT, actor=SYSTEM)


def test_a_form_sent_twice_is_one_payment() -> None:
    invoice = make.make_invoice()
    assert typed(invoice) == typed(invoice)
    assert Payment.objects.get().gateway == "manual"
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_a_form_of_one_invoice_does_not_pay_another() -> None:
    typed(make.make_invoice())
    with pytest.raises(Refused, match="another invoice"):
        typed(make.make_invoice())


def test_the_bank_s_reference_is_the_transaction_and_a_cheque_s_is_not() -> None:
    """The transaction id of ``manual`` is always made by us."""
    invoice = make.make_invoice()
    bank = typed(invoice, amount=100, method="bank_transfer", reference=" STMT  7 ", key="a")
    cheque = typed(invoice, amount=100, method="check", reference="0815", key="b")
    assert (bank.gateway, bank.transaction_id, bank.reference) == (
        "bank_transfer",
        "STMT 7",
        "STMT 7",
    )
    assert (cheque.gateway, cheque.reference) == ("manual", "0815")
    assert cheque.transaction_id.startswith("own-")


@pytest.mark.parametrize("method", ["bank_transfer", "check"])
def test_a_reference_that_exists_is_asked_about(method: str) -> None:
    invoice = make.make_invoice()
    say = {"amount": 100, "method": method, "reference": "STMT 7"}
    first = typed(invoice, **say, key="a")
    with pytest.raises(NeedsConfirmation) as asked:
        typed(invoice, **say, key="b")
    assert asked.value.what == "reference"
    second = typed(invoice, **say, key="b", confirmed=frozenset({"reference"}))
    assert second.transaction_id != first.transaction_id
    assert Payment.objects.count() == 2


def test_a_reference_of_a_stray_receipt_is_asked_about_too() -> None:
    """U1: the transaction never becomes a payment beside its stray receipt."""
    say: dict[str, Any] = {"amount": 100, "received_on": DAY, "at": make.AT, "actor": SYSTEM}
    keep_stray(
        gateway="bank_transfer",
        transaction_id="STMT 7",
        currency_code="EUR",
        reason="reference",
        **say,
    )
    invoice = make.make_invoice()
    with pytest.raises(NeedsConfirmation):
        typed(invoice, method="bank_transfer", reference="STMT 7")
    with pytest.raises(Refused, match="stray"):
        make.make_payment(invoice, transaction_id="STMT 7")


def test_more_than_due_needs_a_second_word_and_becomes_credit() -> None:
    invoice = make.make_invoice()
    with pytest.raises(NeedsConfirmation) as asked:
        typed(invoice, amount=1500)
    assert (asked.value.what, Payment.objects.count()) == ("amount", 0)
    typed(invoice, amount=1500, confirmed=frozenset({"amount"}))
    assert CreditAccount.objects.get().balance == 300


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"method": "gold"}, "method"),
        ({"key": ""}, "key"),
        ({"key": "x" * 65}, "key"),
        ({"reference": "x" * 256}, "reference"),
        ({"received_on": DAY + timedelta(days=1)}, "received_on"),
    ],
)
def test_what_cannot_be_is_refused(over: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        typed(make.make_invoice(), **over)
    assert refused.value.field == field
    assert not Payment.objects.exists()


def test_a_draft_takes_no_money() -> None:
    draft = make.make_draft()
    with pytest.raises(Refused):
        typed(draft, confirmed=frozenset({"amount"}))
    assert not Payment.objects.exists()
