"""`/`, `/store`, `/store/{slug}`: what is sold at which prices, and the form that fills the cart (portal.md 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.accounts.locale import enabled_languages
from commerce.catalog.models import Product, ProductGroup, ProductPicture, Stock
from commerce.catalog.offers import (
    StartingPrice,
    UnitPrice,
    price_list,
    product_options,
    starting_price,
)
from commerce.catalog.rules import OrderItemAction
from commerce.domains.offers import tld_offers
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.orders.actions import carts
from commerce.orders.cart_lines import ProductCartLine
from commerce.orders.models import Cart
from commerce.orders.quote import OrderQuote, quote_order
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import denied_response, open_page
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.redirects import path_on_this_site, see_other
from commerce.portal.shop.product_form import ProductForm
from commerce.portal.shop.shopper import Shopper, shopper
from commerce.presentation.countries import COUNTRY_CODES
from commerce.site_settings import current

FEW_LEFT = 10
"""Below this the store says how many are left."""


@dataclass(frozen=True, slots=True)
class StoreProduct:
    """A product as the store lists it; ``left`` is None for unlimited stock."""

    product: Product
    prices: Mapping[str, UnitPrice]
    starting: StartingPrice | None
    left: int | None

    @property
    def is_scarce(self) -> bool:
        return self.left is not None and 0 < self.left < FEW_LEFT

    @property
    def sold_out(self) -> bool:
        return self.left == 0


def _shown(products: list[Product], currency: str, group_id: int | None) -> list[StoreProduct]:
    ids = [product.pk for product in products]
    prices = price_list(ids, currency, group_id)
    counted = [product.pk for product in products if product.stock_control]
    left = dict(Stock.objects.filter(pk__in=counted).values_list("product_id", "left"))
    return [
        StoreProduct(
            product,
            prices.get(product.pk, {}),
            starting_price(prices.get(product.pk, {})),
            left.get(product.pk, 0) if product.stock_control else None,
        )
        for product in products
    ]


def _groups(buyer: Shopper, slug: str = "") -> list[tuple[ProductGroup, list[StoreProduct]]]:
    """Visible groups in their order with their listed products; those of one group with its ``slug``."""
    products = Product.objects.listed()
    found = list(products.filter(group__slug=slug) if slug else products)
    grouped: dict[ProductGroup, list[StoreProduct]] = {}
    for item in _shown(found, buyer.currency, buyer.group_id):
        grouped.setdefault(item.product.group, []).append(item)
    return list(grouped.items())


def _choices(buyer: Shopper) -> dict[str, Any]:
    """What each page of the store knows: the currency, and the others that a guest may choose."""
    return {"currency": buyer.currency, "currencies": buyer.currencies_on_sale}


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """`/`: who we are, what is sold, with sign-in and registration."""
    buyer = shopper(request)
    context: dict[str, Any] = {
        "bare": True,
        "show_hero": current.get_setting("portal.show_hero"),
        "hero_title": current.get_setting("portal.hero_title"),
        "hero_subtitle": current.get_setting("portal.hero_subtitle"),
        # A person who signed in has their own, under Security.
        "languages": [] if request.user.is_authenticated else [*enabled_languages().items()],
    }
    if current.get_setting("portal.show_products"):
        context |= {"groups": _groups(buyer), **_choices(buyer)}
    return render(request, "portal/shop/landing.html", context)


@require_safe
def store(request: HttpRequest) -> HttpResponse:
    """`/store`, `/store?group=`: every product on sale, by group; all of them for a group that there is not."""
    buyer, slug = shopper(request), request.GET.get("group", "")
    visible = list(ProductGroup.objects.filter(is_visible=True).order_by("position", "id"))
    unknown = bool(slug) and slug not in [group.slug for group in visible]
    chosen = "" if unknown else slug
    context = {"groups": _groups(buyer, chosen), "chosen": chosen, "all_groups": visible}
    context |= {"unknown": unknown} | _choices(buyer)
    return render(request, "portal/shop/store.html", context, status=422 if unknown else 200)


@require_safe
def redirect_to_store(request: HttpRequest, slug: str = "") -> HttpResponse:
    """`/client/store…`: the store, which knows the client and its currency."""
    return redirect("portal:product", slug) if slug else redirect("portal:store")


@require_POST
@open_page()
def choose_currency(request: HttpRequest) -> HttpResponse:
    """`/store/currency`: a guest's currency; back to the page that they came from."""
    buyer = shopper(request)
    back = path_on_this_site(request.POST.get("next") or "/store")
    code, country = request.POST.get("currency", ""), request.POST.get("country", "")
    if code in [one.code for one in buyer.currencies_on_sale]:
        buyer.choose_currency(code, country if country in COUNTRY_CODES else "")
    elif buyer.client:
        messages.error(request, _("Your account is kept in one currency."))
    else:
        messages.error(request, _("We do not sell in this currency."))
    return see_other(back)


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def product_picture(request: HttpRequest, name: str) -> HttpResponse:
    """`/store/pictures/…png`: the picture of a product; another one has another address."""
    content = get_object_or_404(ProductPicture, pk=name).content
    return HttpResponse(bytes(content), content_type="image/png")


