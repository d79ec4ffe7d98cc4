"""Refunds, disputes and reversals of what was paid for several invoices, or added as funds (payments.md 8 and 9)."""

from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import pay_out_credit
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import CreditNote, Invoice
from commerce.jobs.models import Job
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.disputes import lose_dispute, open_dispute, win_dispute
from commerce.payments.actions.payment_parts import taken_back_from
from commerce.payments.actions.refund_results import apply_refund_report, fail_refund
from commerce.payments.actions.refunds import amount_left, refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.gateways.contract import RefundReport
from commerce.payments.models import Payment, Refund
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_jobs_but_documents
from tests.payments.funds.conftest import CTX, add_funds, due, hear, ledger, pay, several

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


@pytest.fixture
def invoices(client: Client) -> list[Invoice]:
    return several(client, 2, 5)


def paid(invoices: list[Invoice], provider: FakeProvider, amount: int = 2400) -> Payment:
    attempt = pay(invoices)
    provider.pay(attempt.reference or "", amount=amount)
    hear(attempt)
    return Payment.objects.get(attempt=attempt)


def added(client: Client, provider: FakeProvider, amount: int = 2500) -> Payment:
    attempt = add_funds(client, amount)
    provider.pay(attempt.reference or "")
    hear(attempt)
    return Payment.objects.get(attempt=attempt)


def ask(payment: Payment, amount: int, invoice: Invoice | None = None, **over: Any) -> Refund:
    values = {"reason": "asked", "idempotency_key": f"{amount} {invoice}", "ctx": CTX} | over
    return refund_payment(
        method="gateway", payment=payment, amount=amount, invoice=invoice, **values
    )


def test_a_refund_names_the_invoice_and_takes_that_one_back(
    invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider)
    refund = ask(payment, 1200, invoices[0])
    run_jobs_but_documents(at=make.AT)
    refund.refresh_from_db()
    assert (refund.status, refund.invoice, refund.credit_note.invoice) == (  # type: ignore[union-attr]
        "accepted",
        invoices[0],
        invoices[0],
    )
    assert due(invoices) == [("refunded", 0), ("paid", 0)]
    payment.refresh_from_db()
    assert (payment.status, amount_left(payment)) == ("completed", 1200)


def test_the_payment_is_refunded_once_all_its_invoices_were(
    invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider)
    for each in invoices:
        refund_payment(
            method="credit",
            payment=payment,
            amount=1200,
            reason="asked",
            idempotency_key=f"{each}",
            invoice=each,
            ctx=CTX,
        )
    payment.refresh_from_db()
    assert (payment.status, CreditNote.objects.count()) == ("refunded", 2)


def test_a_refund_without_a_name_or_of_more_than_the_share_is_refused(
    client: Client, invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider, amount=1700)
    make.make_payment(invoices[1])
    with pytest.raises(BusinessError, match="Choose one of the invoices"):
        ask(payment, 500)
    with pytest.raises(BusinessError, match="Choose one of the invoices"):
        ask(payment, 500, make.make_invoice(client))
    with pytest.raises(BusinessError, match="up to what is left"):
        ask(payment, 501, invoices[1])
    ask(payment, 500, invoices[1])
    with pytest.raises(BusinessError, match="up to what is left"):
        ask(payment, 1, invoices[1])


def test_a_key_is_of_one_invoice(invoices: list[Invoice], provider: FakeProvider) -> None:
    payment = paid(invoices, provider)
    first = ask(payment, 1200, invoices[0], idempotency_key="k")
    assert ask(payment, 1200, invoices[0], idempotency_key="k") == first
    for other in (invoices[1], None):
        with pytest.raises(BusinessError, match="idempotency key"):
            ask(payment, 1200, other, idempotency_key="k")


def test_a_refund_that_failed_after_it_was_accepted_becomes_credit(
    client: Client, invoices: list[Invoice], provider: FakeProvider
) -> None:
    refund = ask(paid(invoices, provider), 1200, invoices[0])
    run_jobs_but_documents(at=make.AT)
    fail_refund(refund=refund, reason="The card is closed", ctx=CTX)
    assert ledger(client) == [("refund_to_credit", 1200)]


def outside(payment: Payment, amount: int) -> None:
    report = RefundReport("succeeded", payment.transaction_id, "re_1", amount, "EUR")
    for _ in range(2):
        apply_refund_report(gateway="fake", report=report, ctx=CTX)


