"""Disputes beside refunds, over parts, and one after another: each unit of money is taken once (payments.md 8)."""

import pytest

from commerce.billing.credit.actions import add_credit, pay_out_credit
from commerce.billing.models import Invoice
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.gateways.contract import RefundReport
from commerce.payments.models import Payment
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_jobs_but_documents
from tests.payments.disputes.test_disputes import hear, stands

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def payment(provider: FakeProvider) -> Payment:
    del provider
    return make.make_payment(gateway="fake")


def ask(payment: Payment, amount: int, key: str = "r") -> None:
    refund_payment(
        method="gateway",
        payment=payment,
        amount=amount,
        reason="asked",
        idempotency_key=key,
        ctx=CTX,
    )


def outside(payment: Payment, amount: int) -> None:
    report = RefundReport("succeeded", payment.transaction_id, "re_1", amount, "EUR")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)


def todos(action: str) -> list[str]:
    """What staff are asked to do, as they read it."""
    run_jobs_but_documents(at=make.AT)
    return [job.error for job in Job.objects.filter(action=action, status="parked")]


@pytest.mark.parametrize("amount", [500, 1200])
def test_a_refund_that_was_only_asked_for_hides_no_lost_dispute(
    payment: Payment, provider: FakeProvider, amount: int
) -> None:
    provider.fails_refunds = True
    ask(payment, amount)
    hear(payment, "lost")
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    run_jobs_but_documents(at=make.AT)
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)


def test_a_refund_that_is_accepted_after_the_reversal_comes_from_credit_or_is_a_to_do(
    payment: Payment,
) -> None:
    ask(payment, 500)
    hear(payment, "lost")
    assert ["5.00 EUR" in text for text in todos("refund.unrecovered")] == [True]
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)


def test_what_a_lost_dispute_takes_beyond_what_is_left_is_a_to_do(payment: Payment) -> None:
    hear(payment, "open")
    outside(payment, 500)
    hear(payment, "lost")
    assert stands(payment) == ("reversed", "unpaid", 700, 0)
    assert ["5.00 EUR" in text for text in todos("dispute.lost_after_refund")] == [True]


def test_a_lost_dispute_over_no_more_than_is_left_is_no_to_do(payment: Payment) -> None:
    outside(payment, 500)
    hear(payment, "lost", 700)
    assert stands(payment) == ("reversed", "unpaid", 700, 0)
    assert todos("dispute.lost_after_refund") == []


def test_the_rest_of_a_payment_of_which_a_part_was_lost_can_be_refunded_outside(
    payment: Payment,
) -> None:
    hear(payment, "lost", 500)
    outside(payment, 700)
    assert stands(payment) == ("reversed", "unpaid", 500, 0)
    assert todos("refund.unrecovered") == []


@pytest.mark.parametrize("paid_anew", [0, 900])
def test_a_loss_that_is_told_as_a_refund_too_is_taken_once(
    payment: Payment, paid_anew: int
) -> None:
    """The money of another payment stays where it is, and so does credit."""
    hear(payment, "lost", 500)
    if paid_anew:
        make.make_payment(Invoice.objects.get(), amount=paid_anew)
    stood = stands(payment)
    with pytest.raises(BusinessError, match="more than what is left"):
        outside(payment, 701)
    assert stands(payment) == stood
    hear(payment, "won", 500)
    outside(payment, 1200)
    assert stands(payment)[0] == "refunded"


def test_what_was_refunded_to_credit_is_still_at_the_gateway(payment: Payment) -> None:
    refund_payment(
        method="credit", payment=payment, amount=500, reason="outage", idempotency_key="c", ctx=CTX
    )
    hear(payment, "lost", 700)
    outside(payment, 500)
    assert stands(payment) == ("reversed", "unpaid", 700, 0)


def test_a_second_dispute_reverses_the_payment_again(payment: Payment) -> None:
    for reference in ("dp_1", "dp_2", "dp_3"):
        hear(payment, "lost", reference=reference)
        assert stands(payment) == ("reversed", "unpaid", 1200, 0)
        hear(payment, "won", reference=reference)
        assert stands(payment) == ("completed", "paid", 0, 0)


def test_staff_reverse_it_again_after_a_won_dispute(payment: Payment) -> None:
    for reference in ("dp_1", "dp_2"):
        hear(payment, "open", reference=reference)
        reverse_payment(payment=payment, reason="the bank wrote", ctx=CTX)
        hear(payment, "lost", reference=reference)
        hear(payment, "won", reference=reference)
        assert stands(payment) == ("completed", "paid", 0, 0)
    reverse_payment(payment=payment, reason="the bank wrote", ctx=CTX)
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)


def test_a_second_reversal_takes_what_the_first_left_in_credit(payment: Payment) -> None:
    """Paid otherwise meanwhile: the other payment stays where it is."""
    hear(payment, "lost")
    make.make_payment(Invoice.objects.get())
    hear(payment, "won")
    assert stands(payment) == ("completed", "paid", 0, 1200)
    hear(payment, "lost", reference="dp_2")
    assert stands(payment) == ("reversed", "paid", 0, 0)


def test_after_a_won_one_an_open_one_disputes_it_still(payment: Payment) -> None:
    hear(payment, "lost", 600)
    hear(payment, "open", 600, "dp_2")
    hear(payment, "won", 600)
    assert stands(payment) == ("disputed", "paid", 0, 0)
    hear(payment, "lost", 600, "dp_2")
    assert stands(payment) == ("reversed", "unpaid", 600, 0)


