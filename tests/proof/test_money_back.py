"""What the proof tells of credit that went back to its payment, and of money that was taken from where credit went."""

from typing import Any

import pytest

from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import Invoice
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.disputes import lose_dispute, win_dispute
from commerce.payments.actions.paid_back import pay_back_credit
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.models import Payment, Refund
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.payments import dispute_payment
from tests.make.proof import assert_proven, told
from tests.proof.planting import plant, undone

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
TOTAL = 1200


def tells(check: str, sql: str) -> bool:
    with undone():
        plant(sql)
        return bool(told(check, make.AT))


@pytest.fixture
def spent() -> Payment:
    """Twice too much was paid, the next invoice took it, and the payment is lost."""
    client = make.make_client()
    payment = make.make_payment(make.make_invoice(client), gateway="fake", amount=2 * TOTAL)
    make.make_invoice(client)
    lose_dispute(dispute=dispute_payment(payment=payment, reason="x", ctx=CTX), ctx=CTX)
    assert_proven()
    return payment


USE = "kind = 'reversal' AND source LIKE 'credit:%'"


def test_what_is_taken_from_where_credit_went(spent: Payment) -> None:
    change = f"UPDATE billing_settlemententry SET {{}} WHERE {USE}"
    assert tells("M12-uses", change.format(f"amount = -{TOTAL + 1}"))
    assert tells("M12-uses", change.format("source = 'credit:900001:' || source"))
    less = change.format(f"amount = -{TOTAL - 1}")
    for check in ("M12-reversals", "M8", "M8-credit"):
        assert tells(check, less)
    assert not tells("M12-uses", less)
    other = f"source = replace(source, 'payment:{spent.pk}', 'payment:900001')"
    assert tells("M12-reversals", change.format(other))
    elsewhere = f"invoice_id = {spent.invoice_id}"
    assert tells("M12-uses", change.format(elsewhere))


def test_what_was_won_counts_once(spent: Payment) -> None:
    win_dispute(dispute=spent.disputes.get(), ctx=CTX)
    assert_proven()
    won = (
        "UPDATE billing_settlemententry SET amount = amount + 1"
        " WHERE kind = 'reversal_won' AND source LIKE 'credit:%'"
    )
    for check in ("M12-uses", "M12-disputes", "M12-reversals"):
        assert tells(check, won)


def test_what_was_won_of_an_invoice_that_was_paid_again(spent: Payment) -> None:
    """It is credit, and still of that use."""
    for invoice in Invoice.objects.filter(amount_due__gt=0):
        make.make_payment(invoice)
    win_dispute(dispute=spent.disputes.get(), ctx=CTX)
    assert_proven()
    late = "source LIKE 'reversal_won:credit:%'"
    assert tells(
        "M12-reversals", f"UPDATE billing_creditentry SET amount = amount - 1 WHERE {late}"
    )


@pytest.fixture
def refunded() -> Payment:
    payment = make.make_payment(gateway="fake")
    say: dict[str, Any] = {"reason": "x", "idempotency_key": "c", "ctx": CTX}
    refund_payment(method="credit", payment=payment, amount=TOTAL, **say)
    payment.refresh_from_db()
    return payment


def test_what_is_taken_of_a_refunded_payment(refunded: Payment) -> None:
    reverse_payment(payment=refunded, reason="bounced", ctx=CTX)
    assert_proven()
    gone = "UPDATE billing_creditentry SET {} WHERE reason = 'reversal'"
    assert tells("M12-reversals", gone.format(f"amount = -{TOTAL - 1}"))
    assert tells("M12-reversals", gone.format(f"amount = -{TOTAL + 1}"))
    assert tells("M12-reversals", gone.format("source = 'payment:900001'"))


def test_credit_that_went_back(refunded: Payment, provider: FakeProvider) -> None:
    assert provider
    say: dict[str, Any] = {"currency_code": "EUR", "reason": "x", "idempotency_key": "b"}
    [refund] = pay_back_credit(client=refunded.client, amount=700, ctx=CTX, **say)
    assert_proven()
    run_due_jobs(at=make.AT)
    refund.refresh_from_db()
    assert refund.status == "accepted"
    assert_proven()
    change = f"UPDATE payments_refund SET amount = {{}} WHERE id = {refund.pk}"
    assert tells("M12-refunds", change.format(699))
    assert tells("M11", change.format(TOTAL + 1))
    assert not tells("M11", change.format(TOTAL))
    noted = "UPDATE payments_refund SET is_paid_back = false WHERE is_paid_back"
    assert tells("M11", noted)
    row = "UPDATE billing_creditentry SET {} WHERE reason = 'paid_back'"
    assert tells("M12-refunds", row.format("source = 'refund:900001'"))
    assert tells("M10", row.format("amount = -699"))
    assert Refund.objects.filter(is_paid_back=True).count() == 1


def test_a_chain_of_a_note_and_a_plan_change() -> None:
    """A note frees money that pays the change; both are open again, and no check tells anything."""
    client = make.make_client()
    payment = make.make_payment(make.make_invoice(client), gateway="fake")
    credit_invoice(invoice=payment.invoice, amount=700, reason="plan change", ctx=CTX)
    change = make.make_invoice(client, kind="plan_change")
    lose_dispute(dispute=dispute_payment(payment=payment, reason="x", ctx=CTX), ctx=CTX)
    change.refresh_from_db()
    payment.invoice.refresh_from_db()
    assert (payment.invoice.amount_due, change.amount_due) == (500, TOTAL)
    assert_proven()
