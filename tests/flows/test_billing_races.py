"""Races of billing (invariants.md 4): R3, R4, R8, R16 and one renewal for 20 runs; real threads, on PostgreSQL."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from commerce.billing.actions import (
    add_credit,
    credit_invoice,
    issue_invoice,
    receive,
    renew_client,
    void_invoice,
)
from commerce.billing.models import Claim, CreditAccount, Invoice
from commerce.billing.reading import credit_balance
from commerce.kit.actor import SYSTEM
from tests import make
from tests.flows.test_races import WORKERS, at_once, refusals

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}


def get(invoice: Invoice, n: int, amount: int) -> Any:
    held = Invoice.objects.get(pk=invoice.pk)
    return receive(invoice=held, source=f"payment:{n}", amount=amount, **SAY)


def test_two_payments_of_the_whole_amount_at_once() -> None:
    """R3."""
    invoice = make.make_invoice()
    got = at_once([lambda n=n: get(invoice, n, 1200) for n in range(2)])
    assert sorted((one.booked, one.to_credit) for one in got) == [(0, 1200), (1200, 0)]
    invoice.refresh_from_db()
    assert (invoice.status, credit_balance(invoice.client_id, "EUR")) == ("paid", 1200)


def test_partial_payments_at_once_that_are_more_than_due() -> None:
    """R4: all booked, due 0, the excess is credit."""
    invoice = make.make_invoice()
    at_once([lambda n=n: get(invoice, n, 100) for n in range(WORKERS)])
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("paid", 0)
    assert credit_balance(invoice.client_id, "EUR") == 100 * WORKERS - 1200
    assert sum(invoice.settlement_entries.values_list("amount", flat=True)) == 1200


def test_a_payment_arrives_while_staff_void() -> None:
    """R8: paid and the void refused, or voided and the money is credit."""
    for _ in range(10):
        invoice = make.make_invoice()
        held = Invoice.objects.get(pk=invoice.pk)
        void = {"invoice": held, "reason": "mistake", **SAY}
        got, voided = at_once(
            [lambda i=invoice: get(i, i.pk, 1200), lambda v=void: void_invoice(**v)]
        )
        invoice.refresh_from_db()
        if got.booked:
            assert (invoice.status, refusals([voided])) == ("paid", 1)
        else:
            assert (invoice.status, got.to_credit) == ("cancelled", 1200)


def test_credit_of_one_invoice_for_20_that_are_issued_at_once() -> None:
    """R16."""
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=1200, **SAY)
    drafts = [make.make_draft(client) for _ in range(WORKERS)]
    at_once([lambda d=d: issue_invoice(invoice=d, **SAY) for d in drafts])
    applied = Invoice.objects.values_list("credit_applied", flat=True)
    assert sum(applied) == 1200
    assert CreditAccount.objects.get().balance == 0


def test_credit_notes_at_once_never_exceed_the_invoice() -> None:
    """M11."""
    invoice = make.make_invoice(status="paid")

    def note() -> object:
        held = Invoice.objects.get(pk=invoice.pk)
        return credit_invoice(invoice=held, amount=500, reason="agreed", **SAY)

    assert refusals(at_once([note] * WORKERS)) == WORKERS - 2
    assert sum(invoice.credit_notes.values_list("total", flat=True)) == 1000
    assert credit_balance(invoice.client_id, "EUR") == 1000


def test_one_renewal_for_20_runs() -> None:
    """U5."""
    client = make.make_client()
    make.make_service(client)
    at = make.AT + timedelta(days=23)
    renew = {"client_id": client.pk, "day": at.date(), "at": at, "actor": SYSTEM}
    results = at_once([lambda: renew_client(**renew)] * WORKERS)  # type: ignore[arg-type]
    assert sum(len(one.invoices) for one in results) == 1
    assert Claim.objects.count() == 1
