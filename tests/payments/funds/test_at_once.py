"""Races over several invoices and added funds with real threads on PostgreSQL (invariants.md 4: R1, R3, R17)."""

import pytest
from django.db import connection

from commerce.accounts.models import Client
from commerce.billing.models import CreditAccount, Invoice
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt, Payment, PaymentShare
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.flows.test_races import WORKERS, at_once, refusals
from tests.payments.funds.conftest import CTX, add_funds, due, hear, ledger, pay, several

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]


def told(attempt: Attempt) -> None:
    report = registry.get_gateway("fake").fetch(attempt.reference or "")
    apply_payment_report(gateway="fake", report=report, ctx=CTX)


def test_two_sessions_start_to_pay_the_same_list(client: Client, provider: FakeProvider) -> None:
    """One attempt, one session at the gateway, however often the button is pressed."""
    invoices = several(client, 2, 5, 8)
    results = at_once([lambda: pay(invoices)] * WORKERS)
    assert {each.pk for each in results if isinstance(each, Attempt)} == {Attempt.objects.get().pk}
    assert len(provider.sessions) == 1


def test_r1_the_same_success_from_all_sides_is_one_payment(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5, 8)
    attempt = pay(invoices)
    provider.pay(attempt.reference or "")
    results = at_once([lambda: told(attempt)] * WORKERS)
    assert (refusals(results), Payment.objects.count(), PaymentShare.objects.count()) == (0, 1, 3)
    assert (due(invoices), ledger(client)) == ([("paid", 0)] * 3, [])


def test_r3_one_of_them_is_paid_by_transfer_at_the_same_moment(provider: FakeProvider) -> None:
    """Whichever is first settles it; what the other no longer finds is credit."""
    for n in range(4):
        client = make.make_client()
        invoices = several(client, 2, 5)
        attempt = pay(invoices)
        provider.pay(attempt.reference or "")

        def transfer(invoice: Invoice = invoices[0], n: int = n) -> Payment:
            row = Invoice.objects.get(pk=invoice.pk)
            return make.make_payment(row, transaction_id=f"t{n}", amount=1200)

        acts = [transfer, lambda a=attempt: told(a)]
        at_once((acts if n % 2 else acts[::-1]) * (WORKERS // 2))
        assert due(invoices) == [("paid", 0)] * 2
        assert CreditAccount.objects.get(client=client).balance == 1200


def test_funds_told_by_all_sides_are_credit_once(client: Client, provider: FakeProvider) -> None:
    attempt = add_funds(client, 2500)
    provider.pay(attempt.reference or "")
    at_once([lambda: told(attempt)] * WORKERS)
    assert ledger(client) == [("top_up", 2500)]


def test_r17_refunds_of_one_share_at_once_never_exceed_it(
    client: Client, provider: FakeProvider
) -> None:
    invoices = several(client, 2, 5)
    attempt = pay(invoices)
    provider.pay(attempt.reference or "")
    hear(attempt)
    payment = Payment.objects.get()
    results = at_once(
        [
            lambda n=n: refund_payment(
                method="gateway",
                payment=payment,
                amount=700,
                reason="asked",
                idempotency_key=f"k{n}",
                invoice=invoices[n % 2],
                ctx=CTX,
            )
            for n in range(WORKERS)
        ]
    )
    assert refusals(results) == WORKERS - 2
