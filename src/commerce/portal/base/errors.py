"""The plain pages for everything that goes wrong."""

import logging
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.db import outages
from commerce.kit import json_log
from commerce.portal.base import restored_forms
from commerce.portal.base.brand import theme_of
from commerce.portal.base.redirects import see_other

log = logging.getLogger(__name__)


def _error(request: HttpRequest, status: int, title: str, text: str, **more: Any) -> HttpResponse:
    user = getattr(request, "user", None)  # nobody is known yet when a foreign host is refused
    known = user is not None and user.is_authenticated
    home = "/client/dashboard" if known else "/"
    words = _("Go to the dashboard") if known else _("Go to the home page")
    # The same page whatever was asked for: it does not lead back there with another theme.
    context = {"title": title, "text": text, "theme_switch": ""}
    context |= {"action": {"url": home, "words": words}} | more
    return render(request, "portal/base/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: a request that no form of ours sends."""
    return _error(request, 400, _("Bad request"), _("Go back, reload the page, and try again."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 without a named right; a missing right has its own page (``access.refusal_page``)."""
    return _error(request, 403, _("Access denied"), _("You don't have access to this page."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or old. ``reason`` is for developers and is not shown.

    A member's own form comes back with what they typed, and a new token.
    """
    if restored_forms.store_form_of_old_page(request):
        return see_other(restored_forms.page_after_sign_in(request))
    text = _("Nothing was changed. Go back, reload the page, and submit the form again.")
    return _error(request, 403, _("This form has expired"), text)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same page for what does not exist, is hidden, or belongs to another client."""
    text = _("Check the address for typos. The page may also have been removed.")
    return _error(request, 404, _("Page not found"), text)


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """405: a page asked for as a form, or a form's address opened as a page; ``allowed`` are the right methods."""
    text = _("You can't open this page directly. Use the button or form that leads to it.")
    response = _error(request, 405, _("Page not available"), text)
    response["Allow"] = allowed
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more than any form of ours sends; it was not read."""
    text = _("Nothing was changed. Shorten your text or choose a smaller file, then try again.")
    return _error(request, 413, _("Request too large"), text)


def too_long(request: HttpRequest) -> HttpResponse:
    """414: longer than any address of ours."""
    text = _("Check the URL, or start from the home page.")
    return _error(request, 414, _("URL too long"), text)


def state_conflict(request: HttpRequest) -> HttpResponse:
    """409: what was to be changed is not as the page showed it; another tab, person or program was faster."""
    text = _("Nothing was changed. Go back, reload the page, and try again.")
    return _error(request, 409, _("This page is out of date"), text)


def gone(request: HttpRequest, text: str = "") -> HttpResponse:
    """410: a link from a mail that was used, is too old, or never was ours; one text for all of these."""
    text = text or _("This link was already used or has expired. Request a new one.")
    return _error(request, 410, _("This link no longer works"), text)


def too_many(request: HttpRequest, seconds: int, *, why: str = "") -> HttpResponse:
    """429 with a true ``Retry-After`` in seconds; ``why`` is a sentence that says of what there was too much."""
    if seconds < 90:
        number = seconds
        text = ngettext("Try again in %(n)d second.", "Try again in %(n)d seconds.", number)
    else:
        number = -(-seconds // 60)
        text = ngettext("Try again in %(n)d minute.", "Try again in %(n)d minutes.", number)
    text = f"{why} {text % {'n': number}}".lstrip()
    response = _error(request, 429, _("Too many requests"), text)
    response["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a plain page that needs neither the database nor a session, since either may be what broke.

    503 with ``Retry-After`` when all that happened is that the database cannot serve now.
    """
    error = sys.exception()
    kind = outages.outage_kind(error)
    context = {
        "request_id": json_log.current_request_id.get(),
        "is_outage": kind is not None,
        "theme": theme_of(request),
    }
    response = HttpResponse(render_to_string("portal/base/server_error.html", context), status=500)
    if kind is not None and error is not None:
        outages.log_outage(log, kind, error)
        response.status_code = 503
        response["Retry-After"] = str(outages.RETRY_AFTER_SECONDS)
        response["Cache-Control"] = "no-store"
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django would, with a traceback
    return response
