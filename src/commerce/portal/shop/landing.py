"""`/` and `/faq`: who we are, what is sold, and answers to what people ask first (portal.md 2)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commerce.catalog.models import Product
from commerce.portal.shop.guest_caching import cacheable_for_guests
from commerce.portal.shop.metadata import page_metadata
from commerce.portal.shop.shopper import shopper
from commerce.portal.shop.storefront import products_html, store_groups, visitor_context
from commerce.site_settings.current import get_setting
from commerce.support.models import FaqEntry

FIRST_QUESTIONS = 6
"""So many the start page shows; `/faq` has them all."""


@require_safe
@cacheable_for_guests
def landing(request: HttpRequest) -> HttpResponse:
    """`/`: what the company says of itself, its plans, answers, and how to reach it; only what there is."""
    buyer = shopper(request)
    shows = get_setting("portal.show_products")
    groups = store_groups(buyer) if shows else []
    sells = bool(groups) if shows else Product.objects.listed().exists()
    title, subtitle = _hero(sells=sells)
    questions = _questions()
    context: dict[str, Any] = {
        "bare": True,
        "show_hero": get_setting("portal.show_hero"),
        "hero_title": title,
        "hero_subtitle": subtitle,
        "highlights": get_setting("portal.highlights"),
        "about": get_setting("portal.about"),
        "products": products_html(groups, buyer.currency, is_one_group=False),
        "sells": sells,
        "questions": questions[:FIRST_QUESTIONS],
        "has_more_questions": len(questions) > FIRST_QUESTIONS,
        "metadata": page_metadata(request, title=title, description=subtitle),
    }
    return render(request, "portal/shop/landing.html", context | visitor_context(request, buyer))


@require_safe
@cacheable_for_guests
def faq(request: HttpRequest) -> HttpResponse:
    """`/faq`: the published questions with their answers; 404 while ``portal.show_faq`` is off."""
    if not get_setting("portal.show_faq"):
        raise Http404
    shopper(request)  # the frame of the page names the client
    questions = _questions()
    title = _("Frequently asked questions")
    description = " ".join(entry.question for entry in questions[:3]) or title
    metadata = page_metadata(request, title=title, description=description)
    context = {"title": title, "questions": questions, "metadata": metadata}
    return render(request, "portal/shop/faq.html", context)


def _hero(*, sells: bool) -> tuple[str, str]:
    """Title and subtitle of the start page: those of staff, or ours."""
    if sells:
        title = _("Web hosting from %(company)s") % {"company": get_setting("company.name")}
        subtitle = _("Choose a plan, order online, and manage everything in one place.")
    else:
        title = _("Your hosting, in one place")
        subtitle = _("Sign in to see your services, pay invoices, and manage your domains.")
    return (
        get_setting("portal.hero_title") or title,
        get_setting("portal.hero_subtitle") or subtitle,
    )


def _questions() -> list[FaqEntry]:
    return list(FaqEntry.objects.published()) if get_setting("portal.show_faq") else []
