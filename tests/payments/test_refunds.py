"""Money of a payment given back as credit (payments.md 8, M11)."""

import pytest

from commerce.billing.credit.actions import apply_credit
from commerce.billing.models import CreditAccount, CreditNote
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.refunds import refund_idempotency_key, refund_payment
from commerce.payments.models import Payment, Refund
from tests import make
from tests.make.payments import refund_whole_payment

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def refund(payment: Payment, amount: int, key: str = "r1") -> Refund:
    return refund_payment(
        method="credit",
        payment=payment,
        amount=amount,
        idempotency_key=key,
        reason="outage",
        ctx=CTX,
    )


def test_a_part_keeps_the_states_and_makes_a_credit_note() -> None:
    payment = make.make_payment()
    made = refund(payment, 200)
    assert (made.status, made.method, made.credit_note) == (
        "succeeded",
        "credit",
        CreditNote.objects.get(),
    )
    assert (CreditNote.objects.get().total, CreditAccount.objects.get().balance) == (200, 200)
    payment.refresh_from_db()
    assert (payment.status, payment.invoice.status, payment.invoice.amount_due) == (
        "completed",
        "paid",
        0,
    )


def test_all_of_it_closes_payment_and_invoice() -> None:
    payment = make.make_payment()
    refund(payment, 200)
    refund(payment, 1000, "r2")
    payment.refresh_from_db()
    payment.invoice.refresh_from_db()
    assert (payment.status, payment.invoice.status) == ("refunded", "refunded")
    assert CreditAccount.objects.get().balance == 1200
    with pytest.raises(StateConflict):
        refund(payment, 1, "r3")


def test_the_same_key_is_the_same_refund() -> None:
    """U4."""
    payment = make.make_payment()
    assert refund(payment, 200) == refund(payment, 200)
    assert CreditAccount.objects.get().balance == 200


@pytest.mark.parametrize("amount", [0, -1, 1001])
def test_never_more_than_is_left(amount: int) -> None:
    payment = make.make_payment()
    refund(payment, 200)
    with pytest.raises(BusinessError):
        refund(payment, amount, "r2")
    assert Refund.objects.count() == CreditNote.objects.count() == 1


def test_never_more_than_the_invoice_got() -> None:
    """What was paid too much is credit already."""
    payment = make.make_payment(amount=1500)
    with pytest.raises(BusinessError):
        refund(payment, 1300)
    refund(payment, 1200)
    assert CreditAccount.objects.get().balance == 1500
    payment.refresh_from_db()
    assert payment.status == "completed"


def test_money_of_a_closed_invoice_is_credit_and_not_refunded_again() -> None:
    payment = make.make_payment(make.make_invoice(status="cancelled"), amount=100)
    with pytest.raises(BusinessError):
        refund(payment, 100)
    assert CreditAccount.objects.get().balance == 100


def test_a_reason_is_needed() -> None:
    payment = make.make_payment()
    with pytest.raises(BusinessError, match="Enter a reason for the refund") as refused:
        refund_payment(
            method="credit", payment=payment, amount=1, idempotency_key="k", reason=" ", ctx=CTX
        )
    assert refused.value.field == "reason"
    assert not Refund.objects.exists()
    made = refund_payment(
        method="credit",
        payment=payment,
        amount=1,
        idempotency_key="k",
        reason=" out " + "x" * 600,
        ctx=CTX,
    )
    assert made.reason == f"out {'x' * 496}"


def test_a_refund_of_a_part_payment_leaves_what_is_due() -> None:
    invoice = make.make_invoice()
    payment = make.make_payment(invoice, amount=500)
    refund(payment, 500)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due, payment.invoice.total) == ("unpaid", 700, 1200)
    assert apply_credit(invoice=invoice, ctx=Context(make.AT, SYSTEM)) == 500


def test_through_the_gateway_after_a_part_to_credit_sends_the_rest() -> None:
    payment = make.make_payment(gateway="stripe")
    refund(payment, 200)
    refund_whole_payment(payment=payment, reason="outage", ctx=CTX)
    assert payment.status == "refunded"
    assert sorted(Refund.objects.values_list("method", "amount", "status", "reason")) == [
        ("credit", 200, "succeeded", "outage"),
        ("gateway", 1000, "succeeded", "outage"),
    ]
    assert set(Refund.objects.values_list("ended_at", flat=True)) == {make.AT}


@pytest.mark.parametrize("key", ["", "x" * 65])
def test_a_key_has_1_to_64_characters(key: str) -> None:
    payment = make.make_payment()
    with pytest.raises(BusinessError, match="1 to 64") as refused:
        refund(payment, 1, key)
    assert refused.value.field == "key"
    assert refund(payment, 1, "x" * 64).status == "succeeded"
    assert refund(payment, 1, "y").status == "succeeded"


def test_the_same_words_are_the_same_refund_and_others_are_not() -> None:
    one, other = make.make_payment(), make.make_payment()
    key = refund_idempotency_key(one, 200, "the  outage ")
    assert key == refund_idempotency_key(one, 200, "the outage")
    said = [(other, 200, "the outage"), (one, 201, "the outage"), (one, 200, "an outage")]
    assert len({key, *(refund_idempotency_key(*each) for each in said)}) == 4
    assert refund(one, 200, key) == refund(one, 200, refund_idempotency_key(one, 200, "the outage"))


def test_a_key_of_another_refund_is_refused() -> None:
    """It was an IntegrityError."""
    one, other = make.make_payment(), make.make_payment()
    refund(one, 500)
    for payment, amount in ((other, 500), (one, 400)):
        with pytest.raises(BusinessError, match="another refund"):
            refund(payment, amount)
