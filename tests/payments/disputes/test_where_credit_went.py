"""Money that is gone had become credit, and that was spent: what it paid is open again (payments.md 8, R37)."""

from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import add_credit, pay_out_credit
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.models import CreditAccount, CreditEntry, Invoice, SettlementEntry
from commerce.catalog.models import Currency
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.gateways.contract import DisputeReport
from commerce.payments.models import Payment
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_jobs_but_documents
from tests.payments.funds.conftest import add_funds, hear

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
CTX = Context(make.AT, SYSTEM)
TOTAL = 1200


@pytest.fixture
def client() -> Client:
    """A client of an installation whose default currency is EUR."""
    Currency.objects.filter(pk="USD").update(is_default=False)
    Currency.objects.filter(pk="EUR").update(is_default=True)
    return make.make_client()


def paid(client: Client, amount: int = TOTAL) -> Payment:
    return make.make_payment(make.make_invoice(client), gateway="fake", amount=amount)


def decide(payment: Payment, state: str, amount: int | None = None, case: str = "dp") -> None:
    sum_ = payment.amount if amount is None else amount
    report = DisputeReport(state, payment.transaction_id, f"{case}-{payment.pk}", sum_, "EUR")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)


def due(*invoices: Invoice) -> list[tuple[str, int]]:
    rows = [Invoice.objects.get(pk=each.pk) for each in invoices]
    return [(row.status, row.amount_due) for row in rows]


def balance() -> int:
    return sum(CreditAccount.objects.values_list("balance", flat=True))


def told() -> list[str]:
    run_jobs_but_documents(at=make.AT)
    return [job.error for job in Job.objects.filter(status="parked")]


def test_the_next_invoice_that_too_much_money_paid(client: Client) -> None:
    payment = paid(client, 2000)
    other = make.make_invoice(client)
    decide(payment, "lost")
    assert due(payment.invoice, other) == [("unpaid", TOTAL), ("unpaid", TOTAL)]
    other.refresh_from_db()
    assert other.credit_applied == 0
    assert other.dunning_hold_until == make.AT.date() + timedelta(days=3)
    used = CreditEntry.objects.get(reason="applied")
    entry = SettlementEntry.objects.get(invoice=other, kind="reversal")
    assert (entry.amount, entry.source.startswith(f"credit:{used.pk}:payment:")) == (-800, True)
    assert AuditEntry.objects.filter(action="invoice.reversed", record_id=other.pk).exists()
    assert told() == []


def test_what_was_refunded_to_credit_comes_from_there_though_others_pay_the_invoice(
    client: Client,
) -> None:
    invoice = make.make_invoice(client)
    payment = make.make_payment(invoice, gateway="fake", amount=800)
    make.make_payment(invoice, amount=400)
    refund_payment(
        method="credit",
        payment=payment,
        amount=500,
        reason="outage",
        idempotency_key="form",
        ctx=CTX,
    )
    assert balance() == 500
    decide(payment, "lost")
    assert (due(invoice), balance()) == ([("unpaid", 300)], 0)
    decide(payment, "won")
    assert (due(invoice), balance()) == ([("paid", 0)], 500)


def test_past_its_due_date_it_is_overdue(client: Client) -> None:
    payment = paid(client, 2400)
    other = make.make_invoice(client)
    assert other.status == "paid"
    reverse_payment(
        payment=payment, reason="bounced", ctx=Context(make.AT + timedelta(days=40), SYSTEM)
    )
    assert due(other) == [("overdue", TOTAL)]


def test_the_newest_use_comes_first_and_those_before_never(client: Client) -> None:
    add_credit(client=client, currency_code="EUR", amount=TOTAL, note="gift", ctx=CTX)
    before = make.make_invoice(client)
    payment = paid(client, 3 * TOTAL)
    first, second = make.make_invoice(client), make.make_invoice(client)
    decide(payment, "lost", 2 * TOTAL)
    assert due(payment.invoice, second, first, before) == [
        ("unpaid", TOTAL),
        ("unpaid", TOTAL),
        ("paid", 0),
        ("paid", 0),
    ]
    decide(payment, "lost", TOTAL, "another")
    assert due(first, before) == [("unpaid", TOTAL), ("paid", 0)]
    decide(payment, "won")
    assert due(payment.invoice, second, first) == [
        ("paid", 0),
        ("paid", 0),
        ("unpaid", TOTAL),
    ]
    decide(payment, "won", case="another")
    assert due(first) == [("paid", 0)]


