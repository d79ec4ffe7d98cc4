"""Placing an order from items whose price is settled already: history, imports and tests (catalog-and-orders.md 8)."""

from collections.abc import Sequence

from django.db import transaction

from commerce.accounts.models import Client, User
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, LineTax
from commerce.catalog.models import Price, Product
from commerce.catalog.rules import ProductStatus
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.orders.actions.creation import OrderRequest, create_order
from commerce.orders.models import Order
from commerce.orders.rules import OrderLine, OrderOption, ProductOrderLine


def product_order_line(
    *,
    product: Product,
    billing_cycle: str,
    currency_code: str,
    qty: int = 1,
    options: Sequence[OrderOption] = (),
    discount: int = 0,
    promo_code: str = "",
    discount_recurs: bool = False,
    domain: str = "",
    tax: LineTax = OUTSIDE_SCOPE,
) -> ProductOrderLine:
    """An item at the price that the catalogue has today, less a promo ``discount`` of each unit.

    Raises ``BusinessError`` when the product is not offered so.
    """
    row = Price.objects.filter(
        product=product, currency_id=currency_code, billing_cycle=billing_cycle
    ).first()
    if row is None or product.status == ProductStatus.RETIRED:
        raise BusinessError(
            "order.product_not_offered",
            product=product.name,
            billing_cycle=billing_cycle,
            currency=currency_code,
        )
    return ProductOrderLine(
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
        tax_kind=product.effective_tax_kind,
    )


@transaction.atomic
def place_priced_order(
    *,
    client: Client,
    placed_by: User | None,
    lines: Sequence[OrderLine],
    currency_code: str,
    idempotency_key: str,
    ctx: Context,
    promo_code: str = "",
    with_invoice: bool = True,
    address: str | None = None,
    user_agent: str = "",
) -> Order:
    """A pending order with its services, domains and issued invoice; a free one becomes active at once.

    The same one-time ``idempotency_key`` again gives the same order. ``invoiced=False`` is for staff. Raises
    ``BusinessError`` when the client may not order, a domain is live here already, or the discounts exceed what they
    discount.
    """
    request = OrderRequest(
        client=Client.objects.select_for_update(no_key=True).get(pk=client.pk),
        placed_by=placed_by,
        currency_code=currency_code,
        idempotency_key=idempotency_key,
        ctx=ctx,
        promo_code=promo_code,
        with_invoice=with_invoice,
        address=address,
        user_agent=user_agent,
    )
    return request.existing_order() or create_order(request, lines)
