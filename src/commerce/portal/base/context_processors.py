"""What every page's template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from commerce.kit import json_log
from commerce.kit.pictures import picture_size_from_name
from commerce.site_settings.current import get_setting


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Brand, request id, whether this is a demo, and on client pages who acts for whom."""
    return {
        "acting": getattr(request, "acting", None),
        "brand_name": get_setting("branding.name"),
        "company_name": get_setting("company.name"),
        "company_email": get_setting("company.email"),
        "logo": _picture("branding.logo"),
        "favicon": _picture("branding.favicon"),
        "nav_links": get_setting("portal.nav_links"),
        "registration_open": get_setting("portal.registration"),
        "is_demo": settings.COMMERCE_DEMO,
        "request_id": json_log.current_request_id.get(),
    }


def _picture(key: str) -> dict[str, Any] | None:
    """Address and size of the picture that a setting names, if it does."""
    name = get_setting(key)
    if not name:
        return None
    width, height = picture_size_from_name(name)
    url = reverse("portal:brand_picture", args=[name])
    return {"url": url, "width": width, "height": height}
