"""`/.well-known/…`: where password managers and finders of holes look (W3C's change-password address, RFC 9116)."""

from datetime import UTC, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from commerce.kit import clock
from commerce.site_settings.current import get_setting


@require_safe
def change_password(request: HttpRequest) -> HttpResponse:
    """To the security page."""
    return redirect("portal:security")


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a hole; it is written anew on each day, so it never is out of date."""
    today = clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    expires = (today + timedelta(days=180)).isoformat().replace("+00:00", "Z")
    lines = [
        f"Contact: mailto:{get_setting('company.email')}",
        f"Expires: {expires}",
        f"Preferred-Languages: {get_setting('locale.default')}",
        f"Canonical: {settings.COMMERCE_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
