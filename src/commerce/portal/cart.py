"""`/cart`: what is to be ordered, what it costs now and later, and every change of it by a form (portal.md 2)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commerce.accounts.countries import COUNTRIES
from commerce.catalog.models import Currency
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.orders.actions import carts
from commerce.orders.models import Cart
from commerce.portal import throttles
from commerce.portal.answers import see_other
from commerce.portal.shopping import shopper

PROMO_TRIES = 20
"""A minute, for each session and for each network address (catalog-and-orders.md 5)."""


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """The items, discounts, tax and totals; an item that cannot be ordered any more says why."""
    buyer = shopper(request)
    found = buyer.cart()
    quote = carts.quote_cart(found, at=clock.now()) if found else None
    if found and quote and quote.promo_problem:
        messages.warning(request, quote.promo_problem)
    context: dict[str, Any] = {
        "cart": found,
        "quote": quote,
        "currency": found.currency_id if found else buyer.currency(),
        "is_guest": buyer.client is None,
        "may_order": buyer.may_order,
        "currencies": list(Currency.objects.on_sale().order_by("code")),
        "countries": sorted(COUNTRIES.items(), key=lambda pair: str(pair[1])),
        "country": buyer.country(),
    }
    return render(request, "portal/cart.html", context)


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
    found = shopper(request).cart()
    if found is None:
        return see_other("portal:cart")
    code = "" if "remove" in request.POST else request.POST.get("code", "")
    if code.strip():
        _count_try(request)
    try:
        carts.set_promo(cart=found, code=code, at=clock.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        if code.strip():
            messages.success(request, _("The promo code counts."))
    return see_other("portal:cart")


def _count_try(request: HttpRequest) -> None:
    if not request.session.session_key:
        request.session.create()
    keys = (request.session.session_key, throttles.network(request))
    throttles.count([throttles.Limit(f"promo:{key}", PROMO_TRIES, 60) for key in keys])


@require_POST
def confirm_currency(request: HttpRequest) -> HttpResponse:
    """`/cart/confirm-currency`: the person has seen that the cart is in the client's currency now."""
    found: Cart | None = shopper(request).cart()
    if found is not None:
        carts.confirm_currency(cart=found, at=clock.now())
    return see_other("portal:cart")
