"""Races and replays of invariants.md 4, as far as they exist: real threads, on PostgreSQL."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.models import Invoice, SettlementEntry
from commerce.billing.tax.rules import VatAsked
from commerce.domains.models import Domain
from commerce.hosting.actions.states import cancel_service, suspend_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.orders.models import Order
from commerce.payments.models import Payment
from tests import make

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
WORKERS = 20


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run all at the same moment, each with a connection of its own; a refusal is a result like any other."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            ready.wait(30)
            return act()
        except BusinessError as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refusals(results: list[Any]) -> int:
    return sum(isinstance(result, BusinessError) for result in results)


class ChangedMind(Exception):
    """What makes a transaction roll back after its invoice had a number."""


def test_50_invoices_issued_at_once_some_rolled_back_have_numbers_without_gap() -> None:
    """R9, M14."""
    drafts = [make.make_draft() for _ in range(50)]

    def issue(n: int) -> None:
        try:
            with transaction.atomic():
                issue_invoice(
                    invoice=drafts[n],
                    vat=VatAsked(drafts[n].client_id),
                    ctx=Context(make.AT, SYSTEM),
                )
                if n % 5 == 0:
                    raise ChangedMind
        except ChangedMind:
            pass

    at_once([lambda n=n: issue(n) for n in range(50)])
    numbers = Invoice.objects.exclude(number=None).order_by("number")
    assert list(numbers.values_list("number", flat=True)) == [f"INV-{n:04d}" for n in range(1, 41)]


def test_one_payment_reported_by_20_at_once_is_one_booking() -> None:
    """R1, U1: webhook, return page, poll and staff."""
    invoice = make.make_invoice()
    results = at_once(
        [
            lambda: make.make_payment(
                Invoice.objects.get(pk=invoice.pk), transaction_id="pi_1", amount=1200
            )
        ]
        * WORKERS
    )
    assert {result.pk for result in results} == {Payment.objects.get().pk}
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("paid", 0)
    assert SettlementEntry.objects.count() == 1


def test_one_transaction_for_invoices_of_20_clients_pays_one() -> None:
    """U1: they hold no lock in common, so that the constraint decides."""
    invoices = [make.make_invoice() for _ in range(WORKERS)]
    results = at_once(
        [lambda i=i: make.make_payment(i, transaction_id="pi_1", amount=1200) for i in invoices]
    )
    assert refusals(results) == WORKERS - 1
    assert Payment.objects.count() == SettlementEntry.objects.count() == 1
    states = Counter(Invoice.objects.values_list("status", flat=True))
    assert states == {"paid": 1, "unpaid": WORKERS - 1}


def test_an_order_form_sent_20_times_at_once_is_one_order() -> None:
    """R14, U8."""
    client, item = make.make_client(), make.make_item()
    results = at_once(
        [lambda: make.make_order(client, items=[item], idempotency_key="form-1")] * WORKERS
    )
    assert {result.pk for result in results} == {Order.objects.get().pk}
    assert Invoice.objects.count() == Service.objects.count() == 1


def test_20_clients_order_the_same_domain_at_once() -> None:
    """R26: one live row; to the others it is gone, and nothing of their orders stays."""
    clients = [make.make_client() for _ in range(WORKERS)]
    item = make.make_domain_item(domain="acme.example")
    results = at_once([lambda c=c: make.make_order(c, items=[item]) for c in clients])
    assert refusals(results) == WORKERS - 1
    assert Domain.objects.count() == Order.objects.count() == Invoice.objects.count() == 1
    assert Invoice.objects.get().number == "INV-0001"


def test_of_two_moves_of_one_service_one_counts() -> None:
    service = make.make_service()
    later = make.AT + timedelta(days=1)
    ctx = Context(later, SYSTEM)
    at_once(
        [lambda: cancel_service(service=Service.objects.get(pk=service.pk), ctx=ctx)] * 10
        + [
            lambda: suspend_service(
                service=Service.objects.get(pk=service.pk), suspension_reason="staff", ctx=ctx
            )
        ]
        * 10
    )
    service.refresh_from_db()
    assert service.status == "cancelled"
    assert service.next_due_date is None


def test_each_change_raises_the_revision_by_itself() -> None:
    """No raise is lost, though all read the same number first."""
    client = make.make_client()
    services = [make.make_service(client) for _ in range(WORKERS)]
    client.refresh_from_db()
    ctx = Context(make.AT, SYSTEM)
    at_once([lambda s=s: cancel_service(service=s, ctx=ctx) for s in services])
    before = client.revision
    client.refresh_from_db()
    assert client.revision == before + WORKERS
