"""payments.md 2, 6 and 8: what is kept of money that staff type, that is of no invoice, and that goes back."""

from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.jobs.models import Job
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.attempts import (
    close_attempt,
)
from commerce.payments.actions.booking import book_reported_payment
from commerce.payments.actions.manual import (
    ConfirmationRequired,
    assign_unallocated_payment,
    own_transaction_id,
    record_manual_payment,
    return_unallocated_payment,
)
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.models import Payment, Refund, UnallocatedPayment
from tests import make
from tests.make.payments import dispute_payment, refund_whole_payment
from tests.payments.test_what_ends_with_it import (
    AT,
    CTX,
    LATER,
    TODAY,
    attempt_of,
    booked,
    status_of,
)

pytestmark = pytest.mark.django_db


# --- By hand ---


def by_hand(invoice: Invoice, **over: Any) -> Payment:
    values: dict[str, Any] = {
        "amount": 1200,
        "method": "bank_transfer",
        "received_on": TODAY,
        "idempotency_key": "form-1",
        "ctx": CTX,
    }
    return record_manual_payment(invoice=invoice, **values | over)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"method": "barter"}, "method"),
        ({"idempotency_key": ""}, "key"),
        ({"idempotency_key": "x" * 65}, "key"),
        ({"reference": "x" * 256}, "reference"),
    ],
)
def test_what_is_typed_wrongly_is_refused_at_its_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(BusinessError) as caught:
        by_hand(make.make_invoice(), **wrong)
    assert caught.value.field == field


def test_the_longest_key_and_reference_are_taken() -> None:
    made = by_hand(make.make_invoice(), idempotency_key="x" * 64, reference="y" * 255)
    assert (made.transaction_id, made.reference) == ("y" * 255, "y" * 255)


def test_words_of_a_reference_are_joined_and_a_transfer_without_one_gets_an_id() -> None:
    first = by_hand(make.make_invoice(), reference="  SEPA   7 ", note=" cash ")
    assert (first.transaction_id, first.reference, first.note) == ("SEPA 7", "SEPA 7", "cash")
    second = by_hand(make.make_invoice(), idempotency_key="form-2")
    assert second.transaction_id == own_transaction_id("form-2")
    assert second.transaction_id != own_transaction_id("form-1")
    third = by_hand(make.make_invoice(), method="cash", reference="r", idempotency_key="form-3")
    assert (third.gateway, third.transaction_id, third.reference) == (
        "manual",
        own_transaction_id("form-3"),
        "r",
    )


def test_a_reference_is_asked_about_wherever_it_was_used() -> None:
    by_hand(make.make_invoice(), reference="A", method="cash")
    booked(make.make_invoice(), gateway="bank_transfer", transaction_id="B")
    money: dict[str, Any] = {"amount": 1, "currency_code": "EUR", "received_on": TODAY}
    record_unallocated_payment(
        gateway="bank_transfer", transaction_id="C", reason="reference", ctx=CTX, **money
    )
    for number, reference in enumerate("ABC"):
        invoice = make.make_invoice()
        say: dict[str, Any] = {"reference": reference, "idempotency_key": f"new-{number}"}
        with pytest.raises(ConfirmationRequired) as caught:
            by_hand(invoice, **say)
        assert caught.value.what == "reference"
        made = by_hand(invoice, **say, confirmed=frozenset({"reference"}))
        assert made.transaction_id == own_transaction_id(f"new-{number}")
    assert by_hand(make.make_invoice(), reference="D", idempotency_key="new-9").reference == "D"


def test_more_than_is_due_is_asked_about_to_the_unit() -> None:
    invoice = make.make_invoice()
    with pytest.raises(ConfirmationRequired) as caught:
        by_hand(invoice, amount=1201)
    assert caught.value.what == "amount"
    assert by_hand(invoice, amount=1200).amount == 1200


# --- Money of no invoice ---


