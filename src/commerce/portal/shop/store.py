"""`/`, `/store`, `/store/{slug}`: what is sold at which prices, and the form that fills the cart (portal.md 2)."""

from hashlib import sha256
from html import unescape
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import get_random_string
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.catalog.models import Product, ProductGroup, ProductPicture
from commerce.catalog.rules import OrderItemAction, ProductStatus
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.orders.actions import carts
from commerce.orders.models import Cart
from commerce.orders.name_checks import check_name
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import denied_response, open_page
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.redirects import path_on_this_site, see_other
from commerce.portal.shop.domain_search.throttling import count_addition
from commerce.portal.shop.guest_caching import cacheable_for_guests
from commerce.portal.shop.metadata import page_metadata, product_json_ld
from commerce.portal.shop.product_choice import estimated_quote, product_form
from commerce.portal.shop.product_form import ProductForm
from commerce.portal.shop.shopper import Shopper, shopper
from commerce.portal.shop.storefront import (
    StoreProduct,
    products_html,
    store_groups,
    store_products,
    visitor_context,
)
from commerce.presentation.countries import COUNTRY_CODES, country_choices
from commerce.presentation.markdown import markdown
from commerce.site_settings.current import get_setting


@require_safe
@cacheable_for_guests
def store(request: HttpRequest) -> HttpResponse:
    """`/store`, `/store?group=`: every product on sale, by group; all of them for a group that there is not."""
    buyer, slug = shopper(request), request.GET.get("group", "")
    visible = list(ProductGroup.objects.filter(is_visible=True).order_by("position", "id"))
    group = next((one for one in visible if one.slug == slug), None)
    unknown = bool(slug) and group is None
    description = group.description if group else get_setting("portal.hero_subtitle")
    title = group.name if group else _("Store")
    groups = store_groups(buyer, group.slug if group else "")
    context = {
        "title": title,
        "products": products_html(groups, buyer.currency, is_one_group=group is not None),
        "group": group,
        "all_groups": visible,
        "unknown": unknown,
        "metadata": page_metadata(
            request,
            title=title,
            description=description or _("All plans and products with their prices."),
            query=f"group={group.slug}" if group else "",
        ),
    } | visitor_context(request, buyer)
    return render(request, "portal/shop/store.html", context, status=422 if unknown else 200)


@require_safe
def redirect_to_store(request: HttpRequest, slug: str = "") -> HttpResponse:
    """`/client/store…`: the store, which knows the client and its currency."""
    return redirect("portal:product", slug) if slug else redirect("portal:store")


@require_safe
def region(request: HttpRequest) -> HttpResponse:
    """`/store/region`: the form for a guest's country, currency and language. A client has their own."""
    buyer = shopper(request)
    back = path_on_this_site(request.GET.get("next") or "/store")
    if buyer.client:
        return redirect(back)
    context = {
        "next": back,
        "country": buyer.country(),
        "countries": country_choices(),
        "currencies": buyer.currencies_on_sale,
    } | visitor_context(request, buyer)
    return render(request, "portal/shop/region.html", context)


@require_POST
@open_page()
def choose_currency(request: HttpRequest) -> HttpResponse:
    """`/store/currency`: a guest's currency and country; back to the page that they came from."""
    buyer = shopper(request)
    back = path_on_this_site(request.POST.get("next") or "/store")
    code, country = request.POST.get("currency", ""), request.POST.get("country", "")
    if code in [one.code for one in buyer.currencies_on_sale]:
        buyer.choose_currency(code, country if country in COUNTRY_CODES else "")
    elif buyer.client:
        messages.error(request, _("Your account has a fixed currency."))
    else:
        messages.error(request, _("We don't sell in this currency."))
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
    """`/store/{slug}`: one product with its options. "Update the price" is a post too: an authorization code that was
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
    (item,) = store_products([found], buyer, buyer.price_display())
    form = product_form(
        buyer,
        item,
        sent=request.POST if orders else None,
        typed=request.POST if request.method == "POST" else restored_forms.restored_input(request),
    )
    if (
        orders
        and not buyer.blocked_reason
        and form.is_valid()
        and _added(request, buyer, found, form)
    ):
        messages.success(request, _("%(name)s was added to your cart.") % {"name": found.name})
        return see_other("portal:cart")
    context = {
        "product": found,
        "item": item,
        "form": form,
        "key": get_random_string(24),
        "estimate": estimated_quote(buyer, found, form) if item.prices else None,
        "blocked_reason": buyer.blocked_reason,
        "metadata": _metadata(request, item, buyer),
    } | visitor_context(request, buyer)
    if "update" in request.POST and request.htmx:  # type: ignore[attr-defined]
        return render(request, "portal/shop/partials/estimate.html", context | {"swap": True})
    return render(request, "portal/shop/product.html", context, status=422 if orders else 200)


def _metadata(request: HttpRequest, item: StoreProduct, buyer: Shopper) -> dict[str, Any]:
    text = unescape(strip_tags(markdown(item.product.description))).strip()
    features = ", ".join(": ".join(filter(None, (f.label, f.value))) for f in item.features)
    description = text or features or item.product.name
    record = product_json_ld(
        item, buyer.currency, description, with_tax=buyer.price_display().with_tax
    )
    return page_metadata(
        request,
        title=item.product.name,
        description=description,
        image=item.picture["url"] if item.picture else "",
        json_ld=record if item.prices else "",
        listed=item.product.status == ProductStatus.ACTIVE and item.product.group.is_visible,
    )


def _added(request: HttpRequest, buyer: Shopper, found: Product, form: ProductForm) -> bool:
    """Put it into the cart, and the name beside it if it is to be registered or transferred. Sent twice: once."""
    typed = form.cleaned_data
    action = typed.get("domain_action") or "own"
    try:
        if typed["domain"] and action != "own":
            count_addition(request)
            check_name(typed["domain"], action, buyer.currency)
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
