"""Races of billing (invariants.md 4): R16, credit notes, one renewal for 20 runs; real threads, on PostgreSQL."""

from datetime import timedelta

import pytest
from django.db import connection

from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import BilledPeriod, CreditAccount, Invoice
from commerce.billing.periods.actions.renewals import renew_services
from commerce.billing.tax.rules import VatAsked
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.flows.test_races import WORKERS, at_once, refusals

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
CTX = Context(make.AT, SYSTEM)


def test_credit_of_one_invoice_for_20_that_are_issued_at_once() -> None:
    """R16."""
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=1200, ctx=CTX)
    drafts = [make.make_draft(client) for _ in range(WORKERS)]
    at_once(
        [lambda d=d: issue_invoice(invoice=d, vat=VatAsked(d.client_id), ctx=CTX) for d in drafts]
    )
    applied = Invoice.objects.values_list("credit_applied", flat=True)
    assert sum(applied) == 1200
    assert CreditAccount.objects.get().balance == 0


def test_credit_notes_at_once_never_exceed_the_invoice() -> None:
    """M11."""
    invoice = make.make_invoice(status="paid")

    def note() -> object:
        held = Invoice.objects.get(pk=invoice.pk)
        return credit_invoice(invoice=held, amount=500, reason="agreed", ctx=CTX)

    assert refusals(at_once([note] * WORKERS)) == WORKERS - 2
    assert sum(invoice.credit_notes.values_list("total", flat=True)) == 1000
    assert credit_balance(invoice.client_id, "EUR") == 1000


def test_one_renewal_for_20_runs() -> None:
    """U5."""
    client = make.make_client()
    make.make_service(client)
    at = make.AT + timedelta(days=23)
    renew = {"client_id": client.pk, "day": at.date(), "ctx": Context(at, SYSTEM)}
    results = at_once([lambda: renew_services(**renew)] * WORKERS)  # type: ignore[arg-type]
    assert sum(len(one.invoices) for one in results) == 1
    assert BilledPeriod.objects.count() == 1
