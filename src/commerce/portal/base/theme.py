"""`/theme`: whether this browser shows the pages light or dark; without a choice, as its system does."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.portal.base.redirects import path_on_this_site, see_other

THEME_COOKIE = "__Host-commerce_theme"
SYSTEM_THEME = "system"
THEME_LABELS = {SYSTEM_THEME: _lazy("System"), "light": _lazy("Light"), "dark": _lazy("Dark")}


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
    """The choice, kept for a year; back to where they came from."""
    back = path_on_this_site(request.POST.get("next") or request.GET.get("next") or "/")
    if request.method != "POST":
        return render(request, "portal/base/theme.html", {"next": back})
    theme, response = request.POST.get("theme", ""), see_other(back)
    if theme in THEME_LABELS:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=timedelta(days=365),
            secure=True,
            httponly=True,
            samesite="Lax",
        )
    else:
        messages.error(request, _("Choose one of the themes offered."))
    return response
