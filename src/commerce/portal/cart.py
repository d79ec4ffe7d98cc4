"""`/cart`: what is to be ordered, what it costs now and later, and every change of it by a form (portal.md 2)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commerce.accounts.countries import COUNTRIES
from commerce.catalog.models import Product
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.orders.actions import carts
from commerce.orders.models import Cart
from commerce.orders.quoting import OrderQuote
from commerce.orders.wishes import ProductWish
from commerce.portal import throttles
from commerce.portal.answers import see_other
from commerce.portal.shopping import HAS_CART_KEY, shopper

PROMO_TRIES = 20
"""A minute, for each cart, of which a session has one, and for each network address (catalog-and-orders.md 5)."""


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """The items, discounts, tax and totals; an item that cannot be ordered any more says why."""
    buyer = shopper(request)
    found = buyer.cart()
    quote = carts.quote_cart(found, at=clock.now()) if found else None
    if quote and quote.entries and not request.session.get(HAS_CART_KEY):
        request.session[HAS_CART_KEY] = True
    context: dict[str, Any] = {
        "cart": found,
        "quote": quote,
        "currency": found.currency_id if found else buyer.currency,
        "is_guest": buyer.client is None,
        "hindrance": buyer.hindrance,
        "single": _single(quote),
        "currencies": buyer.on_sale,
        "countries": sorted(COUNTRIES.items(), key=lambda pair: str(pair[1])),
        "country": buyer.country(),
    }
    return render(request, "portal/cart.html", context)


def _single(quote: OrderQuote | None) -> set[int]:
    """Products of which an item is one unit, for its domain name."""
    wishes = [entry.wish for entry in quote.entries] if quote else []
    ids = {wish.product_id for wish in wishes if isinstance(wish, ProductWish)}
    return set(Product.objects.filter(pk__in=ids, require_domain=True).values_list("pk", flat=True))


@require_POST
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """`/cart/items/{id}`: another quantity, or out of the cart. An item of another cart is none of this one."""
    found = shopper(request).cart()
    if found is None:
        return see_other("portal:cart")
    try:
        if "remove" in request.POST:
            carts.remove_item(cart=found, item_id=pk, at=clock.now())
        else:
            typed = request.POST.get("qty", "")
            number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 0
            carts.change_item(cart=found, item_id=pk, qty=number, at=clock.now())
    except Refused as refused:
        messages.error(request, str(refused))
    return see_other("portal:cart")


@require_POST
def promo(request: HttpRequest) -> HttpResponse:
    """`/cart/promo`: a promo code, or none; one that does not fit says why."""
    found, back = shopper(request).cart(), _back(request)
    if found is None:
        return see_other(back)
    code = "" if "remove" in request.POST else request.POST.get("code", "")
    if code.strip():
        _count_try(request, found)
    try:
        carts.set_promo(cart=found, code=code, at=clock.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        if code.strip():
            messages.success(request, _("The promo code is applied."))
    return see_other(back)


def _back(request: HttpRequest) -> str:
    return "/checkout" if request.POST.get("next") == "/checkout" else "/cart"


def _count_try(request: HttpRequest, cart: Cart) -> None:
    keys = (f"cart:{cart.pk}", throttles.network(request))
    throttles.count([throttles.Limit(f"promo:{key}", PROMO_TRIES, 60) for key in keys])


@require_POST
def confirm_currency(request: HttpRequest) -> HttpResponse:
    """`/cart/confirm-currency`: the person has seen that the cart is in the client's currency now."""
    found: Cart | None = shopper(request).cart()
    if found is not None:
        carts.confirm_currency(cart=found, at=clock.now())
    return see_other(_back(request))
