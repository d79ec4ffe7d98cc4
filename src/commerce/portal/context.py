"""What every page's template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from commerce.kit import journal
from commerce.preferences.current import get


def page(request: HttpRequest) -> dict[str, Any]:
    """Brand, request id, whether this is a demo, and on client pages who acts for whom."""
    return {
        "acting": getattr(request, "acting", None),
        "brand_name": get("branding.name"),
        "company_name": get("company.name"),
        "company_email": get("company.email"),
        "registration_open": get("portal.registration"),
        "is_demo": settings.COMMERCE_DEMO,
        "request_id": journal.request_id.get(),
    }
