"""Placing an order: items, services, domains and invoice in one transaction (catalog-and-orders.md 7 and 8)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.accounts.models import Client, User
from commerce.audit.actions import record
from commerce.billing.actions import draft_invoice, issue_invoice
from commerce.billing.models import Invoice
from commerce.billing.rules import OUTSIDE_SCOPE, Tax, price
from commerce.catalog.models import Price, Product
from commerce.domains.actions import create_domain
from commerce.hosting.actions import create_service
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.orders import rules
from commerce.orders.actions.states import activate_order
from commerce.orders.models import Order, OrderItem, OrderUnit
from commerce.orders.rules import DomainItem, Item, Option, ProductItem


def product_item(
    *,
    product: Product,
    billing_cycle: str,
    currency_code: str,
    qty: int = 1,
    options: Sequence[Option] = (),
    discount: int = 0,
    discount_name: str = "",
    discount_recurs: bool = False,
    domain: str = "",
    tax: Tax = OUTSIDE_SCOPE,
) -> ProductItem:
    """An item at the price that the catalogue has today; raises ``Refused`` when the product is not offered so."""
    row = Price.objects.filter(
        product=product, currency_id=currency_code, billing_cycle=billing_cycle
    ).first()
    if row is None or product.status == Product.Status.RETIRED:
        raise Refused(f"{product.name} is not offered {billing_cycle} in {currency_code}.")
    return ProductItem(
        product_id=product.pk,
        product_name=product.name,
        billing_cycle=billing_cycle,
        base=row.price,
        setup_fee=row.setup_fee,
        qty=qty,
        options=tuple(options),
        discount=discount,
        discount_name=discount_name,
        discount_recurs=discount_recurs,
        domain=domain,
        tax=tax,
    )


@transaction.atomic
def place_order(
    *,
    client: Client,
    placed_by: User | None,
    items: Sequence[Item],
    currency_code: str,
    key: str,
    at: datetime,
    actor: Actor,
    promo_code: str = "",
    invoiced: bool = True,
    address: str | None = None,
    user_agent: str = "",
) -> Order:
    """A pending order with its services, domains and issued invoice; a free one becomes active at once.

    The same one-time ``key`` again gives the same order. ``invoiced=False`` is for staff. Raises ``Refused`` when the
    client may not order, a domain is live here already, or the discounts exceed what they discount.
    """
    client = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    if known := Order.objects.filter(key=key).first():
        if known.client_id != client.pk:
            raise Refused("This order form was used already.")
        return known
    if client.status != Client.Status.ACTIVE:
        raise Refused(f"This client is {client.status} and cannot order.")
    if not items:
        raise Refused("An order needs at least one item.")
    touch(client.pk)
    invoice = _draft(client, items, currency_code, at, actor) if invoiced else None
    order = Order.objects.create(
        client=client,
        placed_by=placed_by,
        currency_id=currency_code,
        promo_code=promo_code,
        invoice=invoice,
        key=key,
        address=address,
        user_agent=user_agent[:500],
        created_at=at,
        changed_at=at,
        **_figures(items),
    )
    record(
        at=at,
        actor=actor,
        action="order.placed",
        record=("order", order.pk),
        name=order.number,
        client_id=client.pk,
        after={"total": order.total, "currency": currency_code},
    )
    for position, item in enumerate(items, start=1):
        _add(order, position, item, at, actor)
    if invoice is not None:
        issue_invoice(invoice=invoice, at=at, actor=actor)
        if invoice.status == Invoice.Status.PAID:
            activate_order(order=order, at=at, actor=actor)
    return order


def _draft(
    client: Client, items: Sequence[Item], currency_code: str, at: datetime, actor: Actor
) -> Invoice:
    return draft_invoice(
        client=client,
        kind=Invoice.Kind.ORDER,
        currency_code=currency_code,
        lines=rules.lines(items),
        at=at,
        actor=actor,
    )


def _figures(items: Sequence[Item]) -> dict[str, int]:
    """Subtotal, discount, tax and total of an order: the same as those of its invoice (M7)."""
    priced = price(rules.lines(items))
    return {
        "subtotal": rules.subtotal(items),
        "discount": rules.discount(items),
        "tax_amount": priced.tax,
        "total": priced.total,
    }


def _add(order: Order, position: int, item: Item, at: datetime, actor: Actor) -> None:
    """Write one item, and a service for each of its units or the one domain of a domain item."""
    row = OrderItem.objects.create(
        order=order,
        position=position,
        action=item.action if isinstance(item, DomainItem) else OrderItem.Action.PRODUCT,
        product_id=item.product_id,
        product_name=item.product_name,
        billing_cycle=item.billing_cycle,
        qty=item.qty,
        unit_amount=item.unit_amount,
        setup_fee=item.setup_fee,
        options=[asdict(option) for option in item.options],
        domain=item.domain,
    )
    if isinstance(item, DomainItem):
        _make_domain(order, row, item, at, actor)
    else:
        _make_services(order, row, item, at, actor)


def _make_domain(
    order: Order, row: OrderItem, item: DomainItem, at: datetime, actor: Actor
) -> None:
    domain = create_domain(
        client=order.client,
        domain_name=item.domain,
        term_years=item.years,
        recurring_amount=item.renewal * item.years,
        currency_code=order.currency_id,
        nameservers=item.nameservers,
        auto_renew=item.auto_renew,
        whois_privacy=item.whois_privacy,
        at=at,
        actor=actor,
    )
    OrderUnit.objects.create(item=row, number=1, domain=domain)


def _make_services(
    order: Order, row: OrderItem, item: ProductItem, at: datetime, actor: Actor
) -> None:
    product = Product.objects.get(pk=item.product_id)
    for number in range(1, item.qty + 1):
        service = create_service(
            client=order.client,
            product=product,
            billing_cycle=item.billing_cycle,
            amount=item.recurring,
            currency_code=order.currency_id,
            domain=item.domain,
            options=row.options,
            at=at,
            actor=actor,
        )
        OrderUnit.objects.create(item=row, number=number, service=service)