def kept(**over: Any) -> UnallocatedPayment:
    values: dict[str, Any] = {
        "gateway": "stripe",
        "transaction_id": "pi_7",
        "amount": 1200,
        "currency_code": "EUR",
        "received_on": TODAY,
        "reason": "reference",
        "ctx": CTX,
    }
    return record_unallocated_payment(**values | over)


def test_money_of_no_invoice_keeps_all_that_was_said_of_it() -> None:
    made = kept(reference="r", note="n", raw={"a": 1})
    assert (made.amount, made.currency_code, made.received_on) == (1200, "EUR", TODAY)
    assert (made.reference, made.note, made.raw, made.recorded_by) == ("r", "n", {"a": 1}, "Grace")
    assert (made.invoice, made.created_at, made.status) == (None, AT, "open")
    for wrong in ({"amount": 0}, {"reason": "whim", "transaction_id": "pi_8"}):
        with pytest.raises(BusinessError):
            kept(**wrong)


def test_assigned_it_is_a_payment_with_what_was_said_of_it() -> None:
    other, made = kept(transaction_id="pi_6"), kept(reference="r", note="n")
    invoice = make.make_invoice()
    payment = assign_unallocated_payment(unallocated=made, to=invoice, ctx=LATER)
    assert (payment.gateway, payment.transaction_id, payment.reference, payment.note) == (
        "stripe",
        "pi_7",
        "r",
        "n",
    )
    assert (payment.amount, payment.received_on, payment.booked_at) == (1200, TODAY, LATER.at)
    assert (made.status, made.payment, made.invoice, made.transaction_id, made.ended_at) == (
        "assigned",
        payment,
        invoice,
        None,
        LATER.at,
    )
    assert status_of(other) == ["open"]
    for act in (
        lambda: assign_unallocated_payment(unallocated=made, to=invoice, ctx=LATER),
        lambda: return_unallocated_payment(unallocated=made, note="x", ctx=LATER),
    ):
        with pytest.raises(StateConflict):
            act()


def test_returned_money_says_how() -> None:
    made = kept()
    return_unallocated_payment(unallocated=made, note=" sent back ", ctx=LATER)
    assert (made.status, made.note, made.ended_at, made.transaction_id) == (
        "returned",
        "sent back",
        LATER.at,
        "pi_7",
    )
    with pytest.raises(BusinessError):
        booked(make.make_invoice(), transaction_id="pi_7")


def test_money_in_another_currency_fails_a_live_attempt_alone() -> None:
    invoice = make.make_invoice()
    live, ended = attempt_of(invoice, "a"), attempt_of(make.make_invoice(), "b")
    close_attempt(attempt=ended, ctx=CTX)
    say: dict[str, Any] = {"amount": 1, "currency_code": "USD", "received_on": TODAY}
    for number, attempt in enumerate((live, ended)):
        money = ReceivedMoney(
            gateway="stripe", transaction_id=f"pi_{number}", reference="r", raw={"b": 2}, **say
        )
        made = book_reported_payment(
            money=money, invoice=attempt.invoice, attempt=attempt, ctx=LATER
        )
        assert isinstance(made, UnallocatedPayment)
        assert (made.reason, made.invoice, made.reference, made.raw) == (
            "currency",
            attempt.invoice,
            "r",
            {"b": 2},
        )
    assert status_of(live, ended) == ["failed", "closed"]


# --- Money that goes back ---


def test_a_refund_keeps_its_reason_and_who_made_it() -> None:
    payment = make.make_payment(make.make_invoice())
    refund = refund_payment(
        method="credit",
        payment=payment,
        amount=1,
        reason=f" too   {'x' * 500}",
        idempotency_key="k" * 64,
        ctx=CTX,
    )
    assert refund.reason == f"too {'x' * 496}"
    assert (refund.recorded_by, refund.method, refund.status, refund.amount) == (
        "Grace",
        "credit",
        "succeeded",
        1,
    )
    assert (refund.created_at, refund.ended_at, refund.gateway) == (AT, AT, payment.gateway)
    assert refund.credit_note is not None
    assert refund.credit_note.total == 1
    assert status_of(payment) == ["completed"]
    with pytest.raises(BusinessError):
        refund_payment(
            method="credit",
            payment=payment,
            amount=1,
            reason="x",
            idempotency_key="k" * 65,
            ctx=CTX,
        )


