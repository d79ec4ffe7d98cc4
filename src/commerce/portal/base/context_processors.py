"""What every page's template knows."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commerce.kit import json_log
from commerce.portal.base.brand import picture_context, theme_context
from commerce.portal.base.impersonating.impersonation import impersonation_of
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.site_settings.current import get_setting


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Brand, request id, and on client pages who acts for whom."""
    return {
        "acting": getattr(request, "acting", None),
        "impersonation": impersonation_of(request),
        "sign_in_area": sign_in_area_of(request),
        "brand_name": get_setting("branding.name"),
        "company_name": get_setting("company.name"),
        "company_email": get_setting("company.email"),
        "logo": picture_context("brand_picture", get_setting("branding.logo")),
        "favicon": picture_context("brand_picture", get_setting("branding.favicon")),
        "footer_links": _footer_links(),
        "nav_links": get_setting("portal.nav_links"),
        "searches_domains": get_setting("portal.show_domain_search"),
        "registration_open": get_setting("portal.registration"),
        "request_id": json_log.current_request_id.get(),
    } | theme_context(request)


def _footer_links() -> list[tuple[str, str]]:
    """Address and words of what the company says of itself, as far as it is set."""
    email, states = get_setting("company.email"), get_setting("consumer.enabled")
    links = [
        (get_setting("portal.imprint_url"), _("Legal notice")),
        (get_setting("orders.terms_url"), pgettext("terms of service", "Terms")),
        (get_setting("portal.privacy_url"), _("Privacy")),
        (get_setting("portal.show_faq") and reverse("portal:faq"), _("FAQ")),
        (email and f"mailto:{email}", _("Contact")),
        (states and reverse("portal:cancel_withdraw"), _("Withdraw from contract")),
        (states and reverse("portal:cancel_end"), _("Cancel contracts here")),
    ]
    return [(url, words) for url, words in links if url]
