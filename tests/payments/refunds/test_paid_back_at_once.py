"""Credit that goes back to its payments, and disputes that take it, at once (R17, R37, M10, M11)."""

from typing import Any

import pytest
from django.db import connection

from commerce.accounts.models import Client
from commerce.billing.credit.actions import apply_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import CreditAccount, CreditEntry, Invoice
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.disputes import apply_dispute_report
from commerce.payments.actions.paid_back import pay_back_credit
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.gateways.contract import DisputeReport
from commerce.payments.models import Payment, Refund
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.flows.test_races import WORKERS, at_once, refusals
from tests.make.jobs import run_jobs_but_documents

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
CTX = Context(make.AT, SYSTEM)
TOTAL = 1200


def paid(amount: int = TOTAL) -> Payment:
    return make.make_payment(make.make_invoice(), gateway="fake", amount=amount)


def back(payment: Payment, key: str, amount: int | None = None) -> list[Refund]:
    return pay_back_credit(
        client=Client.objects.get(pk=payment.client_id),
        currency_code="EUR",
        amount=amount,
        reason="asked",
        idempotency_key=key,
        ctx=CTX,
    )


def note(payment: Payment, amount: int) -> None:
    credit_invoice(invoice=payment.invoice, amount=amount, reason="x", ctx=CTX)


def balance() -> int:
    ledger = sum(CreditEntry.objects.values_list("amount", flat=True))
    assert ledger == sum(CreditAccount.objects.values_list("balance", flat=True))
    return ledger


def fresh(payment: Payment) -> Payment:
    return Payment.objects.get(pk=payment.pk)


@pytest.mark.parametrize("amount", [None, 500])
def test_paid_back_with_one_key_is_sent_once(provider: FakeProvider, amount: int | None) -> None:
    payment = paid()
    note(payment, 500)
    results = at_once([lambda: back(payment, "form", amount)] * WORKERS)
    assert refusals(results) == 0
    run_jobs_but_documents(at=make.AT)
    assert (list(provider.refunds.values()), balance()) == ([500], 0)


def test_paid_back_by_many_forms_never_exceeds_what_there_is(provider: FakeProvider) -> None:
    payment = paid()
    note(payment, 500)
    results = at_once([lambda key=key: back(payment, f"{key}", 200) for key in range(WORKERS)])
    assert refusals(results) == WORKERS - 2
    run_jobs_but_documents(at=make.AT)
    assert (list(provider.refunds.values()), balance()) == ([200, 200], 100)


def test_paid_back_beside_refunds_never_exceeds_the_payment(provider: FakeProvider) -> None:
    """Each worker sends back credit, refunds to credit, or refunds through the gateway."""
    payment = paid()
    note(payment, 400)

    def act(n: int) -> Any:
        say: dict[str, Any] = {"payment": fresh(payment), "amount": 300, "reason": "x", "ctx": CTX}
        if n % 3 == 0:
            return back(payment, f"b{n}", 300)
        method = "gateway" if n % 3 == 1 else "credit"
        return refund_payment(method=method, idempotency_key=f"r{n}", **say)

    at_once([lambda n=n: act(n) for n in range(WORKERS)])
    run_jobs_but_documents(at=make.AT)
    sent = sum(provider.refunds.values())
    assert sent <= TOTAL
    noted = Invoice.objects.get().total - sum(
        Invoice.objects.get()
        .settlement_entries.exclude(kind="credit_note")
        .values_list("amount", flat=True)
    )
    assert sent + balance() == noted


def test_a_dispute_that_is_lost_beside_use_of_credit(provider: FakeProvider) -> None:
    """Whoever is first: the next invoice is open by what the lost money paid of it, and nothing is short."""
    payment = paid(2 * TOTAL)
    other = _open_invoice(payment)
    report = DisputeReport("lost", payment.transaction_id, "dp", 2 * TOTAL, "EUR")

    def act(n: int) -> Any:
        if n == 0:
            return apply_dispute_report(gateway="fake", report=report, ctx=CTX)
        return apply_credit(invoice=Invoice.objects.get(pk=other.pk), amount=100, ctx=CTX)

    at_once([lambda n=n: act(n) for n in range(WORKERS)])
    due = list(Invoice.objects.order_by("pk").values_list("amount_due", flat=True))
    assert (due, balance()) == ([TOTAL, TOTAL], 0)
    assert not Job.objects.filter(action="payment.unrecovered").exists()


def _open_invoice(payment: Payment) -> Invoice:
    set_setting(key="billing.auto_apply_credit", value="off", ctx=CTX)
    return make.make_invoice(Client.objects.get(pk=payment.client_id))


def test_paid_back_beside_a_reversal_takes_the_money_once(provider: FakeProvider) -> None:
    payment = paid()
    refund_payment(
        method="credit", payment=payment, amount=TOTAL, reason="x", idempotency_key="c", ctx=CTX
    )

    def act(n: int) -> Any:
        if n % 2:
            return reverse_payment(payment=fresh(payment), reason="bounced", ctx=CTX)
        return back(payment, f"b{n}")

    results = at_once([lambda n=n: act(n) for n in range(WORKERS)])
    assert all(isinstance(each, BusinessError) for each in results) is False
    run_jobs_but_documents(at=make.AT)
    assert balance() == 0
    sent = sum(provider.refunds.values())
    assert sent in (0, TOTAL)