def test_what_was_given_back_of_one_payment_says_nothing_of_another() -> None:
    first, second = make.make_payment(make.make_invoice()), make.make_payment(make.make_invoice())
    say: dict[str, Any] = {"reason": "asked", "ctx": CTX}
    refund_payment(method="credit", payment=first, amount=1200, idempotency_key="a", **say)
    refund_payment(method="credit", payment=second, amount=200, idempotency_key="b", **say)
    refund_whole_payment(payment=second, **say)
    assert status_of(first, second) == ["refunded", "refunded"]
    assert [one.amount for one in second.refunds.order_by("pk")] == [200, 1000]


def test_a_reversal_says_why_and_what_is_short() -> None:
    payment = make.make_payment(make.make_invoice())
    taken = reverse_payment(payment=payment, reason="no money", ctx=LATER)
    entry = AuditEntry.objects.get(action="payment.reversed")
    assert entry.reason == "no money"
    assert (taken.reopened, taken.short) == (1200, 0)
    assert not Job.objects.filter(subject_kind="payment").exists()


def test_what_the_gateway_had_sent_back_is_not_taken_again() -> None:
    payment = make.make_payment(make.make_invoice())
    refund_payment(
        method="credit", payment=payment, amount=300, reason="asked", idempotency_key="a", ctx=CTX
    )
    other = make.make_payment(make.make_invoice())
    refund_whole_payment(payment=other, reason="asked", ctx=CTX)
    taken = reverse_payment(payment=payment, reason="charged back", ctx=CTX)
    assert (taken.reopened, taken.from_credit, taken.short) == (900, 300, 0)


def test_no_more_is_given_back_than_is_left_of_that_payment_whatever_the_invoice_holds() -> None:
    invoice = make.make_invoice()
    first, second = (make.make_payment(invoice, amount=600, gateway="manual") for _ in range(2))
    say: dict[str, Any] = {"payment": first, "reason": "asked", "ctx": CTX}
    refund_payment(method="credit", amount=500, idempotency_key="a", **say)
    for wrong in (0, -1, 101):
        with pytest.raises(BusinessError) as caught:
            refund_payment(method="credit", amount=wrong, idempotency_key=f"wrong {wrong}", **say)
        assert caught.value.field == "amount"
    refund_payment(method="credit", amount=100, idempotency_key="b", **say)
    assert status_of(first, second) == ["refunded", "completed"]


def test_what_a_gateway_sent_back_in_part_is_gone_already() -> None:
    payment = make.make_payment(make.make_invoice())
    for way, status, amount in (("gateway", "accepted", 200), ("gateway", "failed", 50)):
        Refund.objects.create(
            client=payment.client,
            payment=payment,
            gateway=payment.gateway,
            amount=amount,
            method=way,
            status=status,
            accepted_at=AT if status == "accepted" else None,
            idempotency_key=status,
            reason="asked",
            created_at=AT,
        )
    assert reverse_payment(payment=payment, reason="charged back", ctx=CTX).reopened == 1000


def test_a_disputed_payment_changes_the_time_of_its_own_invoice() -> None:
    other = make.make_payment(make.make_invoice()).invoice
    payment = make.make_payment(make.make_invoice())
    dispute_payment(payment=payment, reason="unknown", ctx=LATER)
    payment.invoice.refresh_from_db()
    other.refresh_from_db()
    assert (payment.invoice.changed_at, other.changed_at) == (LATER.at, AT)


def test_the_same_number_of_another_gateway_is_another_transaction() -> None:
    kept(gateway="remote")
    made = booked(make.make_invoice(), transaction_id="pi_7")
    assert made.transaction_id == "pi_7"
    assert kept(gateway="third").gateway == "third"
    with pytest.raises(BusinessError):
        kept()
