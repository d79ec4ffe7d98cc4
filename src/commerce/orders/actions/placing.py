"""Placing an order from items whose price is settled already: history, imports and tests (catalog-and-orders.md 8)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from commerce.accounts.models import Client, User
from commerce.billing.rules import OUTSIDE_SCOPE, Tax
from commerce.catalog.models import Price, Product
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.orders.actions.writing import Placing, write_order
from commerce.orders.models import Order
from commerce.orders.rules import Item, Option, ProductItem


def product_item(
    *,
    product: Product,
    billing_cycle: str,
    currency_code: str,
    qty: int = 1,
    options: Sequence[Option] = (),
    discount: int = 0,
    promo_code: str = "",
    discount_recurs: bool = False,
    domain: str = "",
    tax: Tax = OUTSIDE_SCOPE,
) -> ProductItem:
    """An item at the price that the catalogue has today, less a promo ``discount`` of each unit.

    Raises ``Refused`` when the product is not offered so.
    """
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
        promo_discounts=(discount,) * qty if discount else (),
        promo_code=promo_code,
        promo_recurs=discount_recurs,
        domain=domain,
        tax=tax,
        tax_kind=product.taxed_as,
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
    placing = Placing(
        client=Client.objects.select_for_update(no_key=True).get(pk=client.pk),
        placed_by=placed_by,
        currency_code=currency_code,
        key=key,
        at=at,
        actor=actor,
        promo_code=promo_code,
        invoiced=invoiced,
        address=address,
        user_agent=user_agent,
    )
    return placing.known_order() or write_order(placing, items)
