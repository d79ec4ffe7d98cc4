"""Credit that came from credit notes goes back to the payments behind it, without a further note (payments.md 8)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import CreditAccount, CreditEntry, CreditNote
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.paid_back import pay_back_credit
from commerce.payments.actions.refunds import amount_left, refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.credit.origins import ways_back
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import DisputeReport, RefundReport
from commerce.payments.models import Payment, Refund
from tests import make
from tests.doubles.gateway import FakeGateway, FakeProvider
from tests.make.jobs import run_jobs_but_documents
from tests.payments.funds.conftest import hear, pay, several

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]
CTX = Context(make.AT, SYSTEM)
TOTAL = 1200


@pytest.fixture(autouse=True)
def gateway(provider: FakeProvider) -> FakeProvider:
    return provider


@pytest.fixture
def client() -> Client:
    return make.make_client()


def paid(client: Client, amount: int = TOTAL, **over: Any) -> Payment:
    return make.make_payment(make.make_invoice(client), gateway="fake", amount=amount, **over)


def note(payment: Payment, amount: int) -> CreditNote:
    return credit_invoice(invoice=payment.invoice, amount=amount, reason="downgrade", ctx=CTX)


def back(client: Client, amount: int | None = None, key: str = "k", **over: Any) -> list[Refund]:
    say: dict[str, Any] = {"currency_code": "EUR", "reason": "asked", "ctx": CTX} | over
    return pay_back_credit(client=client, amount=amount, idempotency_key=key, **say)


def ways(client: Client, after: timedelta = timedelta()) -> list[tuple[int, int]]:
    found = ways_back(client.pk, "EUR", make.AT + after)
    return [(way.payment.pk, way.amount) for way in found]


def balance() -> int:
    return sum(CreditAccount.objects.values_list("balance", flat=True))


def test_what_a_note_set_free_goes_back_once(client: Client, gateway: FakeProvider) -> None:
    payment = paid(client)
    note(payment, 500)
    assert ways(client) == [(payment.pk, 500)]
    [refund] = back(client)
    assert back(client) == [refund]
    assert (balance(), ways(client)) == (0, [])
    run_jobs_but_documents(at=make.AT)
    refund.refresh_from_db()
    assert (refund.status, refund.credit_note, refund.is_paid_back) == ("accepted", None, True)
    assert gateway.refunds == {refund.idempotency_key: 500}
    assert CreditNote.objects.count() == 1
    assert CreditEntry.objects.get(reason="paid_back").amount == -500
    assert AuditEntry.objects.filter(action="credit.paid_back", client_id=client.pk).exists()
    run_jobs_but_documents(at=make.AT)
    assert OutgoingMail.objects.filter(event="credit_refunded").exists()


def test_another_key_has_nothing_left_and_the_same_key_is_no_other_sum(client: Client) -> None:
    note(paid(client), 500)
    back(client, 300)
    for amount, key in ((300, "another"), (200, "k")):
        with pytest.raises(BusinessError):
            back(client, amount, key)
    back(client, 200, "another")
    assert Refund.objects.count() == 2


def test_one_that_fails_gives_the_credit_back_and_staff_are_told(
    client: Client, gateway: FakeProvider
) -> None:
    """Before it was accepted, and after that."""
    payment = paid(client)
    note(payment, 500)
    gateway.fails_refunds = True
    [refused] = back(client)
    run_jobs_but_documents(at=make.AT)
    refused.refresh_from_db()
    assert (refused.status, balance(), ways(client)) == ("failed", 500, [(payment.pk, 500)])
    gateway.fails_refunds = False
    [sent] = back(client, key="again")
    run_jobs_but_documents(at=make.AT)
    assert balance() == 0
    report = gateway.refund_report(sent.idempotency_key, "failed")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    assert (balance(), ways(client)) == (500, [(payment.pk, 500)])
    run_jobs_but_documents(at=make.AT)
    told = Job.objects.filter(action="refund.failed", status="parked")
    assert [("credit balance" in job.error) for job in told] == [True, True]


def test_gifts_and_money_that_was_too_much_do_not_go_back_so(client: Client) -> None:
    add_credit(client=client, currency_code="EUR", amount=700, note="gift", ctx=CTX)
    payment = paid(client, 600)
    assert (balance(), ways(client)) == (100, [])
    note(payment, 400)
    assert [amount for _pk, amount in ways(client)] == [400]


def test_what_a_gift_paid_goes_back_to_nobody(client: Client) -> None:
    add_credit(client=client, currency_code="EUR", amount=TOTAL, note="gift", ctx=CTX)
    invoice = make.make_invoice(client)
    assert invoice.status == "paid"
    credit_invoice(invoice=invoice, reason="x", ctx=CTX)
    assert (balance(), ways(client)) == (TOTAL, [])


def test_through_the_payment_that_became_the_credit_which_paid(client: Client) -> None:
    """Too much was paid, that paid the next invoice, and that is credited."""
    payment = paid(client, 2000)
    other = make.make_invoice(client)
    assert other.credit_applied == 800
    second = make.make_payment(other, gateway="fake")
    credit_invoice(invoice=other, reason="x", ctx=CTX)
    assert sorted(ways(client)) == [(payment.pk, 800), (second.pk, 400)]


def test_a_chain_of_notes_goes_back_to_its_first_payment(client: Client) -> None:
    payment = paid(client)
    note(payment, 700)
    for _again in range(3):
        invoice = make.make_invoice(client)
        assert invoice.credit_applied == 700
        credit_invoice(invoice=invoice, reason="x", ctx=CTX)
    assert ways(client) == [(payment.pk, 700)]


def test_what_was_refunded_to_credit_goes_back_and_counts_once(
    client: Client, gateway: FakeProvider
) -> None:
    payment = paid(client)
    refund_payment(
        method="credit", payment=payment, amount=900, reason="x", idempotency_key="c", ctx=CTX
    )
    assert ways(client) == [(payment.pk, 900)]
    back(client, 600)
    assert (ways(client), amount_left(payment)) == ([(payment.pk, 300)], 300)
    run_jobs_but_documents(at=make.AT)
    back(client, key="rest")
    run_jobs_but_documents(at=make.AT)
    assert sum(gateway.refunds.values()) == 900
    payment.refresh_from_db()
    assert (payment.status, amount_left(payment)) == ("completed", 300)
    report = RefundReport("succeeded", payment.transaction_id, "re", 301, "EUR")
    with pytest.raises(BusinessError):
        apply_gateway_report(gateway="fake", report=report, ctx=CTX)


def test_all_of_a_payment_went_back_and_it_is_refunded(client: Client) -> None:
    payment = paid(client)
    note(payment, TOTAL)
    back(client)
    run_jobs_but_documents(at=make.AT)
    payment.refresh_from_db()
    assert (payment.status, amount_left(payment)) == ("refunded", 0)


def test_what_gateways_cannot_take_is_a_payout(client: Client) -> None:
    """Bank transfers never go back so, and payments that are too old do not."""
    by_transfer = make.make_payment(make.make_invoice(client))
    note(by_transfer, 500)
    assert ways(client) == []
    with pytest.raises(BusinessError, match="payout"):
        back(client)
    payment = paid(client)
    note(payment, 300)
    assert ways(client) == [(payment.pk, 300)]
    assert balance() == 800


def test_too_old_and_only_in_full(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = paid(client)
    note(payment, 300)
    can = registry.capabilities_of("fake")
    monkeypatch.setattr(FakeGateway, "capabilities", replace(can, refund_days=180))
    assert ways(client, timedelta(days=181)) == []
    assert ways(client, timedelta(days=180)) == [(payment.pk, 300)]
    monkeypatch.setattr(FakeGateway, "capabilities", replace(can, partial_refund=False))
    assert ways(client) == []
    note(payment, 900)
    assert ways(client) == [(payment.pk, TOTAL)]
    with pytest.raises(BusinessError):
        back(client, 500)
    assert balance() == TOTAL


def test_disputed_and_lost_payments_send_nothing_back(client: Client) -> None:
    payment = paid(client)
    note(payment, 500)
    for state in ("open", "lost"):
        report = DisputeReport(state, payment.transaction_id, "dp", TOTAL, "EUR")
        apply_gateway_report(gateway="fake", report=report, ctx=CTX)
        assert ways(client) == []


def test_credit_of_a_payment_that_is_lost_is_taken_first(client: Client) -> None:
    """The other payment's credit goes back to it all the same."""
    first, second = paid(client), paid(client)
    note(first, 500)
    note(second, 400)
    report = DisputeReport("lost", second.transaction_id, "dp", TOTAL, "EUR")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    assert (balance(), ways(client)) == (500, [(first.pk, 500)])


