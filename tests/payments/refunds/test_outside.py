"""Refunds made at the gateway's own site: reported by it, booked with a credit note, marked (payments.md 8)."""

from dataclasses import replace

import pytest

from commerce.billing.credit.actions import pay_out_credit
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import CreditAccount, CreditNote
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.gateways.contract import RefundReport
from commerce.payments.models import Payment, Refund
from commerce.payments.rules import ReportTooEarly
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_jobs_but_documents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
CTX = Context(make.AT, SYSTEM)


def hear(
    payment: Payment, amount: int = 500, state: str = "succeeded", reference: str = "re_1"
) -> None:
    report = RefundReport(state, payment.transaction_id, reference, amount, "EUR")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)


def stands(payment: Payment) -> tuple[str, str, int]:
    payment.refresh_from_db()
    payment.invoice.refresh_from_db()
    balance = sum(CreditAccount.objects.values_list("balance", flat=True))
    return payment.status, payment.invoice.status, balance


@pytest.fixture
def payment() -> Payment:
    return make.make_payment(make.make_invoice(), gateway="fake")


def test_it_is_booked_once_with_a_credit_note_and_marked(payment: Payment) -> None:
    for state in ("accepted", "accepted", "succeeded", "succeeded", "accepted"):
        hear(payment, state=state)
    refund = Refund.objects.get()
    assert (refund.is_outside, refund.status, refund.reference) == (True, "succeeded", "re_1")
    assert (refund.amount, refund.credit_note) == (500, CreditNote.objects.get())
    assert stands(payment) == ("completed", "paid", 0)
    hear(payment, 700, reference="re_2")
    assert stands(payment) == ("refunded", "refunded", 0)


def test_before_its_payment_it_waits() -> None:
    """R5."""
    report = RefundReport("succeeded", "not booked yet", "re_1", 500, "EUR")
    with pytest.raises(ReportTooEarly):
        apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    assert not Refund.objects.exists()


def test_one_that_failed_there_never_was(payment: Payment) -> None:
    hear(payment, state="failed")
    assert not Refund.objects.exists()


def test_it_may_be_the_one_that_we_are_asking_for(payment: Payment, provider: FakeProvider) -> None:
    """A gateway that does not send our key along told of it before its answer reached us."""
    refund_payment(
        method="gateway", payment=payment, amount=500, reason="asked", idempotency_key="r1", ctx=CTX
    )
    with pytest.raises(ReportTooEarly):
        hear(payment, reference="r-r1")
    run_jobs_but_documents(at=make.AT)
    hear(payment, reference="r-r1")
    assert [(one.is_outside, one.status) for one in Refund.objects.all()] == [(False, "succeeded")]


def test_what_was_paid_too_much_comes_out_of_credit() -> None:
    payment = make.make_payment(make.make_invoice(), gateway="fake", amount=1500)
    assert stands(payment)[2] == 300
    hear(payment, 1500)
    assert stands(payment) == ("refunded", "refunded", 0)
    assert CreditNote.objects.get().total == 1200


def test_what_is_nowhere_any_more_is_a_to_do_for_staff() -> None:
    payment = make.make_payment(make.make_invoice(), gateway="fake", amount=1500)
    credit = {"client": payment.client, "currency_code": "EUR", "amount": 200}
    pay_out_credit(reference="bank 1", **credit, ctx=CTX)
    hear(payment, 1500)
    assert (stands(payment)[2], Refund.objects.get().unrecovered_amount) == (0, 200)
    run_jobs_but_documents(at=make.AT)
    assert "2.00 EUR" in Job.objects.get(action="refund.unrecovered", status="parked").error
    hear(payment, 1500, "failed")
    assert (stands(payment)[2], Refund.objects.get().status) == (1300, "failed")


def test_money_of_a_voided_invoice_comes_out_of_credit() -> None:
    invoice = make.make_invoice()
    payment = make.make_payment(invoice, gateway="fake", amount=500)
    void_invoice(invoice=invoice, reason="mistake", ctx=CTX)
    assert stands(payment) == ("completed", "cancelled", 500)
    hear(payment)
    assert stands(payment) == ("refunded", "cancelled", 0)


def test_what_was_refunded_to_credit_before_comes_out_of_credit(payment: Payment) -> None:
    """It was refused, and its event parked; more than the payment is for staff to look at."""
    refund_payment(
        method="credit", payment=payment, amount=800, reason="outage", idempotency_key="c", ctx=CTX
    )
    hear(payment, 500)
    assert stands(payment) == ("refunded", "refunded", 700)
    hear(payment, 700, reference="re_2")
    assert stands(payment) == ("refunded", "refunded", 0)
    with pytest.raises(BusinessError, match="more than what is left"):
        hear(payment, 1, reference="re_3")


def test_another_currency_books_nothing(payment: Payment) -> None:
    report = RefundReport("succeeded", payment.transaction_id, "re_1", 500, "USD")
    with pytest.raises(BusinessError, match="EUR"):
        apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    with pytest.raises(BusinessError):
        apply_gateway_report(
            gateway="fake", report=replace(report, currency_code="EUR", amount=0), ctx=CTX
        )
    assert not Refund.objects.exists()