def test_a_refund_from_outside_is_of_the_invoice_that_has_just_this_left(
    invoices: list[Invoice], provider: FakeProvider
) -> None:
    outside(paid(invoices, provider, amount=1700), 500)
    assert Refund.objects.get().invoice == invoices[1]


def test_a_refund_from_outside_of_all_is_of_each_invoice_and_of_what_became_credit(
    client: Client, invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider, amount=2500)
    outside(payment, 2500)
    rows = Refund.objects.order_by("pk").values_list("invoice", "amount", "status", "reference")
    assert list(rows) == [
        (None, 100, "succeeded", "re_1"),
        (invoices[1].pk, 1200, "succeeded", "re_1#1"),
        (invoices[0].pk, 1200, "succeeded", "re_1#2"),
    ]
    assert (due(invoices), CreditNote.objects.count()) == ([("refunded", 0)] * 2, 2)
    payment.refresh_from_db()
    assert payment.status == "refunded"
    assert ledger(client) == [("overpayment", 100), ("top_up_refund", -100)]
    report = RefundReport("failed", payment.transaction_id, "re_1", 2500, "EUR")
    apply_refund_report(gateway="fake", report=report, ctx=CTX)
    assert credit_balance(client.pk, "EUR") == 2500


def test_a_part_refunded_outside_is_of_the_last_settled_first(
    invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider)
    outside(payment, 1500)
    assert due(invoices) == [("paid", 0), ("refunded", 0)]
    assert (amount_left(payment, invoices[0]), amount_left(payment)) == (900, 900)


def test_the_gateway_is_asked_once_what_became_of_a_refund_of_several(
    invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider)
    report = RefundReport("accepted", payment.transaction_id, "re_1", 2400, "EUR")
    apply_refund_report(gateway="fake", report=report, ctx=CTX)
    assert Job.objects.filter(action="refund.follow").count() == 1


def test_added_funds_go_back_as_far_as_the_credit_is_there(
    client: Client, provider: FakeProvider
) -> None:
    payment = added(client, provider)
    pay_out_credit(client=client, currency_code="EUR", amount=1000, reference="b", ctx=CTX)
    with pytest.raises(BusinessError):
        ask(payment, 1501)
    ask(payment, 1500)
    with pytest.raises(BusinessError):
        ask(payment, 1, idempotency_key="again")
    run_jobs_but_documents(at=make.AT)
    assert ledger(client) == [("top_up", 2500), ("payout", -1000), ("top_up_refund", -1500)]
    assert not CreditNote.objects.exists()


def test_what_was_spent_while_the_gateway_was_asked_is_a_to_do(
    client: Client, provider: FakeProvider
) -> None:
    refund = ask(added(client, provider), 2500)
    pay_out_credit(client=client, currency_code="EUR", amount=1000, reference="b", ctx=CTX)
    run_jobs_but_documents(at=make.AT)
    refund.refresh_from_db()
    assert (refund.status, refund.unrecovered_amount) == ("accepted", 1000)
    assert Job.objects.filter(status="parked", action__contains="recovered").exists()


def test_a_refund_of_added_funds_that_failed_is_credit_again(
    client: Client, provider: FakeProvider
) -> None:
    refund = ask(added(client, provider), 2500)
    run_jobs_but_documents(at=make.AT)
    fail_refund(refund=refund, reason="The card is closed", ctx=CTX)
    assert sum(amount for _reason, amount in ledger(client)) == 2500


def test_added_funds_are_credit_already(client: Client, provider: FakeProvider) -> None:
    with pytest.raises(BusinessError, match="already credit"):
        refund_payment(
            method="credit",
            payment=added(client, provider),
            amount=100,
            reason="x",
            idempotency_key="x",
            ctx=CTX,
        )


def test_a_reversal_opens_all_its_invoices_and_takes_what_became_credit(
    client: Client, invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider, amount=2500)
    taken = reverse_payment(payment=payment, reason="bounced", ctx=CTX)
    assert (taken.reopened, taken.from_credit, taken.short) == (2400, 100, 0)
    assert due(invoices) == [("unpaid", 1200)] * 2
    assert ledger(client) == [("overpayment", 100), ("reversal", -100)]


def test_a_reversal_of_added_funds_that_are_spent_is_a_to_do(
    client: Client, provider: FakeProvider
) -> None:
    payment = added(client, provider)
    pay_out_credit(client=client, currency_code="EUR", amount=1000, reference="b", ctx=CTX)
    taken = reverse_payment(payment=payment, reason="bounced", ctx=CTX)
    assert (taken.reopened, taken.from_credit, taken.short) == (0, 1500, 1000)
    run_jobs_but_documents(at=make.AT)
    assert Job.objects.filter(status="parked", action__contains="recovered").exists()


