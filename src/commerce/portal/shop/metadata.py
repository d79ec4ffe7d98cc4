"""What search engines, previews of links and browsers ask for: metadata of pages, `/sitemap.xml`, `/robots.txt`."""

import json
from html import escape
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from commerce.catalog.models import Product, ProductGroup
from commerce.kit.money import Money
from commerce.portal.shop.storefront import StoreProduct
from commerce.site_settings.current import get_setting

_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
"""Of JSON inside a page: no text in it ends the script element."""

MAX_DESCRIPTION_LENGTH = 160
"""Search engines show about as many characters."""


def page_metadata(
    request: HttpRequest,
    *,
    title: str,
    description: str,
    image: str = "",
    query: str = "",
    json_ld: SafeString | str = "",
    listed: bool = True,
) -> dict[str, Any]:
    """The metadata of a public page; ``query`` is the part of its address that makes it another page.

    What is not ``listed`` is for those who have its address: search engines leave it out.
    """
    logo = get_setting("branding.logo")
    image = image or (reverse("portal:brand_picture", args=[logo]) if logo else "")
    words = " ".join(description.split())
    if len(words) > MAX_DESCRIPTION_LENGTH:
        words = words[:MAX_DESCRIPTION_LENGTH].rpartition(" ")[0] + "…"
    return {
        "url": _address(request.path + (f"?{query}" if query else "")),
        "title": title,
        "description": words,
        "image": _address(image) if image else "",
        "json_ld": json_ld,
        "listed": listed,
    }


def product_json_ld(
    item: StoreProduct, currency: str, description: str, *, with_tax: bool
) -> SafeString:
    """A product with its offers as schema.org describes them, as the visitor sees them."""
    url = _address(reverse("portal:product", args=[item.product.slug]))
    state = "SoldOut" if item.sold_out else "InStock"
    offers = [
        {
            "@type": "Offer",
            "url": url,
            "price": str(Money(unit.base, currency).decimal()),
            "priceCurrency": currency,
            "availability": f"https://schema.org/{state}",
            "priceSpecification": {
                "@type": "PriceSpecification",
                "price": str(Money(unit.base, currency).decimal()),
                "priceCurrency": currency,
                "valueAddedTaxIncluded": with_tax,
            },
        }
        for unit in item.prices.values()
    ]
    record: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": item.product.name,
        "url": url,
        "description": description,
        "brand": {"@type": "Brand", "name": get_setting("branding.name")},
        "offers": offers,
    }
    if item.picture:
        record["image"] = _address(item.picture["url"])
    text = mark_safe(json.dumps(record).translate(_ESCAPES))  # noqa: S308 - nothing in it is markup
    return format_html('<script type="application/ld+json">{}</script>', text)


@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """`/sitemap.xml`: the public pages that anybody may find."""
    products = list(Product.objects.listed())
    paths = [reverse("portal:landing")]
    if products:
        paths.append(reverse("portal:store"))
        visible = ProductGroup.objects.filter(pk__in={product.group_id for product in products})
        store = reverse("portal:store")
        paths += [f"{store}?group={group.slug}" for group in visible.order_by("position", "id")]
        paths += [reverse("portal:product", args=[product.slug]) for product in products]
    if get_setting("portal.show_domain_search"):
        paths.append(reverse("portal:domain_prices"))
    if get_setting("portal.show_faq"):
        paths.append(reverse("portal:faq"))
    places = "".join(
        f"<url><loc>{escape(_address(path), quote=False)}</loc></url>\n" for path in paths
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
    )
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """`/robots.txt`: search engines read what sells, and nothing that belongs to one person."""
    private = (
        *("/client/", "/cart", "/checkout", "/invite/", "/api/v1/", "/store/region"),
        "/domain-search",
    )
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private)]
    lines += ["", f"Sitemap: {_address(reverse('portal:sitemap'))}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=86400)
def favicon(request: HttpRequest) -> HttpResponse:
    """`/favicon.ico`, which programs ask for unseen: the brand's icon, or its initial."""
    name = get_setting("branding.favicon")
    return redirect("portal:brand_picture", name) if name else redirect("portal:brand_icon")


def _address(path: str) -> str:
    return f"{settings.COMMERCE_URL.rstrip('/')}{path}"
