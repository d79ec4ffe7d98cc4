"""How pages look: the brand's style sheet, icon and pictures, from settings, and the theme that a browser chose."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from commerce.kit.pictures import picture_size_from_name
from commerce.portal.base.redirects import path_on_this_site, see_other, store_choice
from commerce.site_settings.current import get_setting
from commerce.site_settings.models import SettingPicture

THEME_COOKIE = "__Host-commerce_theme"
SYSTEM_THEME = "system"
THEME_LABELS = {SYSTEM_THEME: _lazy("System"), "light": _lazy("Light"), "dark": _lazy("Dark")}


@require_safe
@cache_control(public=True, max_age=86400)
def brand_style(request: HttpRequest) -> HttpResponse:
    """`/brand.css`: the one place where the brand's color reaches the pages; no inline style is needed for it."""
    # Unlayered, so that it stands above the default in the layer of tokens.
    return HttpResponse(
        f":root {{ --brand: {get_setting('branding.primary_color')}; }}\n", content_type="text/css"
    )


@require_safe
@cache_control(public=True, max_age=86400)
def brand_icon(request: HttpRequest) -> HttpResponse:
    """`/brand.svg`: the initial of the name on the brand's color."""
    drawing = format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="{}"/>'
        '<text x="16" y="22.5" font-family="system-ui, sans-serif" font-size="18" font-weight="700" fill="#fff"'
        ' text-anchor="middle">{}</text></svg>',
        get_setting("branding.primary_color"),
        get_setting("branding.name")[:1].upper(),
    )
    return HttpResponse(drawing, content_type="image/svg+xml")


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def brand_picture(request: HttpRequest, name: str) -> HttpResponse:
    """`/brand/…png`: the logo or the icon that staff gave us; another one has another address."""
    content = get_object_or_404(SettingPicture, pk=name).content
    return HttpResponse(bytes(content), content_type="image/png")


def picture_context(view: str, name: str) -> dict[str, Any] | None:
    """Address and size of the stored picture of this name, which a view of the portal serves; none without a name."""
    if not name:
        return None
    width, height = picture_size_from_name(name)
    url = reverse(f"portal:{view}", args=[name])
    return {"url": url, "width": width, "height": height}


def theme_of(request: HttpRequest) -> str:
    """The theme that was chosen in this browser: ``light``, ``dark`` or ``system``."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEME_LABELS else SYSTEM_THEME


def theme_context(request: HttpRequest) -> dict[str, Any]:
    """What a page needs to have its theme from the first byte, and to offer the others."""
    theme = theme_of(request)
    return {
        "theme": theme,
        "color_scheme": "light dark" if theme == SYSTEM_THEME else theme,
        "themes": THEME_LABELS.items(),
        "theme_switch": _switch(request),
    }


def _switch(request: HttpRequest) -> str:
    """How the foot of the page offers it: a ``form``, a ``link``, or not at all.

    Not where the page would be lost by it, and without a token on the pages that all guests share.
    """
    if request.method not in ("GET", "HEAD") or request.path == reverse("portal:theme"):
        return ""
    user = getattr(request, "user", None)  # nobody is known yet when a foreign host is refused
    return "form" if user is not None and user.is_authenticated else "link"


@require_http_methods(["GET", "HEAD", "POST"])
def choose_theme(request: HttpRequest) -> HttpResponse:
    """`/theme`: light, dark, or as the browser's system is, kept for a year; back to where they came from."""
    back = path_on_this_site(request.POST.get("next") or request.GET.get("next") or "/")
    if request.method != "POST":
        return render(request, "portal/base/theme.html", {"next": back})
    theme, response = request.POST.get("theme", ""), see_other(back)
    if theme in THEME_LABELS:
        store_choice(response, THEME_COOKIE, theme)
    else:
        messages.error(request, _("Choose one of the themes offered."))
    return response