def test_a_reversal_after_a_refund_takes_only_what_was_left(
    invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider)
    ask(payment, 1200, invoices[1])
    run_jobs_but_documents(at=make.AT)
    payment.refresh_from_db()
    assert reverse_payment(payment=payment, reason="bounced", ctx=CTX).reopened == 1200
    assert due(invoices) == [("unpaid", 1200), ("refunded", 0)]


def test_a_dispute_over_a_part_takes_the_last_settled_first_and_gives_it_back_when_won(
    invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider)
    dispute = open_dispute(payment=payment, reference="dp_1", amount=1500, reason="", ctx=CTX)
    lose_dispute(dispute=dispute, ctx=CTX)
    assert due(invoices) == [("unpaid", 300), ("unpaid", 1200)]
    win_dispute(dispute=dispute, ctx=CTX)
    assert due(invoices) == [("paid", 0)] * 2
    payment.refresh_from_db()
    assert payment.status == "completed"


def test_a_lost_dispute_of_added_funds_that_is_won_gives_the_credit_back(
    client: Client, provider: FakeProvider
) -> None:
    payment = added(client, provider)
    dispute = open_dispute(payment=payment, reference="dp_1", amount=2500, reason="", ctx=CTX)
    lose_dispute(dispute=dispute, ctx=CTX)
    assert ledger(client)[-1] == ("reversal", -2500)
    win_dispute(dispute=dispute, ctx=CTX)
    assert sum(amount for _reason, amount in ledger(client)) == 2500


def test_each_invoice_says_what_of_it_is_gone(
    invoices: list[Invoice], provider: FakeProvider
) -> None:
    payment = paid(invoices, provider)
    dispute = open_dispute(payment=payment, reference="dp_1", amount=500, reason="", ctx=CTX)
    lose_dispute(dispute=dispute, ctx=CTX)
    assert [taken_back_from(payment, each) for each in invoices] == [0, 500]


def test_spent_credit_is_short_only_once_no_invoice_holds_the_rest(
    client: Client, invoices: list[Invoice], provider: FakeProvider
) -> None:
    """Each of two lost disputes asked staff for the same credit, and an invoice stayed paid by money that is gone."""
    payment = paid(invoices, provider, amount=2700)
    pay_out_credit(client=client, currency_code="EUR", amount=300, reference="b", ctx=CTX)
    for name, amount in (("dp_1", 300), ("dp_2", 2400)):
        dispute = open_dispute(payment=payment, reference=name, amount=amount, reason="", ctx=CTX)
        lose_dispute(dispute=dispute, ctx=CTX)
    assert due(invoices) == [("unpaid", 1200)] * 2
    run_jobs_but_documents(at=make.AT)
    assert ["3.00 EUR" in each.error for each in Job.objects.filter(status="parked")] == [True]


def test_a_dispute_of_added_funds_is_told_without_an_invoice(
    client: Client, provider: FakeProvider
) -> None:
    set_setting(key="company.email", value="staff@example.net", ctx=CTX)
    payment = added(client, provider)
    open_dispute(payment=payment, reference="dp_1", amount=2500, reason="", ctx=CTX)
    run_jobs_but_documents(at=make.AT)
    mail = OutgoingMail.objects.get(event="dispute_opened")
    assert mail.subject == "Dispute of €25.00"
    assert "invoice" not in mail.text


def test_what_one_invoice_does_not_hold_any_more_another_one_gives(
    client: Client, invoices: list[Invoice], provider: FakeProvider
) -> None:
    """And the audit log calls nothing short that was taken."""
    payment = paid(invoices, provider)
    say: dict[str, Any] = {"reason": "asked", "idempotency_key": "k", "ctx": CTX}
    refund_payment(method="credit", payment=payment, amount=1200, invoice=invoices[1], **say)
    pay_out_credit(client=client, currency_code="EUR", amount=1200, reference="b", ctx=CTX)
    dispute = open_dispute(payment=payment, reference="dp_1", amount=1200, reason="", ctx=CTX)
    lose_dispute(dispute=dispute, ctx=CTX)
    assert due(invoices) == [("unpaid", 1200), ("refunded", 0)]
    told = AuditEntry.objects.filter(action__in=("invoice.reversed", "payment.taken_from_credit"))
    assert [each.after["short"] for each in told] == [0]