def test_a_lost_dispute_takes_only_what_did_not_go_back(client: Client) -> None:
    payment = paid(client)
    note(payment, 500)
    back(client)
    run_jobs_but_documents(at=make.AT)
    report = DisputeReport("lost", payment.transaction_id, "dp", TOTAL, "EUR")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    payment.invoice.refresh_from_db()
    assert (payment.invoice.status, payment.invoice.amount_due) == ("unpaid", 700)
    run_jobs_but_documents(at=make.AT)
    [todo] = Job.objects.filter(action="dispute.lost_after_refund", status="parked")
    assert "5.00 EUR" in todo.error


def test_of_a_payment_of_several_the_credited_share(client: Client, gateway: FakeProvider) -> None:
    invoices = several(client, 2, 5)
    attempt = pay(invoices)
    gateway.pay(attempt.reference or "")
    hear(attempt)
    payment = Payment.objects.get()
    credit_invoice(invoice=invoices[1], amount=700, reason="x", ctx=CTX)
    [way] = ways_back(client.pk, "EUR", make.AT)
    assert (way.payment, way.invoice, way.amount) == (payment, invoices[1], 700)
    assert len(back(client)) == 1
    run_jobs_but_documents(at=make.AT)
    report = DisputeReport("lost", payment.transaction_id, "dp", 2 * TOTAL, "EUR")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    for invoice, due in zip(invoices, (TOTAL, 500), strict=True):
        invoice.refresh_from_db()
        assert (invoice.status, invoice.amount_due) == ("unpaid", due)


def test_what_was_spent_does_not_go_back(client: Client) -> None:
    payment = paid(client)
    note(payment, 500)
    invoice = make.make_invoice(client)
    assert (invoice.credit_applied, ways(client)) == (500, [])
    with pytest.raises(BusinessError):
        back(client)
