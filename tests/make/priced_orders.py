"""Orders at prices that a test settles itself, written as checkout writes them: no catalog and no tax rules."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client, User
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, LineTax, price_lines
from commerce.billing.tax.rules import Taxation
from commerce.catalog.models import Price, Product, PromoCode
from commerce.catalog.quote import ChosenOption
from commerce.catalog.rules import PromoCodeKind
from commerce.kit.context import Context
from commerce.orders.actions.creation import OrderRequest, create_order
from commerce.orders.models import Order
from commerce.orders.order_lines import OrderLine, ProductOrderLine, invoice_lines
from commerce.orders.quote import OrderQuote

UNTAXED = Taxation(
    tax_of_all_lines=OUTSIDE_SCOPE,
    by_kind={},
    tax_without_rule=OUTSIDE_SCOPE,
    home={},
    prices_include_tax=False,
    evidence={},
)
"""The lines say themselves how they are taxed."""


def product_order_line(
    *,
    product: Product,
    billing_cycle: str,
    currency_code: str,
    qty: int = 1,
    options: Sequence[ChosenOption] = (),
    discount: int = 0,
    promo_code: str = "",
    discount_recurs: bool = False,
    domain: str = "",
    tax: LineTax = OUTSIDE_SCOPE,
) -> ProductOrderLine:
    """A line at the price that the catalog has today, less a promo ``discount`` of each unit."""
    row = Price.objects.get(product=product, currency_id=currency_code, billing_cycle=billing_cycle)
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


def quote_of_lines(lines: Sequence[OrderLine], currency_code: str) -> OrderQuote:
    """What these lines cost together."""
    return OrderQuote(
        currency_code=currency_code,
        entries=(),
        order_lines=tuple(lines),
        priced_invoice=price_lines(invoice_lines(lines)),
        taxation=UNTAXED,
        products=Product.objects.in_bulk(
            [line.product_id for line in lines if isinstance(line, ProductOrderLine)]
        ),
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
    """A pending order with its services, domains and issued invoice; a free one becomes active at once."""
    request = OrderRequest(
        vat_refresh=None,
        client=bump_revision(client.pk, ctx),
        placed_by=placed_by,
        currency_code=currency_code,
        idempotency_key=idempotency_key,
        ctx=ctx,
        promo_code=promo_code,
        with_invoice=with_invoice,
        address=address,
        user_agent=user_agent,
    )
    quote = quote_of_lines(lines, currency_code)
    if promo_code:
        kind = {"kind": PromoCodeKind.FIXED}
        promo, _ = PromoCode.objects.get_or_create(code=promo_code, defaults=kind)
        quote = replace(quote, promo=promo)
    return request.existing_order() or create_order(request, quote)
