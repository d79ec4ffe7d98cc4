"""The migration that tells lines of invoices which product they billed."""

from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.invoices.actions.drafts import draft_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import Invoice, InvoiceLine, PlanChange
from commerce.catalog.models import Product
from commerce.db.triggers import allow_retention
from commerce.hosting.actions.pricing import change_service_plan
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.records import VAT, make_domain_item, make_item
from tests.make.renewals import renew_services_of

migration = import_module("commerce.orders.migrations.0003_products_of_invoice_lines")
pytestmark = pytest.mark.django_db
MONTH = timedelta(days=31)


def tell() -> None:
    migration.tell_products(apps, SimpleNamespace(connection=connection))


def told() -> Mapping[int, int | None]:
    return dict(InvoiceLine.objects.values_list("pk", "product_id"))


def forget() -> None:
    """As an older release left the lines."""
    with allow_retention():
        InvoiceLine.objects.update(product=None)


def plan(name: str) -> Product:
    return make.make_product(name=name, prices=[("EUR", "monthly", 30_00)])


def change_plan(service: Service, product: Product, days: int) -> Invoice:
    """An upgrade as older releases billed it: the charge, and the unused part off it."""
    ctx = Context(make.AT + timedelta(days=days), SYSTEM)
    lines = [
        DraftLine("Plan change", 40_00, VAT, kind="plan_change", product_id=product.pk),
        DraftLine("Unused", -20_00, VAT, kind="plan_change", product_id=service.product_id),
    ]
    invoice = draft_invoice(
        client=service.client,
        kind="plan_change",
        currency_code="EUR",
        lines=lines,
        billed_services=[service.pk],
        ctx=ctx,
    )
    issue_invoice(vat_refresh=None, invoice=invoice, ctx=ctx)
    PlanChange.objects.create(
        client=service.client,
        service=service,
        product=product,
        billing_cycle="monthly",
        amount=30_00,
        credit=20_00,
        charge=40_00,
        invoice=invoice,
        status=PlanChangeStatus.APPLIED,
        created_at=ctx.at,
        ended_at=ctx.at,
    )
    change_service_plan(
        service=service,
        product=product,
        billing_cycle="monthly",
        amount=30_00,
        options=[],
        price_parts={},
        ctx=ctx,
    )
    make.make_payment(invoice, at=ctx.at)
    return invoice


def history(*, with_order: bool) -> Service:
    """Small, renewed, then Big, renewed, then Huge, renewed."""
    small, big, huge = plan("Small"), plan("Big"), plan("Huge")
    if with_order:
        items = [
            make_domain_item(),
            make_item(product=small, qty=2, discount=1_00),
            make_item(product=big),
        ]
        order = make.make_order(status="active", items=items)
        service = Service.objects.filter(product=small, client=order.client).earliest("pk")
        activate_service(service=service, ctx=Context(make.AT, SYSTEM))
    else:
        service = make.make_service(product=small, amount=30_00)
    days = 0
    for product in (None, big, huge):
        if product is not None:
            change_plan(service, product, days + 1)
        days += 31
        at = make.AT + timedelta(days=days)
        for pk in renew_services_of(service.client, at).invoices:
            make.make_payment(Invoice.objects.get(pk=pk), at=at)
    return service


@pytest.mark.parametrize("with_order", [True, False])
def test_each_line_is_told_what_it_said_when_it_was_written(*, with_order: bool) -> None:
    history(with_order=with_order)
    before = told()
    names = [
        *InvoiceLine.objects.filter(invoice__kind="renewal").values_list("product__name", flat=True)
    ]
    assert {"Small", "Big", "Huge"} <= set(names)
    forget()
    tell()
    assert told() == before


def test_what_nobody_knows_is_not_guessed() -> None:
    """Two products of the name that the service had before its first change, and no order."""
    service = history(with_order=False)
    make.make_product(name="Small", slug="small-again")
    manual = make.make_invoice(service.client)
    before = told()
    forget()
    tell()
    small = Product.objects.filter(name="Small").earliest("pk").pk
    assert told() == {pk: None if product == small else product for pk, product in before.items()}
    assert None in before.values()
    assert manual.lines.get().product_id is None


def test_killed_it_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    history(with_order=True)
    before = told()
    forget()
    monkeypatch.setattr(migration, "AT_ONCE", 2)
    tell_of, bites = migration._tell, list[int]()

    def killed(*given: object) -> None:
        tell_of(*given)
        bites.append(1)
        if len(bites) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(migration, "_tell", killed)
    with pytest.raises(KeyboardInterrupt):
        tell()
    assert 0 < sum(product is not None for product in told().values()) < len(before)
    assert not migration.Migration.atomic
    tell()
    assert told() == before
