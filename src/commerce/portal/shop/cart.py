"""`/cart`: what is to be ordered, what it costs now and later, and every change of it by a form (portal.md 2)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from commerce.accounts.models import Client
from commerce.catalog.models import Product
from commerce.catalog.rules import OrderItemAction
from commerce.domains.offers import TldOffer, offers_for_names
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.orders.actions import carts
from commerce.orders.actions.cart_names import set_cart_auth_code, set_cart_privacy
from commerce.orders.cart_lines import DomainCartLine, ProductCartLine
from commerce.orders.errors import ERRORS
from commerce.orders.models import Cart, Order
from commerce.orders.quote import OrderQuote, QuoteLine
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import open_page
from commerce.portal.base.form_fields import (
    PlainTextField,
    WholeNumberField,
    add_business_error,
)
from commerce.portal.base.redirects import see_other
from commerce.portal.shop.product_form import year_choices
from commerce.portal.shop.shopper import HAS_CART_KEY, shopper
from commerce.portal.shop.tampering import TamperProofForm
from commerce.presentation.countries import country_choices
from commerce.site_settings.current import get_setting

MAX_PROMO_TRIES = 20
"""A minute, for each cart, of which a session has one, and for each network address (catalog-and-orders.md 5)."""

RECENTLY_ORDERED = timedelta(days=1)
"""How long an empty cart says what was ordered."""

_WHOLE = ERRORS["cart.qty_out_of_range"]


class QuantityForm(TamperProofForm):
    """How many of an item."""

    restored_fields: ClassVar[tuple[str, ...]] = ("qty",)

    qty = WholeNumberField(
        min_value=1,
        max_value=100,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), _WHOLE),
        widget=forms.NumberInput(attrs={"class": "input-short", "inputmode": "numeric"}),
    )


class YearsForm(TamperProofForm):
    """For how many years a name is registered: what its ending is sold for, and what was chosen before."""

    restored_fields: ClassVar[tuple[str, ...]] = ("years",)

    years = forms.TypedChoiceField(coerce=int, widget=forms.Select(attrs={"class": "input-short"}))

    def __init__(self, *args: Any, offer: TldOffer, chosen: int, **more: Any) -> None:
        super().__init__(*args, **more)
        terms = self.fields["years"]
        assert isinstance(terms, forms.TypedChoiceField)
        terms.choices = year_choices(offer.min_years, offer.max_years)
        if not offer.min_years <= chosen <= offer.max_years:
            terms.choices = [*year_choices(chosen, chosen), *terms.choices]


class AuthCodeForm(TamperProofForm):
    """The authorization code of a transfer; one that was given before is not shown."""

    auth_code = PlainTextField(
        label=_lazy("Authorization code"),
        max_length=255,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class PromoForm(TamperProofForm):
    """A promo code."""

    restored_fields: ClassVar[tuple[str, ...]] = ("promo_code",)

    promo_code = PlainTextField(
        label=_lazy("Promo code"),
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
        "code": code
        or restored_forms.restore_form(PromoForm(), request, reverse("portal:cart_promo")),
        "currency": found.currency_id if found else buyer.currency,
        "is_guest": buyer.client is None,
        "blocked_reason": buyer.blocked_reason,
        "may_change": buyer.acting is None or buyer.acting.may_change("orders.place"),
        "single": single_unit_products(quote) if quote else set(),
        "shopping_url": shopping_url(entries),
        "currencies": buyer.currencies_on_sale,
        "countries": country_choices(),
        "country": buyer.country(),
        "ordered": recently_ordered(buyer.client) if buyer.client and not entries else None,
    }
    return render(request, "portal/shop/cart.html", context, status=422 if wrong or code else 200)


def shopping_url(entries: Sequence[QuoteLine]) -> str:
    """Where more can be chosen: the search for names beside names alone, where there is one, otherwise the store."""
    only_names = bool(entries) and not any(entry.cart_line.product_id for entry in entries)
    return "/domains" if only_names and get_setting("portal.show_domain_search") else "/store"


def recently_ordered(client: Client, *, cart_id: int = 0) -> Order | None:
    """The order of this cart of the client, or of the last one that was ordered within a day."""
    carts = Cart.objects.for_client(client).that_were_ordered()
    since = clock.now() - RECENTLY_ORDERED
    rows = carts.filter(pk=cart_id) if cart_id else carts.filter(changed_at__gt=since)
    found = rows.select_related("order__invoice").first()
    return found.order if found else None


def _rows(
    request: HttpRequest,
    entries: Sequence[QuoteLine],
    currency: str,
    wrong: dict[int, QuantityForm],
) -> list[tuple[QuoteLine, QuantityForm | None, YearsForm | None, bool]]:
    """Each entry with its form, of the quantity or of the years of a registration, and whether its holder can be
    hidden.
    """
    lines = [each.cart_line for each in entries]
    names = [line.domain for line in lines if isinstance(line, DomainCartLine)]
    sold = offers_for_names(names, currency) if names else {}
    return [
        (
            each,
            _quantity(request, each, wrong),
            _years(request, each, sold),
            isinstance(each.cart_line, DomainCartLine)
            and each.cart_line.domain in sold
            and sold[each.cart_line.domain].privacy_available,
        )
        for each in entries
    ]


def _years(
    request: HttpRequest, entry: QuoteLine, sold: Mapping[str, TldOffer]
) -> YearsForm | None:
    """The form of a registration whose ending is sold for several terms, or for others than the chosen one."""
    line = entry.cart_line
    if (
        not isinstance(line, DomainCartLine)
        or line.action != OrderItemAction.REGISTER
        or line.domain not in sold
    ):
        return None
    offer = sold[line.domain]
    if offer.min_years == offer.max_years == line.years:
        return None
    fresh = YearsForm(
        offer=offer,
        chosen=line.years,
        initial={"years": line.years},
        auto_id=f"%s-{line.cart_item_id}",
    )
    return restored_forms.restore_form(
        fresh, request, reverse("portal:cart_item", args=[line.cart_item_id])
    )


def _quantity(
    request: HttpRequest, entry: QuoteLine, wrong: dict[int, QuantityForm]
) -> QuantityForm | None:
    """The form of an item; a domain name has none."""
    line = entry.cart_line
    if not isinstance(line, ProductCartLine):
        return None
    fresh = QuantityForm(initial={"qty": line.qty}, auto_id=f"%s-{line.cart_item_id}")
    path = reverse("portal:cart_item", args=[line.cart_item_id])
    return wrong.get(line.cart_item_id) or restored_forms.restore_form(fresh, request, path)


def single_unit_products(quote: OrderQuote) -> set[int]:
    """Ids of the products of a quote of which an item is one unit, for its domain name."""
    lines = [entry.cart_line for entry in quote.entries]
    ids = {line.product_id for line in lines if isinstance(line, ProductCartLine)}
    return set(Product.objects.filter(pk__in=ids, require_domain=True).values_list("pk", flat=True))


@sensitive_post_parameters("auth_code")
@require_POST
@open_page("orders.place")
@restored_forms.restores(QuantityForm, YearsForm)
def cart_item(request: HttpRequest, pk: int) -> HttpResponse:
    """`/cart/items/{id}`: another quantity or term, or out of the cart. An item of another cart is none of this one."""
    found = shopper(request).cart()
    if found is None:
        return see_other("portal:cart")
    form = QuantityForm(request.POST, auto_id=f"%s-{pk}")
    try:
        if "remove" in request.POST:
            carts.remove_cart_item(cart=found, item_id=pk, at=clock.now())
        elif "auth_code" in request.POST:
            _save_code(request, found, pk)
        elif "privacy" in request.POST:
            enabled = "whois_privacy" in request.POST
            set_cart_privacy(cart=found, item_id=pk, enabled=enabled, at=clock.now())
        elif "years" in request.POST:
            typed = request.POST["years"]
            years = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 3 else 0
            carts.change_cart_term(cart=found, item_id=pk, years=years, at=clock.now())
        else:
            # What is no number is none that an item can have: the action says what else is in the way.
            qty = form.cleaned_data["qty"] if form.is_valid() else 0
            carts.change_cart_quantity(cart=found, item_id=pk, qty=qty, at=clock.now())
    except BusinessError as error:
        if found.items.filter(pk=pk, product__isnull=False).exists() and error.field == "qty":
            if form.is_valid():
                form.add_error("qty", str(error))
            return _page(request, {pk: form})
        messages.error(request, str(error))
    return see_other("portal:cart")


def _save_code(request: HttpRequest, cart: Cart, pk: int) -> None:
    form = AuthCodeForm(request.POST)
    if not form.is_valid():
        raise BusinessError("cart.code_not_valid", field="auth_code")
    code = form.cleaned_data["auth_code"]
    set_cart_auth_code(cart=cart, item_id=pk, auth_code=code, at=clock.now())
    messages.success(request, _("Authorization code saved."))


@require_POST
@open_page("orders.place")
@restored_forms.restores(PromoForm)
def cart_promo(request: HttpRequest) -> HttpResponse:
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
        carts.set_cart_promo(cart=found, code=code, at=clock.now())
    except BusinessError as error:
        if error.field != "promo_code":
            messages.error(request, str(error))
            return see_other("portal:cart")
        add_business_error(form, error)
        return _page(request, code=form)
    if code:
        messages.success(request, _("Promo code applied."))
    return see_other(_back(request))


def _back(request: HttpRequest) -> str:
    return "/checkout" if request.POST.get("next") == "/checkout" else "/cart"


def _count_try(request: HttpRequest, cart: Cart) -> None:
    keys = (f"cart:{cart.pk}", throttles.network_key(request))
    throttles.count_attempt(
        [throttles.ThrottleLimit(f"promo:{key}", MAX_PROMO_TRIES, 60) for key in keys]
    )


@require_POST
@open_page("orders.place")
def cart_confirm_currency(request: HttpRequest) -> HttpResponse:
    """`/cart/confirm-currency`: the person has seen that the cart is in the client's currency now."""
    found: Cart | None = shopper(request).cart()
    if found is not None:
        carts.confirm_cart_currency(cart=found, at=clock.now())
    return see_other(_back(request))
