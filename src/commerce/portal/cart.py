"""`/cart`: what is to be ordered, what it costs now and later, and every change of it by a form (portal.md 2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST, require_safe

from commerce.accounts.countries import COUNTRIES
from commerce.catalog.models import Product
from commerce.domains.offers import Offer, offers_for
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.orders.actions import carts
from commerce.orders.models import Cart
from commerce.orders.quoting import Entry, OrderQuote
from commerce.orders.wishes import DomainWish, ProductWish
from commerce.portal import kept, refusals, throttles
from commerce.portal.access import open_page
from commerce.portal.answers import see_other
from commerce.portal.priceless import PricelessForm
from commerce.portal.shopping import HAS_CART_KEY, shopper
from commerce.portal.store_forms import years_from
from commerce.portal.typed_fields import Text, WholeNumber

PROMO_TRIES = 20
"""A minute, for each cart, of which a session has one, and for each network address (catalog-and-orders.md 5)."""

_WHOLE = later("The quantity is a whole number from 1 to 100.")


class QuantityForm(PricelessForm):
    """How many of an item."""

    qty = WholeNumber(
        min_value=1,
        max_value=100,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), _WHOLE),
        widget=forms.NumberInput(attrs={"class": "input-short", "inputmode": "numeric"}),
    )


class YearsForm(PricelessForm):
    """For how many years a name is registered: what its ending is sold for, and what was wished before."""

    years = forms.TypedChoiceField(coerce=int, widget=forms.Select(attrs={"class": "input-short"}))

    def __init__(self, *args: Any, offer: Offer, chosen: int, **more: Any) -> None:
        super().__init__(*args, **more)
        terms = self.fields["years"]
        assert isinstance(terms, forms.TypedChoiceField)
        terms.choices = years_from(offer.min_years, offer.max_years)
        if not offer.min_years <= chosen <= offer.max_years:
            terms.choices = [*years_from(chosen, chosen), *terms.choices]


class PromoForm(PricelessForm):
    """A promo code."""

    promo_code = Text(
        label=later("Promo code"),
        max_length=50,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """The items, discounts, tax and totals; an item that cannot be ordered any more says why."""
    return _page(request)


def _page(
    request: HttpRequest,
    wrong: dict[int, QuantityForm] | None = None,
    code: PromoForm | None = None,
) -> HttpResponse:
    """The cart, with forms that were not good: ``wrong`` by item, ``code`` for the promo code."""
    buyer = shopper(request)
    found = buyer.cart()
    quote = carts.quote_cart(found, at=clock.now()) if found else None
    entries = quote.entries if quote else ()
    if entries and not request.session.get(HAS_CART_KEY):
        request.session[HAS_CART_KEY] = True
    context: dict[str, Any] = {
        "cart": found,
        "quote": quote,
        "rows": _rows(request, entries, found.currency_id if found else "", wrong or {}),
        "code": code or kept.fill(PromoForm(), request, reverse("portal:cart_promo")),
        "currency": found.currency_id if found else buyer.currency,
        "is_guest": buyer.client is None,
        "hindrance": buyer.hindrance,
        "may_change": buyer.acting is None or buyer.acting.may_change("orders.place"),
        "single": _single(quote),
        "currencies": buyer.on_sale,
        "countries": sorted(COUNTRIES.items(), key=lambda pair: str(pair[1])),
        "country": buyer.country(),
    }
    return render(request, "portal/cart.html", context, status=422 if wrong or code else 200)


def _rows(
    request: HttpRequest, entries: Sequence[Entry], currency: str, wrong: dict[int, QuantityForm]
) -> list[tuple[Entry, QuantityForm | None, YearsForm | None]]:
    """Each entry with its form: of the quantity, or of the years of a registration."""
    names = [
        each.wish.domain
        for each in entries
        if isinstance(each.wish, DomainWish) and each.wish.action == "register"
    ]
    sold = offers_for(names, currency) if names else {}
    return [
        (each, _quantity(request, each, wrong), _years(request, each, sold)) for each in entries
    ]


def _years(request: HttpRequest, entry: Entry, sold: Mapping[str, Offer]) -> YearsForm | None:
    """The form of a registration whose ending is sold for several terms, or for others than the one wished."""
    wish = entry.wish
    if not isinstance(wish, DomainWish) or wish.action != "register" or wish.domain not in sold:
        return None
    offer = sold[wish.domain]
    if offer.min_years == offer.max_years == wish.years:
        return None
    say = {"initial": {"years": wish.years}, "auto_id": f"%s-{wish.key}"}
    fresh = YearsForm(offer=offer, chosen=wish.years, **say)
    return kept.fill(fresh, request, reverse("portal:cart_item", args=[wish.key]))


def _quantity(
    request: HttpRequest, entry: Entry, wrong: dict[int, QuantityForm]
) -> QuantityForm | None:
    """The form of an item; a domain name has none."""
    wish = entry.wish
    if not isinstance(wish, ProductWish):
        return None
    fresh = QuantityForm(initial={"qty": wish.qty}, auto_id=f"%s-{wish.key}")
    path = reverse("portal:cart_item", args=[wish.key])
    return wrong.get(wish.key) or kept.fill(fresh, request, path)


def _single(quote: OrderQuote | None) -> set[int]:
    """Products of which an item is one unit, for its domain name."""
    wishes = [entry.wish for entry in quote.entries] if quote else []
    ids = {wish.product_id for wish in wishes if isinstance(wish, ProductWish)}
    return set(Product.objects.filter(pk__in=ids, require_domain=True).values_list("pk", flat=True))


@require_POST
@open_page("orders.place")
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """`/cart/items/{id}`: another quantity or term, or out of the cart. An item of another cart is none of this one."""
    found = shopper(request).cart()
    if found is None:
        return see_other("portal:cart")
    form = QuantityForm(request.POST, auto_id=f"%s-{pk}")
    try:
        if "remove" in request.POST:
            carts.remove_item(cart=found, item_id=pk, at=clock.now())
        elif "years" in request.POST:
            typed = request.POST["years"]
            years = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 3 else 0
            carts.change_term(cart=found, item_id=pk, years=years, at=clock.now())
        else:
            # What is no number is none that an item can have: the action says what else is in the way.
            qty = form.cleaned_data["qty"] if form.is_valid() else 0
            carts.change_item(cart=found, item_id=pk, qty=qty, at=clock.now())
    except Refused as refused:
        if found.items.filter(pk=pk, product__isnull=False).exists() and refused.field == "qty":
            if form.is_valid():
                form.add_error("qty", str(refused))
            return _page(request, {pk: form})
        messages.error(request, str(refused))
    return see_other("portal:cart")


@require_POST
@open_page("orders.place")
def promo(request: HttpRequest) -> HttpResponse:
    """`/cart/promo`: a promo code, or none; one that does not fit says why, and is out of the cart."""
    found = shopper(request).cart()
    if found is None:
        return see_other(_back(request))
    form = PromoForm(request.POST)
    removes = "remove" in request.POST
    if not removes:
        if not form.is_valid():
            return _page(request, code=form)
        _count_try(request, found)
    try:
        code = "" if removes else form.cleaned_data["promo_code"]
        carts.set_promo(cart=found, code=code, at=clock.now())
    except Refused as refused:
        if refused.field != "promo_code":
            messages.error(request, str(refused))
            return see_other("portal:cart")
        refusals.show(form, refused)
        return _page(request, code=form)
    if code:
        messages.success(request, _("The promo code is applied."))
    return see_other(_back(request))


def _back(request: HttpRequest) -> str:
    return "/checkout" if request.POST.get("next") == "/checkout" else "/cart"


def _count_try(request: HttpRequest, cart: Cart) -> None:
    keys = (f"cart:{cart.pk}", throttles.network(request))
    throttles.count([throttles.Limit(f"promo:{key}", PROMO_TRIES, 60) for key in keys])


@require_POST
@open_page("orders.place")
def confirm_currency(request: HttpRequest) -> HttpResponse:
    """`/cart/confirm-currency`: the person has seen that the cart is in the client's currency now."""
    found: Cart | None = shopper(request).cart()
    if found is not None:
        carts.confirm_currency(cart=found, at=clock.now())
    return see_other(_back(request))
