"""A request that asks for 20.00 and is to be paid by the fake gateway, a saved card or a transfer."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.models import CreditEntry, PlanChange, SettlementEntry
from commerce.catalog.models import Product
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.payments import start_payment
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt, Payment
from tests import make
from tests.doubles.gateway import FakeProvider, fake_gateway_on
from tests.make.payments import switch_on_bank_transfer

TENTH = make.AT + timedelta(days=10)
"""20 of the 30 days of the period are left; the renewal is issued 13 days later."""
CTX = Context(TENTH, SYSTEM)
ASKED = 2000
BACK = "https://shop.example/{}".format


@pytest.fixture
def provider(db: None) -> Iterator[FakeProvider]:
    with fake_gateway_on() as provider:
        yield provider


@pytest.fixture
def service(db: None) -> Service:
    """Small at 30.00 a month, in a group with Large at 60.00."""
    return make_upgradable()


def make_upgradable(client: Any = None, name: str = "") -> Service:
    group = make.make_group(name=f"Plans {name}")
    small = make.make_product(
        name=f"Small {name}".strip(), group=group, prices=[("EUR", "monthly", 3000)]
    )
    prices = [("EUR", "monthly", 6000), ("EUR", "annually", 60_000)]
    make.make_product(name=f"Large {name}".strip(), group=group, prices=prices)
    return make.make_service(client, product=small, amount=3000)


@pytest.fixture
def change(service: Service) -> PlanChange:
    return ask(service)


@pytest.fixture
def transfers(db: None) -> None:
    switch_on_bank_transfer()


def ask(service: Service, *, at: datetime = TENTH, use_credit: bool = False) -> PlanChange:
    """Small shall be Large."""
    large = Product.objects.get(name__startswith="Large", group=service.product.group)
    [offer] = [
        one
        for one in plan_offers(service, at.date())
        if (one.product, one.billing_cycle) == (large, "monthly")
    ]
    return actions.request_plan_change(
        vat_refresh=None,
        service=service,
        product_id=large.pk,
        billing_cycle="monthly",
        expected=offer.totals,
        use_credit=use_credit,
        ctx=Context(at, SYSTEM),
    )


def start(change: PlanChange, gateway: str = "fake", at: datetime = TENTH, **how: Any) -> Attempt:
    return start_payment.start_payment_of_plan_change(
        change=PlanChange.objects.get(pk=change.pk),
        gateway=gateway,
        created_by=None,
        return_url=BACK,
        ctx=Context(at, SYSTEM),
        **how,
    )[0]


def hear(attempt: Attempt, at: datetime = TENTH) -> None:
    """The gateway tells what became of an attempt."""
    report = registry.get_gateway("fake").fetch(attempt.reference or "")
    apply_payment_report(gateway="fake", report=report, ctx=Context(at, SYSTEM))
    attempt.refresh_from_db()


def receive(change: PlanChange, amount: int = ASKED, at: datetime = TENTH, **how: Any) -> Payment:
    """Staff record what came by transfer."""
    from commerce.payments.actions.manual import record_manual_plan_change_payment

    return record_manual_plan_change_payment(
        change=PlanChange.objects.get(pk=change.pk),
        **{
            "amount": amount,
            "method": "bank_transfer",
            "received_on": at.date(),
            "idempotency_key": f"form {change.pk} {amount} {at}",
            "confirmed": frozenset({"amount", "reference"}),
            "ctx": Context(at, SYSTEM),
            **how,
        },
    )


def stands(change: PlanChange) -> tuple[str, str | None]:
    """State of the request, and of its invoice."""
    row = PlanChange.objects.select_related("invoice").get(pk=change.pk)
    return row.status, row.invoice.status if row.invoice else None


def ledger(change: PlanChange) -> list[tuple[str, int]]:
    rows = CreditEntry.objects.filter(account__client=change.client).order_by("pk")
    return list(rows.values_list("reason", "amount"))


def settled(change: PlanChange) -> list[tuple[str, int]]:
    rows = SettlementEntry.objects.filter(invoice__plan_change=change).order_by("pk")
    return list(rows.values_list("kind", "amount"))
