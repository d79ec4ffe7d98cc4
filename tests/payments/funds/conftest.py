"""Invoices that are paid together, and funds that are added, through the fake gateway."""

from collections.abc import Sequence

import pytest

from commerce.accounts.models import Client
from commerce.billing.models import CreditEntry, Invoice
from commerce.catalog.models import Currency
from commerce.kit.context import SYSTEM, Context
from commerce.payments import start_payment
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt
from tests import make

CTX = Context(make.AT, SYSTEM)
BACK = "https://shop.example/{}".format


@pytest.fixture
def client() -> Client:
    """A client of an installation whose default currency is EUR; of USD no rate is known."""
    Currency.objects.filter(pk="USD").update(is_default=False)
    Currency.objects.filter(pk="EUR").update(is_default=True)
    return make.make_client()


def several(client: Client, *days: int) -> list[Invoice]:
    """An invoice of 12.00 due on each of these days of May."""
    first = make.AT.date().replace(month=5)
    return [make.make_invoice(client, due_date=first.replace(day=day)) for day in days]


def pay(invoices: Sequence[Invoice]) -> Attempt:
    """Start to pay these together."""
    fresh = [Invoice.objects.get(pk=each.pk) for each in invoices]
    return start_payment.start_payment_of_invoices(
        invoices=fresh, gateway="fake", created_by=None, return_url=BACK, ctx=CTX
    )[0]


def add_funds(client: Client, amount: int, code: str = "EUR") -> Attempt:
    return start_payment.start_adding_funds(
        client=client,
        currency_code=code,
        amount=amount,
        gateway="fake",
        created_by=None,
        return_url=BACK,
        ctx=CTX,
    )[0]


def hear(attempt: Attempt) -> None:
    """The gateway tells what became of an attempt."""
    report = registry.get_gateway("fake").fetch(attempt.reference or "")
    apply_payment_report(gateway="fake", report=report, ctx=CTX)
    attempt.refresh_from_db()


def due(invoices: Sequence[Invoice]) -> list[tuple[str, int]]:
    rows = Invoice.objects.filter(pk__in=[each.pk for each in invoices]).order_by("pk")
    return list(rows.values_list("status", "amount_due"))


def ledger(client: Client) -> list[tuple[str, int]]:
    rows = CreditEntry.objects.filter(account__client=client).order_by("pk")
    return list(rows.values_list("reason", "amount"))
