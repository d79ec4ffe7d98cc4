"""Sessions in which staff act for a client: who acts is settled here; what is refused, in ``access``."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from commerce.accounts.impersonation.actions import IMPERSONATION_KEY, end_in_client_area
from commerce.portal.base.access import CHECKS_ACCESS, member_context, refusal_page
from commerce.portal.base.impersonating.impersonation import (
    impersonation_of,
    live_impersonation,
    set_impersonation,
)
from commerce.portal.base.middleware.requests import GetResponse
from commerce.portal.base.sign_in.areas import sign_in_area_of

OPEN_PAGES = frozenset({"portal:theme", "portal:choose_language", "portal:return_to_staff"})
"""Forms, by the name of their page, that such a session may send though the page asks for no right."""


class ImpersonationMiddleware:
    """Lets a session of staff act for its client, as long as it may; whatever asks for no right takes no form of it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/up" or sign_in_area_of(request).is_staff:
            return self.get_response(request)
        session = request.session
        if IMPERSONATION_KEY in session:
            found = live_impersonation(request)
            if found is None:
                end_in_client_area(session=session, ctx=member_context(request))
                return redirect("/admin")
            set_impersonation(request, found)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *rest: Any
    ) -> HttpResponse | None:
        if impersonation_of(request) is None or request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        page = request.resolver_match.view_name if request.resolver_match else ""
        if page in OPEN_PAGES or getattr(view, CHECKS_ACCESS, False):
            return None
        return refusal_page(request, reason="impersonation")
