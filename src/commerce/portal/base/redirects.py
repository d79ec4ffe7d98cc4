"""Replies that several pages give, what they make a browser keep, and where they may lead."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

DASHBOARD_PATH = "/client/dashboard"

MAX_NEXT_LENGTH = 1000
"""Characters of an address that a page leads back to: written into another one's query it has up to three times as
many, and a header of ours never reaches 4 KiB."""


class SeeOtherRedirect(HttpResponseRedirect):
    """303: after a change, read this page; a reload does not send the form again."""

    status_code = 303


def see_other(to: str, *args: Any, **kwargs: Any) -> SeeOtherRedirect:
    """The redirect that answers every change: to a URL name with its arguments, or a path on this site."""
    return SeeOtherRedirect(resolve_url(to, *args, **kwargs))


def store_choice(response: HttpResponse, cookie: str, value: str) -> None:
    """Have the browser keep what was chosen in it for a year."""
    response.set_cookie(
        cookie, value, max_age=timedelta(days=365), secure=True, httponly=True, samesite="Lax"
    )


def path_on_this_site(target: str) -> str:
    """``target`` if it is a path on this site, and none without end; otherwise the dashboard (portal.md 1)."""
    fine = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if fine and len(iri_to_uri(target)) <= MAX_NEXT_LENGTH else DASHBOARD_PATH