def test_credit_that_is_there_goes_first_and_what_is_nowhere_is_a_to_do(client: Client) -> None:
    payment = paid(client, TOTAL + 1000)
    pay_out_credit(client=client, currency_code="EUR", amount=300, reference="bank 1", ctx=CTX)
    other = make.make_invoice(client)
    assert (other.credit_applied, balance()) == (700, 0)
    add_credit(client=client, currency_code="EUR", amount=100, note="gift", ctx=CTX)
    decide(payment, "lost")
    assert (due(other), balance()) == ([("unpaid", TOTAL)], 0)
    [todo] = told()
    assert "2.00 EUR" in todo


def test_added_funds_that_paid_an_invoice(client: Client, provider: FakeProvider) -> None:
    attempt = add_funds(client, 2000)
    provider.pay(attempt.reference or "")
    hear(attempt)
    invoice = make.make_invoice(client)
    payment = Payment.objects.get()
    assert (due(invoice), balance()) == ([("paid", 0)], 800)
    decide(payment, "lost")
    assert (due(invoice), balance(), told()) == ([("unpaid", TOTAL)], 0, [])
    decide(payment, "won")
    assert (due(invoice), balance()) == ([("paid", 0)], 800)


def test_money_for_a_closed_invoice_that_paid_another(client: Client) -> None:
    closed = make.make_invoice(client, status="cancelled")
    payment = make.make_payment(closed, gateway="fake", amount=900)
    other = make.make_invoice(client)
    reverse_payment(payment=payment, reason="bounced", ctx=CTX)
    assert due(closed, other) == [("cancelled", 0), ("unpaid", TOTAL)]


def test_a_note_on_where_it_went_set_it_free_again(client: Client) -> None:
    """What the note took off is credit, or paid what came next: nothing is taken twice."""
    payment = paid(client, 2 * TOTAL)
    other = make.make_invoice(client)
    credit_invoice(invoice=other, amount=500, reason="outage", ctx=CTX)
    third = make.make_invoice(client)
    assert (third.credit_applied, balance()) == (500, 0)
    decide(payment, "lost")
    assert due(payment.invoice, other, third) == [
        ("unpaid", TOTAL),
        ("unpaid", 700),
        ("unpaid", TOTAL),
    ]
    decide(payment, "won")
    assert due(payment.invoice, other, third) == [("paid", 0), ("paid", 0), ("unpaid", 700)]


def test_paid_again_meanwhile_and_then_won(client: Client) -> None:
    """In part on one invoice, whole on the other: what they do not need is credit."""
    payment = paid(client, 2 * TOTAL)
    other = make.make_invoice(client)
    decide(payment, "lost")
    for invoice, amount in ((payment.invoice, TOTAL), (other, 500)):
        invoice.refresh_from_db()
        make.make_payment(invoice, amount=amount)
    decide(payment, "won")
    assert (due(payment.invoice, other), balance()) == ([("paid", 0), ("paid", 0)], TOTAL + 500)
    other.refresh_from_db()
    assert other.credit_applied == 700
    decide(payment, "lost", case="again")
    assert (due(payment.invoice, other), balance()) == ([("paid", 0), ("unpaid", 700)], 0)
    assert told() == []


def test_voided_meanwhile_and_then_won(client: Client) -> None:
    payment = paid(client, 2 * TOTAL)
    other = make.make_invoice(client)
    decide(payment, "lost")
    other.refresh_from_db()
    void_invoice(invoice=other, reason="mistake", ctx=CTX)
    decide(payment, "won")
    assert (due(payment.invoice, other), balance()) == ([("paid", 0), ("cancelled", 0)], TOTAL)


def test_two_payments_that_paid_one_invoice_by_credit(client: Client) -> None:
    mine = [make.make_invoice(client), make.make_invoice(client)]
    first, second = (
        make.make_payment(invoice, gateway="fake", amount=TOTAL + more)
        for invoice, more in zip(mine, (500, 700), strict=True)
    )
    other = make.make_invoice(client)
    assert (other.credit_applied, balance()) == (TOTAL, 0)
    reverse_payment(payment=first, reason="bounced", ctx=CTX)
    assert due(other) == [("unpaid", 500)]
    reverse_payment(payment=second, reason="bounced", ctx=CTX)
    assert (due(other), told()) == ([("unpaid", TOTAL)], [])


def test_won_in_part_credit_is_credit_again_and_not_on_the_invoice(client: Client) -> None:
    """What one dispute had taken from credit settled the invoice that another one still holds open."""
    payment = paid(client, 2 * TOTAL)
    decide(payment, "lost", TOTAL)
    decide(payment, "lost", TOTAL, "another")
    assert (due(payment.invoice), balance()) == ([("unpaid", TOTAL)], 0)
    decide(payment, "won", case="another")
    assert (due(payment.invoice), balance()) == ([("unpaid", TOTAL)], TOTAL)
    decide(payment, "won")
    assert (due(payment.invoice), balance()) == ([("paid", 0)], TOTAL)
