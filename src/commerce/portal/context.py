"""What every page's template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from commerce.kit import journal
from commerce.kit.pictures import size_in
from commerce.preferences.current import get


def page(request: HttpRequest) -> dict[str, Any]:
    """Brand, request id, whether this is a demo, and on client pages who acts for whom."""
    return {
        "acting": getattr(request, "acting", None),
        "brand_name": get("branding.name"),
        "company_name": get("company.name"),
        "company_email": get("company.email"),
        "logo": _picture("branding.logo"),
        "favicon": _picture("branding.favicon"),
        "nav_links": get("portal.nav_links"),
        "registration_open": get("portal.registration"),
        "is_demo": settings.COMMERCE_DEMO,
        "request_id": journal.request_id.get(),
    }


def _picture(key: str) -> dict[str, Any] | None:
    """Address and size of the picture that a setting names, if it does."""
    name = get(key)
    if not name:
        return None
    width, height = size_in(name)
    url = reverse("portal:brand_picture", args=[name])
    return {"url": url, "width": width, "height": height}
