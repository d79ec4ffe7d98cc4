"""Several invoices paid at once: one attempt, one payment, oldest due date first (payments.md 9)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import Invoice, SettlementEntry
from commerce.billing.periods.actions.dunning import stop_invoice
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.actions.shared_attempts import start_attempt_for_invoices
from commerce.payments.gateways.contract import PaymentReport
from commerce.payments.models import Attempt, Payment, PaymentShare, UnallocatedPayment
from commerce.payments.start_payment import payment_request
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_jobs_but_documents
from tests.make.payments import switch_on_bank_transfer
from tests.payments.funds.conftest import CTX, due, hear, ledger, pay, several
from tests.payments.test_redirect import begin as pay_alone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


def shares(attempt: Attempt) -> list[tuple[int, int]]:
    rows = PaymentShare.objects.filter(payment__attempt=attempt).order_by("pk")
    return list(rows.values_list("invoice", "amount"))


def test_one_attempt_over_the_sum_is_bound_to_the_list(client: Client) -> None:
    invoices = several(client, 8, 2, 5)
    attempt = pay(invoices)
    assert (attempt.amount, attempt.purpose, attempt.invoice) == (3600, "invoices", None)
    assert [each.pk for each in attempt.invoices()] == [invoices[i].pk for i in (1, 2, 0)]


def test_what_arrives_settles_them_all_with_one_payment(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 8, 2)
    attempt = pay(invoices)
    provider.pay(attempt.reference or "")
    for _ in range(3):
        hear(attempt)
    payment = Payment.objects.get()
    assert (payment.amount, payment.invoice, payment.attempt) == (2400, None, attempt)
    assert due(invoices) == [("paid", 0)] * 2
    assert (attempt.status, ledger(client)) == ("succeeded", [])
    assert SettlementEntry.objects.filter(kind="payment").count() == 2


def test_less_than_the_sum_goes_to_the_oldest_due_date_first(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 8, 2, 5)
    attempt = pay(invoices)
    provider.pay(attempt.reference or "", amount=1700)
    hear(attempt)
    assert due(invoices) == [("unpaid", 1200), ("paid", 0), ("unpaid", 700)]
    assert shares(attempt) == [(invoices[1].pk, 1200), (invoices[2].pk, 500)]


def test_more_than_the_sum_is_an_overpayment(client: Client, provider: FakeProvider) -> None:
    invoices = several(client, 2, 5)
    attempt = pay(invoices)
    provider.pay(attempt.reference or "", amount=2500)
    hear(attempt)
    assert (due(invoices), ledger(client)) == ([("paid", 0)] * 2, [("overpayment", 100)])


def test_what_was_paid_meanwhile_becomes_credit(client: Client, provider: FakeProvider) -> None:
    invoices = several(client, 2, 5)
    attempt = pay(invoices)
    make.make_payment(invoices[0])
    provider.pay(attempt.reference or "")
    hear(attempt)
    assert due(invoices) == [("paid", 0)] * 2
    assert ledger(client) == [("late_payment", 1200)]
    assert shares(attempt) == [(invoices[1].pk, 1200)]


def test_all_of_it_is_credit_when_all_were_closed_meanwhile(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5)
    attempt = pay(invoices)
    make.make_payment(invoices[0])
    void_invoice(invoice=invoices[1], reason="mistake", ctx=CTX)
    provider.pay(attempt.reference or "")
    hear(attempt)
    assert (ledger(client), shares(attempt)) == ([("late_payment", 2400)], [])


def test_another_currency_is_kept_unallocated_and_says_for_what_it_came(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5)
    attempt = pay(invoices)
    provider.pay(attempt.reference or "", currency="USD")
    hear(attempt)
    kept = UnallocatedPayment.objects.get()
    assert (kept.reason, kept.invoice, attempt.status) == ("currency", None, "failed")
    assert all(str(each) in kept.note for each in invoices)
    assert due(invoices) == [("unpaid", 1200)] * 2


def test_the_same_list_again_uses_the_live_attempt(client: Client) -> None:
    invoices = several(client, 2, 5)
    assert pay(invoices) == pay(invoices[::-1])
    assert Attempt.objects.count() == 1


def test_another_list_closes_the_attempt_at_the_gateway_first(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5, 8)
    old = pay(invoices)
    new = pay(invoices[:2])
    old.refresh_from_db()
    assert (old.status, new.status, new.amount) == ("closed", "open", 2400)


def test_a_list_of_the_same_sum_is_another_list(client: Client) -> None:
    """Money for one must not settle the other."""
    invoices = several(client, 2, 5, 8)
    first, second = pay(invoices[:2]), pay(invoices[1:])
    assert (first.amount, first.pk == second.pk) == (second.amount, False)


def test_an_old_attempt_that_was_paid_is_booked_in_place_of_a_new_one(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5, 8)
    old = pay(invoices[:2])
    provider.pay(old.reference or "")
    assert pay(invoices) == old
    assert due(invoices) == [("paid", 0), ("paid", 0), ("unpaid", 1200)]


@pytest.mark.parametrize("closed", ["paid", "cancelled", "stopped"])
def test_an_invoice_that_cannot_be_paid_is_refused(client: Client, closed: str) -> None:
    invoices = several(client, 2, 5)
    if closed == "stopped":
        stop_invoice(invoice=invoices[0], ctx=Context(make.AT, SYSTEM))
    else:
        invoices[0] = make.make_invoice(client, closed)
    with pytest.raises(StateConflict):
        pay(invoices)
    assert not Attempt.objects.exists()


def test_invoices_of_two_clients_or_currencies_are_refused(client: Client) -> None:
    other = make.make_invoice(make.make_client())
    for pair in ([several(client, 2)[0], other], []):
        with pytest.raises(BusinessError, match="one client"):
            begin(pair)


def begin(invoices: list[Invoice], **over: Any) -> Attempt:
    values = {"gateway": "fake", "created_by": None, "ctx": CTX} | over
    return start_attempt_for_invoices(invoices=invoices, **values)


def test_a_bank_transfer_is_not_offered(client: Client) -> None:
    """One reference cannot say what it is for."""
    switch_on_bank_transfer()
    with pytest.raises(BusinessError, match="isn't available"):
        begin(several(client, 2, 5), gateway="bank_transfer")


def test_the_gateway_is_told_all_numbers_and_no_single_reference(client: Client) -> None:
    invoices = several(client, 2, 5)
    request = payment_request(pay(invoices))
    assert request.invoice_number == f"{invoices[0].number}, {invoices[1].number}"
    assert request.payment_reference == ""


def test_it_is_closed_at_the_gateway_once_one_of_them_was_paid_otherwise(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5)
    attempt = pay(invoices)
    make.make_payment(invoices[1])
    run_jobs_but_documents(at=make.AT)
    attempt.refresh_from_db()
    assert (attempt.status, provider.sessions[attempt.reference or ""].state) == (
        "closed",
        "closed",
    )


def test_a_single_attempt_is_closed_once_its_invoice_was_paid_with_others(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5)
    alone = pay_alone(invoices[0])[0]
    attempt = pay(invoices)
    provider.pay(attempt.reference or "")
    hear(attempt)
    run_jobs_but_documents(at=make.AT)
    alone.refresh_from_db()
    assert alone.status == "closed"


def test_money_that_comes_after_it_expired_is_booked(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5)
    attempt = pay(invoices)
    later = Context(make.AT + timedelta(hours=2), SYSTEM)
    assert expire_attempts(ctx=later) == 1
    provider.pay(attempt.reference or "")
    hear(attempt)
    assert (attempt.status, due(invoices)) == ("succeeded", [("paid", 0)] * 2)


def test_a_second_transaction_of_one_attempt_is_a_payment_of_its_own(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5)
    attempt = pay(invoices)
    for transaction in ("t1", "t2"):
        report = PaymentReport("paid", attempt.reference or "", transaction, 2400, "EUR")
        apply_payment_report(gateway="fake", report=report, ctx=CTX)
    assert Payment.objects.count() == 2
    assert (due(invoices), ledger(client)) == ([("paid", 0)] * 2, [("late_payment", 2400)])
