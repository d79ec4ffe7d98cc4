"""`/`, `/store`, `/store/{slug}`: what is sold at which prices, and the form that fills the cart (portal.md 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.catalog.models import Currency, Product, ProductGroup, Stock
from commerce.catalog.offers import Starting, UnitPrice, starting_from
from commerce.catalog.reading import options_of, price_list, prices_of
from commerce.domains.offers import offers
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.orders.actions import carts
from commerce.orders.quoting import OrderQuote, quote_for
from commerce.orders.wishes import ProductWish
from commerce.portal import refusals
from commerce.portal.answers import see_other
from commerce.portal.shopping import Shopper, shopper
from commerce.portal.store_forms import ProductForm
from commerce.portal.switch import path_on_this_site
from commerce.preferences import current

FEW = 10
"""Below this the store says how many are left."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A product as the store lists it; ``left`` is None for unlimited stock."""

    product: Product
    prices: Mapping[str, UnitPrice]
    starting: Starting | None
    left: int | None

    @property
    def few(self) -> bool:
        return self.left is not None and 0 < self.left < FEW

    @property
    def sold_out(self) -> bool:
        return self.left == 0


def _shown(products: list[Product], currency: str, group_id: int | None) -> list[Shown]:
    ids = [product.pk for product in products]
    prices = price_list(ids, currency, group_id)
    counted = [product.pk for product in products if product.stock_control]
    left = dict(Stock.objects.filter(pk__in=counted).values_list("product_id", "left"))
    return [
        Shown(
            product,
            prices.get(product.pk, {}),
            starting_from(prices.get(product.pk, {})),
            left.get(product.pk, 0) if product.stock_control else None,
        )
        for product in products
    ]


def _groups(buyer: Shopper, slug: str = "") -> list[tuple[ProductGroup, list[Shown]]]:
    """Visible groups in their order with their listed products; those of one group with its ``slug``."""
    products = Product.objects.listed()
    found = list(products.filter(group__slug=slug) if slug else products)
    grouped: dict[ProductGroup, list[Shown]] = {}
    for shown in _shown(found, buyer.currency(), buyer.group_id):
        grouped.setdefault(shown.product.group, []).append(shown)
    return list(grouped.items())


def _choices(buyer: Shopper) -> dict[str, Any]:
    """What each page of the store knows: the currency, and the others that a guest may choose."""
    currencies = [] if buyer.client else list(Currency.objects.on_sale().order_by("code"))
    return {"currency": buyer.currency(), "currencies": currencies}


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """`/`: who we are, what is sold, with sign-in and registration."""
    buyer = shopper(request)
    context: dict[str, Any] = {
        "show_hero": current.get("portal.show_hero"),
        "hero_title": current.get("portal.hero_title"),
        "hero_subtitle": current.get("portal.hero_subtitle"),
    }
    if current.get("portal.show_products"):
        context |= {"groups": _groups(buyer), **_choices(buyer)}
    return render(request, "portal/landing.html", context)


@require_safe
def store(request: HttpRequest) -> HttpResponse:
    """`/store`, `/store?group=`: every product on sale, by group."""
    buyer, slug = shopper(request), request.GET.get("group", "")
    visible = ProductGroup.objects.filter(is_visible=True).order_by("position", "id")
    if slug and not visible.filter(slug=slug).exists():
        raise Http404
    context = {"groups": _groups(buyer, slug), "chosen": slug, "all_groups": visible}
    return render(request, "portal/store.html", context | _choices(buyer))


@require_safe
def to_store(request: HttpRequest, slug: str = "") -> HttpResponse:
    """`/client/store…`: the store, which knows the client and his currency."""
    return redirect("portal:product", slug) if slug else redirect("portal:store")


@require_POST
def choose_currency(request: HttpRequest) -> HttpResponse:
    """`/store/currency`: a guest's currency; back to the page that he came from."""
    buyer = shopper(request)
    back = path_on_this_site(request.POST.get("next") or "/store")
    code = request.POST.get("currency", "")
    if buyer.client is None and Currency.objects.on_sale().filter(pk=code).exists():
        buyer.choose_currency(code, request.POST.get("country", ""))
    else:
        messages.error(request, _("We do not sell in this currency."))
    return see_other(back)


@require_http_methods(["GET", "HEAD", "POST"])
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """`/store/{slug}`: one product with its options; the server says what the choice costs."""
    found = Product.objects.at(slug)
    if found is None:
        raise Http404
    if found.slug != slug:
        return redirect("portal:product", found.slug, permanent=True)
    buyer = shopper(request)
    prices = prices_of(found.pk, buyer.currency(), buyer.group_id)
    form = _form(request, buyer, found, prices)
    if request.method == "POST" and form.is_valid() and _added(request, buyer, found, form):
        messages.success(request, _("%(name)s is in your cart.") % {"name": found.name})
        return see_other("portal:cart")
    (shown,) = _shown([found], buyer.currency(), buyer.group_id)
    context = {
        "product": found,
        "shown": shown,
        "form": form,
        "estimate": _estimate(buyer, found, form) if prices else None,
        "may_order": buyer.may_order,
    }
    return render(
        request,
        "portal/partials/estimate.html" if request.htmx else "portal/product.html",  # type: ignore[attr-defined]
        context | _choices(buyer),
        status=422 if request.method == "POST" else 200,
    )


def _form(
    request: HttpRequest, buyer: Shopper, found: Product, prices: Mapping[str, UnitPrice]
) -> ProductForm:
    """The form as sent to order, as asked for by "update the price" (in the address), or as it is at first."""
    sold = [offer for offer in offers(buyer.currency()).values() if offer.offers("register")]
    return ProductForm(
        request.POST if request.method == "POST" else (request.GET or None),
        product=found,
        prices=prices,
        options=options_of([found.pk], buyer.currency()).get(found.pk, ()),
        currency=buyer.currency(),
        sells_domains=bool(sold),
    )


def _estimate(buyer: Shopper, found: Product, form: ProductForm) -> OrderQuote | None:
    """What the chosen options cost, for this buyer, today."""
    wish = ProductWish(
        product_id=found.pk,
        billing_cycle=form.cycle(),
        options=tuple(form.picked().items()),
        qty=form.quantity(),
        domain="example.com" if found.require_domain else "",
    )
    try:
        return quote_for(
            [wish],
            currency_code=buyer.currency(),
            on=current.business_date(clock.now()),
            client=buyer.client,
            country="" if buyer.client else buyer.country(),
        )
    except Refused:
        return None


def _added(request: HttpRequest, buyer: Shopper, found: Product, form: ProductForm) -> bool:
    """Put it into the cart, and the name beside it if it is to be registered or transferred."""
    cart, now = buyer.open_cart(), clock.now()
    action, name = form.cleaned_data.get("domain_action") or "own", form.cleaned_data["domain"]
    try:
        if name and action != "own":
            carts.add_domain(
                cart=cart,
                action=action,
                domain=name,
                auth_code=form.cleaned_data.get("auth_code", ""),
                at=now,
            )
        carts.add_product(
            cart=cart,
            product=found,
            billing_cycle=form.cleaned_data["billing_cycle"],
            options=form.picked(),
            qty=form.cleaned_data["qty"],
            domain=name,
            at=now,
        )
    except Refused as refused:
        refusals.show(form, refused)
        return False
    return True
