"""What a buyer chooses of a product, in the store and again in the cart: its form and what the choice costs."""

from dataclasses import replace

from django.http import QueryDict

from commerce.catalog.models import Product
from commerce.catalog.offers import product_options
from commerce.domains.offers import offer_for_name, tld_offers
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.orders.cart_lines import DomainCartLine, ProductCartLine
from commerce.orders.models import CartItem
from commerce.orders.quote import OrderQuote, quote_order
from commerce.portal.shop.product_form import ProductForm
from commerce.portal.shop.shopper import Shopper
from commerce.portal.shop.storefront import StoreProduct
from commerce.site_settings.current import business_date


def product_form(
    buyer: Shopper,
    item: StoreProduct,
    *,
    sent: QueryDict | None,
    typed: QueryDict | None,
    sells_names: bool = True,
) -> ProductForm:
    """The form as it was ``sent`` to order, or ``typed`` to see the price, or as it is at first.

    ``sells_names``: whether a domain name can be registered or transferred beside the product.
    """
    found = item.product
    names = sells_names and "domain" in ProductForm.fields_of(found)
    tlds = tld_offers(buyer.currency).values() if names else ()
    return ProductForm(
        sent,
        typed=typed,
        product=found,
        prices=item.prices,
        options=buyer.price_display().options(
            found,
            item.catalog_prices,
            product_options([found.pk], buyer.currency).get(found.pk, ()),
        ),
        currency=buyer.currency,
        endings=[one for one in tlds if one.is_sold("register")],
    )


def estimated_quote(buyer: Shopper, found: Product, form: ProductForm) -> OrderQuote | None:
    """What the chosen options cost, for this buyer, today."""
    line = ProductCartLine(
        product_id=found.pk,
        billing_cycle=form.cycle(),
        options=tuple(form.picked().items()),
        qty=form.quantity(),
        domain="example.com" if found.require_domain else "",
    )
    try:
        return quote_order(
            [*_typed_name(buyer, form), line],
            currency_code=buyer.currency,
            on=business_date(clock.now()),
            client=buyer.client,
            country="" if buyer.client else buyer.country(),
        )
    except BusinessError:
        return None


def _typed_name(buyer: Shopper, form: ProductForm) -> list[DomainCartLine]:
    """The name that would be registered or transferred beside the product; none while it can't be sold so."""
    typed = form.typed_name()
    offer = offer_for_name(typed.domain, buyer.currency) if typed else None
    if typed is None or offer is None or not offer.is_sold(typed.action):
        return []
    return [typed if typed.years else replace(typed, years=offer.min_years)]


def choice_of_item(item: CartItem) -> QueryDict:
    """What was chosen of a product in the cart, as its form would send it."""
    found = QueryDict(mutable=True)
    found.update({"billing_cycle": item.billing_cycle, "qty": str(item.qty), "domain": item.domain})
    for option, value in item.options.items():
        # A box that is not ticked is not sent.
        if value:
            found[f"option-{option}"] = str(value)
    return found
