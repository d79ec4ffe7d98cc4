"""Services that were bought and their changes of plan, for tests: orders and requests that are paid."""

from datetime import datetime
from itertools import count
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import PlanOffer, plan_offers
from commerce.billing.models import CreditNote, Invoice, PlanChange
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.product_settings import create_product
from commerce.catalog.models import Product, ProductGroup
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.lifecycle import activate_paid_order
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import CartLine, ProductCartLine
from commerce.payments.actions.plan_change_payments import record_plan_change_payment
from commerce.payments.actions.received_money import ReceivedMoney
from tests.make.people import AT, make_client
from tests.make.records import make_group, make_payment, make_service

_number = count(1)


def rate_from(day: Any, rate_milli: int, kind: str = "all", **over: Any) -> None:
    """A tax rule of Germany from a day on."""
    values = {"country": "DE", "category": "S", "name": "VAT", "product_kind": kind} | over
    add_tax_rule(rate=rate_milli, valid_from=day, ctx=Context(AT, SYSTEM), **values)


def plan(group: ProductGroup, monthly: int, setup: int = 0, **over: int) -> Product:
    """A product of the group at a price by the month, and by other cycles."""
    ctx = Context(AT, SYSTEM)
    product = create_product(name=f"Plan {next(_number)}", group=group, ctx=ctx)
    for cycle, price in {"monthly": monthly, **over}.items():
        set_price(
            product=product,
            currency_code="EUR",
            billing_cycle=cycle,
            price=price,
            setup_fee=setup,
            ctx=ctx,
        )
    return product


def wish(product: Product, qty: int = 1, cycle: str = "monthly") -> ProductCartLine:
    """A line of a cart."""
    return ProductCartLine(product_id=product.pk, billing_cycle=cycle, qty=qty)


def bought(
    *wishes: CartLine,
    client: Client | None = None,
    at: datetime = AT,
    gateway: str = "bank_transfer",
    **over: Any,
) -> list[Service]:
    """The services of an order that was paid, active from that day on."""
    ctx = Context(at, SYSTEM)
    order = place_cart_lines(
        vat_refresh=None,
        cart_lines=wishes,
        client=client or make_client(),
        placed_by=None,
        shown_total=None,
        idempotency_key=f"bought {next(_number)}",
        **over,
        ctx=ctx,
    )
    assert order.invoice is not None
    if order.invoice.amount_due:
        make_payment(order.invoice, at=at, gateway=gateway)
    activate_paid_order(invoice_id=order.invoice.pk, ctx=ctx)
    services = list(Service.objects.filter(order_unit__item__order=order).order_by("pk"))
    for service in services:
        activate_service(service=service, ctx=ctx)
    return services


def offered(service: Service, to: Product, at: datetime = AT, cycle: str = "") -> PlanOffer:
    """What a change costs on a day."""
    service.refresh_from_db()
    cycle = cycle or service.billing_cycle
    [found] = [
        one
        for one in plan_offers(service, at.date())
        if (one.product, one.billing_cycle) == (to, cycle)
    ]
    return found


def ask(
    service: Service, to: Product, at: datetime = AT, cycle: str = "", **over: Any
) -> PlanChange:
    """A change is asked for at the figures that are offered."""
    offer = offered(service, to, at, cycle)
    values = {"expected": offer.totals, "losses_accepted": True} | over
    return actions.request_plan_change(
        vat_refresh=None,
        service=service,
        product_id=to.pk,
        billing_cycle=offer.billing_cycle,
        ctx=Context(at, SYSTEM),
        **values,
    )


def make_open_plan_change(client: Client) -> PlanChange:
    """A request that waits to be paid, of a service of this client."""
    group = make_group()
    small, large = plan(group, 500), plan(group, 900)
    return ask(make_service(client, product=small), large)


def pay_request(change: PlanChange, amount: int, at: datetime = AT) -> Invoice | None:
    """Money comes for a request; the invoice of the change, if that was carried out."""
    row = PlanChange.objects.get(pk=change.pk)
    money = ReceivedMoney(
        gateway="bank_transfer",
        transaction_id=f"transfer {next(_number)}",
        amount=amount,
        currency_code=row.service.currency_id,
        received_on=at.date(),
    )
    record_plan_change_payment(change=row, money=money, ctx=Context(at, SYSTEM))
    change.refresh_from_db()
    return change.invoice


def change(service: Service, to: Product, at: datetime = AT, cycle: str = "") -> PlanChange:
    """Asked for, and paid if it costs something."""
    done = ask(service, to, at, cycle)
    if done.status == "awaiting_payment":
        pay_request(done, done.total or 0, at)
    done.refresh_from_db()
    assert done.status == "applied"
    service.refresh_from_db()
    return done


def notes_of(service: Service) -> list[tuple[str, int, int]]:
    """Kind of the invoice, net and tax of each credit note of a service's client."""
    rows = CreditNote.objects.filter(client=service.client_id).order_by("pk")
    return list(rows.values_list("invoice__kind", "subtotal", "tax_amount"))
