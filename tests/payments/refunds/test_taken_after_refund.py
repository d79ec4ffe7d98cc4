"""Money that was refunded to credit and then taken by the bank as well comes out of credit, whatever the state of its
payment (payments.md 8).
"""

import pytest

from commerce.accounts.models import Client
from commerce.billing.credit.actions import pay_out_credit
from commerce.billing.models import CreditAccount, Invoice
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.gateways.contract import DisputeReport, RefundReport
from commerce.payments.models import Payment, Refund
from tests import make
from tests.make.jobs import run_jobs_but_documents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
CTX = Context(make.AT, SYSTEM)
TOTAL = 1200


@pytest.fixture
def payment() -> Payment:
    return make.make_payment(make.make_invoice(), gateway="fake")


def to_credit(payment: Payment, *amounts: int) -> None:
    for n, amount in enumerate(amounts):
        key = f"credit-{payment.pk}-{n}"
        refund_payment(
            method="credit",
            payment=payment,
            amount=amount,
            reason="agreed",
            idempotency_key=key,
            ctx=CTX,
        )


def hear(payment: Payment, state: str, amount: int = TOTAL) -> None:
    report = DisputeReport(state, payment.transaction_id, "dp_1", amount, "EUR")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)


def hear_refund(payment: Payment, amount: int, reference: str = "re_1") -> None:
    report = RefundReport("succeeded", payment.transaction_id, reference, amount, "EUR")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)


def stands(payment: Payment) -> tuple[str, str, int, int]:
    """State of payment and invoice, what is due, and the balance."""
    payment.refresh_from_db()
    invoice = Invoice.objects.get(pk=payment.invoice_id)
    balance = sum(CreditAccount.objects.values_list("balance", flat=True))
    return payment.status, invoice.status, invoice.amount_due, balance


def told() -> list[str]:
    run_jobs_but_documents(at=make.AT)
    return [job.error for job in Job.objects.filter(status="parked")]


@pytest.mark.parametrize(
    ("refunds", "status", "due"),
    [
        ([TOTAL - 1], "reversed", 1),
        ([TOTAL], "refunded", 0),
        ([300, 500, 400], "refunded", 0),
        ([300, 500, 399], "reversed", 1),
    ],
)
@pytest.mark.parametrize("news", [("open", "lost"), ("lost",)])
def test_a_lost_dispute_takes_it_from_credit(
    payment: Payment, refunds: list[int], status: str, due: int, news: tuple[str, ...]
) -> None:
    to_credit(payment, *refunds)
    for state in (*news, "lost"):
        hear(payment, state)
    invoice = "refunded" if not due else "unpaid"
    assert stands(payment) == (status, invoice, due, 0)
    assert told() == []
    hear(payment, "won")
    back = "refunded" if not due else "completed"
    assert stands(payment) == (back, "refunded" if not due else "paid", 0, sum(refunds))


@pytest.mark.parametrize("refunds", [[TOTAL], [TOTAL - 1], [700, 500]])
def test_a_check_that_bounces_takes_it_from_credit_once(
    payment: Payment, refunds: list[int]
) -> None:
    to_credit(payment, *refunds)
    reverse_payment(payment=payment, reason="bounced", ctx=CTX)
    left = TOTAL - sum(refunds)
    status = "reversed" if left else "refunded"
    assert stands(payment) == (status, "unpaid" if left else "refunded", left, 0)
    with pytest.raises(StateConflict):
        reverse_payment(payment=payment, reason="bounced", ctx=CTX)
    assert told() == []


def test_after_it_bounced_the_lost_dispute_takes_nothing_more(payment: Payment) -> None:
    to_credit(payment, TOTAL)
    reverse_payment(payment=payment, reason="bounced", ctx=CTX)
    hear(payment, "lost")
    assert (stands(payment)[3], told()) == (0, [])
    with pytest.raises(StateConflict):
        reverse_payment(payment=payment, reason="bounced", ctx=CTX)
    hear(payment, "won")
    assert stands(payment) == ("refunded", "refunded", 0, TOTAL)


def test_it_goes_as_far_as_credit_does_and_the_rest_is_a_to_do(payment: Payment) -> None:
    to_credit(payment, TOTAL)
    pay_out_credit(
        client=payment.client, currency_code="EUR", amount=500, reference="bank 1", ctx=CTX
    )
    hear(payment, "lost")
    assert stands(payment) == ("refunded", "refunded", 0, 0)
    [todo] = told()
    assert "5.00 EUR" in todo


def test_a_part_is_lost_and_then_another(payment: Payment) -> None:
    to_credit(payment, TOTAL)
    hear(payment, "lost", 300)
    assert stands(payment) == ("refunded", "refunded", 0, 900)
    report = DisputeReport("lost", payment.transaction_id, "dp_2", TOTAL, "EUR")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    assert stands(payment) == ("refunded", "refunded", 0, 0)
    [todo] = told()
    assert "3.00 EUR" in todo


@pytest.mark.parametrize("refunds", [[TOTAL], [TOTAL - 1], [700, 500], [400]])
def test_a_refund_at_the_gateways_own_site_takes_it_from_credit(
    payment: Payment, refunds: list[int]
) -> None:
    to_credit(payment, *refunds)
    hear_refund(payment, TOTAL)
    hear_refund(payment, TOTAL)
    assert stands(payment) == ("refunded", "refunded", 0, 0)
    outside = Refund.objects.filter(is_outside=True)
    assert sum(outside.values_list("amount", flat=True)) == TOTAL
    assert sum(outside.filter(is_paid_back=True).values_list("amount", flat=True)) == sum(refunds)
    assert told() == []


def test_a_refund_outside_in_parts_and_what_is_spent_is_a_to_do(payment: Payment) -> None:
    to_credit(payment, TOTAL)
    hear_refund(payment, 200)
    assert stands(payment) == ("refunded", "refunded", 0, 1000)
    pay_out_credit(
        client=payment.client, currency_code="EUR", amount=600, reference="bank 1", ctx=CTX
    )
    hear_refund(payment, 1000, "re_2")
    assert stands(payment) == ("refunded", "refunded", 0, 0)
    [todo] = told()
    assert "6.00 EUR" in todo


def test_refunded_outside_and_lost_as_well_is_a_to_do_once(payment: Payment) -> None:
    to_credit(payment, TOTAL)
    hear_refund(payment, 700)
    hear(payment, "lost")
    assert stands(payment) == ("refunded", "refunded", 0, 0)
    [todo] = told()
    assert "7.00 EUR" in todo


def test_of_credit_that_was_spent_the_invoice_is_open_again(payment: Payment) -> None:
    to_credit(payment, TOTAL)
    client = Client.objects.get()
    other = make.make_invoice(client)
    assert (other.status, other.credit_applied) == ("paid", TOTAL)
    hear(payment, "lost")
    other.refresh_from_db()
    assert (other.status, other.amount_due, other.credit_applied) == ("unpaid", TOTAL, 0)
    assert (stands(payment)[3], told()) == (0, [])
    hear(payment, "won")
    other.refresh_from_db()
    assert (other.status, other.amount_due, other.credit_applied) == ("paid", 0, TOTAL)