@require_http_methods(["GET", "HEAD", "POST"])
@restored_forms.restores(ProductForm)
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """`/store/{slug}`: one product with its options. "Update the price" is a post too: an authorisation code that was
    typed beside it has no place in an address."""
    found = Product.objects.at(slug)
    if found is None:
        raise Http404
    if found.slug != slug:
        return redirect("portal:product", found.slug, permanent=True)
    orders = request.method == "POST" and "update" not in request.POST
    if orders and (answer := denied_response(request, "orders.place")):
        return answer
    buyer = shopper(request)
    (item,) = _shown([found], buyer.currency, buyer.group_id)
    form = _form(request, buyer, item, orders=orders)
    if (
        orders
        and not buyer.blocked_reason
        and form.is_valid()
        and _added(request, buyer, found, form)
    ):
        messages.success(request, _("%(name)s is in your cart.") % {"name": found.name})
        return see_other("portal:cart")
    context = {
        "product": found,
        "item": item,
        "form": form,
        "key": get_random_string(24),
        "estimate": _estimate(buyer, found, form) if item.prices else None,
        "blocked_reason": buyer.blocked_reason,
    }
    context |= _choices(buyer)
    if "update" in request.POST and request.htmx:  # type: ignore[attr-defined]
        return render(request, "portal/shop/partials/estimate.html", context | {"swap": True})
    return render(request, "portal/shop/product.html", context, status=422 if orders else 200)


def _form(request: HttpRequest, buyer: Shopper, item: StoreProduct, *, orders: bool) -> ProductForm:
    """The form as it was sent to order, or to see the price, or before the session ended, or as it is at first."""
    found = item.product
    names = "domain" in ProductForm.fields_of(found)
    tlds = tld_offers(buyer.currency).values() if names else ()
    return ProductForm(
        request.POST if orders else None,
        typed=request.POST if request.method == "POST" else restored_forms.restored_input(request),
        product=found,
        prices=item.prices,
        options=product_options([found.pk], buyer.currency).get(found.pk, ()),
        currency=buyer.currency,
        endings=[one for one in tlds if one.is_sold("register")],
    )


def _estimate(buyer: Shopper, found: Product, form: ProductForm) -> OrderQuote | None:
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
            [line],
            currency_code=buyer.currency,
            on=current.business_date(clock.now()),
            client=buyer.client,
            country="" if buyer.client else buyer.country(),
        )
    except BusinessError:
        return None


def _added(request: HttpRequest, buyer: Shopper, found: Product, form: ProductForm) -> bool:
    """Put it into the cart, and the name beside it if it is to be registered or transferred. Sent twice: once."""
    try:
        with throttles.first_time_within(_mark(request), 3600) as first:
            if first:
                with transaction.atomic():
                    _add(buyer.open_cart(), found, form)
    except BusinessError as error:
        add_business_error(form, error)
        return False
    return True


def _mark(request: HttpRequest) -> str:
    """What a form that is sent twice shares: its key and all that was chosen. One without a key is always new."""
    key = request.POST.get("key") or get_random_string(24)
    sent = repr((key, sorted(request.POST.lists())))
    return f"added:{sha256(sent.encode(errors='replace')).hexdigest()}"


def _add(cart: Cart, found: Product, form: ProductForm) -> None:
    now, typed = clock.now(), form.cleaned_data
    action = typed.get("domain_action") or "own"
    if typed["domain"] and action != "own":
        carts.add_domain_to_cart(
            cart=cart,
            action=action,
            domain=typed["domain"],
            auth_code=typed.get("auth_code", ""),
            years=typed.get("years") if action == OrderItemAction.REGISTER else None,
            whois_privacy=typed.get("whois_privacy", False),
            at=now,
        )
    carts.add_product_to_cart(
        cart=cart,
        product=found,
        billing_cycle=typed["billing_cycle"],
        options=form.picked(),
        qty=typed["qty"],
        domain=typed["domain"],
        at=now,
    )