def test_each_lost_dispute_over_a_part_takes_its_part(payment: Payment) -> None:
    hear(payment, "lost", 300)
    assert stands(payment) == ("reversed", "unpaid", 300, 0)
    hear(payment, "lost", 900, "dp_2")
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    assert todos("dispute.lost_after_refund") == []
    hear(payment, "won", 300)
    assert stands(payment) == ("reversed", "unpaid", 900, 0)
    hear(payment, "won", 900, "dp_2")
    assert stands(payment) == ("completed", "paid", 0, 0)


def test_what_lost_disputes_take_beyond_the_payment_is_a_to_do(payment: Payment) -> None:
    hear(payment, "lost", 300)
    hear(payment, "lost", 1100, "dp_2")
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    assert ["2.00 EUR" in text for text in todos("dispute.lost_after_refund")] == [True]
    hear(payment, "won", 300)
    assert stands(payment) == ("reversed", "unpaid", 900, 0)
    hear(payment, "won", 1100, "dp_2")
    assert stands(payment) == ("completed", "paid", 0, 0)
    assert todos("dispute.lost_after_refund") == []


def test_a_lost_one_that_took_nothing_gives_nothing_back(payment: Payment) -> None:
    hear(payment, "lost")
    hear(payment, "lost", 600, "dp_2")
    assert len(todos("dispute.lost_after_refund")) == 1
    hear(payment, "won", 600, "dp_2")
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    assert todos("dispute.lost_after_refund") == []


def test_a_won_dispute_leaves_what_another_one_left_short() -> None:
    payment = make.make_payment(make.make_invoice(), gateway="fake", amount=1500)
    pay_out_credit(client=payment.client, currency_code="EUR", amount=300, reference="b", ctx=CTX)
    hear(payment, "lost", 600)
    hear(payment, "lost", 900, "dp_2")
    assert ["3.00 EUR" in text for text in todos("payment.unrecovered")] == [True]
    hear(payment, "won", 600)
    assert stands(payment) == ("reversed", "unpaid", 600, 0)
    assert len(todos("payment.unrecovered")) == 1
    hear(payment, "won", 900, "dp_2")
    assert stands(payment) == ("completed", "paid", 0, 0)
    assert todos("payment.unrecovered") == []


@pytest.mark.parametrize("amount", [500, 1200])
def test_all_that_staff_reversed_counts_again_once_the_dispute_is_won(
    payment: Payment, amount: int
) -> None:
    hear(payment, "open", amount)
    reverse_payment(payment=payment, reason="the bank wrote", ctx=CTX)
    hear(payment, "lost", amount)
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    hear(payment, "won", amount)
    assert stands(payment) == ("completed", "paid", 0, 0)


def test_whether_a_won_dispute_was_lost_before_makes_no_difference(payment: Payment) -> None:
    """Staff reversed it; which of the two is heard first is chance (payments.md 2.7)."""
    hear(payment, "open", 500)
    reverse_payment(payment=payment, reason="the bank wrote", ctx=CTX)
    hear(payment, "won", 500)
    with pytest.raises(StateConflict):
        hear(payment, "lost", 500)
    assert stands(payment) == ("completed", "paid", 0, 0)


def test_what_staff_left_short_is_asked_for_once() -> None:
    payment = make.make_payment(make.make_invoice(), gateway="fake", amount=1500)
    pay_out_credit(client=payment.client, currency_code="EUR", amount=300, reference="b", ctx=CTX)
    reverse_payment(payment=payment, reason="the bank wrote", ctx=CTX)
    add_credit(client=payment.client, currency_code="EUR", amount=100, ctx=CTX)
    for reference in ("dp_1", "dp_2"):
        hear(payment, "lost", 750, reference)
    assert stands(payment) == ("reversed", "unpaid", 1200, 100)
    assert ["3.00 EUR" in text for text in todos("payment.unrecovered")] == [True]
    assert todos("dispute.lost_after_refund") == []


def test_what_staff_reversed_is_taken_until_no_dispute_is_lost(payment: Payment) -> None:
    for reference in ("dp_1", "dp_2"):
        hear(payment, "open", 500, reference)
    reverse_payment(payment=payment, reason="the bank wrote", ctx=CTX)
    for reference in ("dp_1", "dp_2"):
        hear(payment, "lost", 500, reference)
    assert todos("dispute.lost_after_refund") == []
    hear(payment, "won", 500)
    assert stands(payment) == ("reversed", "unpaid", 1200, 0)
    hear(payment, "won", 500, "dp_2")
    assert stands(payment) == ("completed", "paid", 0, 0)


def test_what_was_sent_back_before_staff_reversed_it_is_a_to_do_when_it_is_lost(
    payment: Payment,
) -> None:
    outside(payment, 500)
    hear(payment, "open")
    reverse_payment(payment=payment, reason="the bank wrote", ctx=CTX)
    hear(payment, "lost")
    assert stands(payment) == ("reversed", "unpaid", 700, 0)
    assert ["5.00 EUR" in text for text in todos("dispute.lost_after_refund")] == [True]


def test_what_was_short_is_no_to_do_any_more_once_the_dispute_is_won() -> None:
    payment = make.make_payment(make.make_invoice(), gateway="fake", amount=1500)
    pay_out_credit(client=payment.client, currency_code="EUR", amount=200, reference="b", ctx=CTX)
    for reference in ("dp_1", "dp_2"):
        hear(payment, "lost", 1500, reference)
        assert ["2.00 EUR" in text for text in todos("payment.unrecovered")] == [True]
        hear(payment, "won", 1500, reference)
        assert todos("payment.unrecovered") == []


def test_a_refund_to_credit_is_taken_from_credit_when_the_rest_is_lost(payment: Payment) -> None:
    refund_payment(
        method="credit", payment=payment, amount=500, reason="outage", idempotency_key="c", ctx=CTX
    )
    hear(payment, "lost")
    assert stands(payment) == ("reversed", "unpaid", 700, 0)
