"""What staff type from statements, cheques and the till (payments.md 6)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.billing.models import CreditAccount, Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.manual import ConfirmationRequired, record_manual_payment
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.models import Payment
from tests import make

pytestmark = pytest.mark.django_db
DAY = make.AT.date()


def typed(invoice: Invoice, **over: Any) -> Payment:
    values: dict[str, Any] = {"amount": 1200, "method": "cash", "received_on": DAY} | over
    values.setdefault("idempotency_key", "form-1")
    return record_manual_payment(invoice=invoice, **values, ctx=Context(make.AT, SYSTEM))


def test_a_form_sent_twice_is_one_payment() -> None:
    invoice = make.make_invoice()
    assert typed(invoice) == typed(invoice)
    assert Payment.objects.get().gateway == "manual"
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_a_form_of_one_invoice_does_not_pay_another() -> None:
    typed(make.make_invoice())
    with pytest.raises(BusinessError, match="another invoice"):
        typed(make.make_invoice())


def test_the_bank_s_reference_is_the_transaction_and_a_cheque_s_is_not() -> None:
    """The transaction id of ``manual`` is always made by us."""
    invoice = make.make_invoice()
    bank = typed(
        invoice, amount=100, method="bank_transfer", reference=" STMT  7 ", idempotency_key="a"
    )
    cheque = typed(invoice, amount=100, method="check", reference="0815", idempotency_key="b")
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

    def typed_again(key: str, **over: Any) -> Payment:
        return typed(
            invoice, amount=100, method=method, reference="STMT 7", idempotency_key=key, **over
        )

    first = typed_again("a")
    with pytest.raises(ConfirmationRequired) as asked:
        typed_again("b")
    assert asked.value.what == "reference"
    second = typed_again("b", confirmed=frozenset({"reference"}))
    assert second.transaction_id != first.transaction_id
    assert Payment.objects.count() == 2


def test_a_reference_of_an_unallocated_payment_is_asked_about_too() -> None:
    """U1: the transaction never becomes a payment beside its unallocated payment."""
    record_unallocated_payment(
        gateway="bank_transfer",
        transaction_id="STMT 7",
        amount=100,
        currency_code="EUR",
        received_on=DAY,
        reason="reference",
        ctx=Context(make.AT, SYSTEM),
    )
    invoice = make.make_invoice()
    with pytest.raises(ConfirmationRequired):
        typed(invoice, method="bank_transfer", reference="STMT 7")
    with pytest.raises(BusinessError, match="unallocated"):
        make.make_payment(invoice, transaction_id="STMT 7")


def test_more_than_due_needs_a_second_word_and_becomes_credit() -> None:
    invoice = make.make_invoice()
    with pytest.raises(ConfirmationRequired) as asked:
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
        ({"idempotency_key": ""}, "key"),
        ({"idempotency_key": "x" * 65}, "key"),
        ({"reference": "x" * 256}, "reference"),
        ({"received_on": DAY + timedelta(days=1)}, "received_on"),
    ],
)
def test_what_cannot_be_is_refused(over: dict[str, Any], field: str) -> None:
    with pytest.raises(BusinessError) as refused:
        typed(make.make_invoice(), **over)
    assert refused.value.field == field
    assert not Payment.objects.exists()


def test_a_draft_takes_no_money() -> None:
    draft = make.make_draft()
    with pytest.raises(BusinessError):
        typed(draft, confirmed=frozenset({"amount"}))
    assert not Payment.objects.exists()
