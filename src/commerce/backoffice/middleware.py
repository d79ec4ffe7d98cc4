"""What stands before every page of the staff area: networks, session, the table of permissions (backoffice.md 1, 2)."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import ResolverMatch, reverse

from commerce.accounts.impersonation.actions import IMPERSONATING_KEY, end_impersonation
from commerce.accounts.labels import PERMISSION_LABELS
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, missing_permission, staff_context
from commerce.backoffice.base.context import SITE_ATTRIBUTE, STAFF_URLS, site_of
from commerce.backoffice.base.pages import Needed
from commerce.backoffice.lists.changelist import GREATEST
from commerce.db.reads import from_replica
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import PermissionDenied
from commerce.portal.base.access import actor_of
from commerce.portal.base.impersonating.impersonation import is_impersonating
from commerce.portal.base.limits.refusals import note_refusal
from commerce.portal.base.middleware.requests import GetResponse
from commerce.portal.base.redirects import path_on_this_site
from commerce.portal.base.sign_in.areas import is_staff_path
from commerce.portal.base.sign_in.staff import is_from_staff_network, staff_of

if TYPE_CHECKING:
    from commerce.backoffice.base.site import StaffSite

_REPLICA_ATTRIBUTE = "commerce_replica"
"""What ends reading from the replica with the request."""
_BEHIND_ATTRIBUTE = "seconds_behind"
"""How old a page that was read there may be, for its frame to say."""
_OPEN_WHILE_IMPERSONATING = ("return_to_admin", "account_logout", "style")
"""Pages that a staff session opens while its person acts for a client."""


class StaffAreaMiddleware:
    """Lets a request for a staff page pass if the table says so; nothing that is not in the table."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_staff_path(request.path):
            if not is_from_staff_network(request):
                raise Http404
            setattr(request, SITE_ATTRIBUTE, _staff_site())
            request.urlconf = STAFF_URLS
            setattr(request, _BEHIND_ATTRIBUTE, 0)
            with ExitStack() as replica:
                setattr(request, _REPLICA_ATTRIBUTE, replica)
                return self.get_response(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is None or not is_staff_path(request.path):
            return None
        rule = site_of(request).rules.get(match.url_name or "")
        if rule is None:
            raise Http404
        if closed := _closed_while_impersonating(request, match):
            return closed
        writes = request.method not in ("GET", "HEAD")
        needed = rule.write if writes else rule.read
        if needed is None or (writes and request.method != "POST"):
            needed_to_read = _refusal(request, rule.read, match)
            allowed = ["GET", "HEAD", *(["POST"] if rule.write else [])]
            return needed_to_read or HttpResponseNotAllowed(allowed)
        refused = _refusal(request, needed, match)
        if refused is None and any(_is_beyond(value) for value in match.kwargs.values()):
            raise Http404
        if refused is None and not writes and match.url_name in site_of(request).read_from_replica:
            _read_from_replica(request)
        return refused

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """An action found a permission missing that the page does not ask for."""
        if isinstance(fault, PermissionDenied) and is_staff_path(request.path):
            match = request.resolver_match
            return _refused(request, fault.right, match.route if match else "")
        return None


def _read_from_replica(request: HttpRequest) -> None:
    """Until the response is there."""
    block = from_replica(statement_seconds=settings.COMMERCE_PAGE_STATEMENT_SECONDS)
    behind = getattr(request, _REPLICA_ATTRIBUTE).enter_context(block)
    setattr(request, _BEHIND_ATTRIBUTE, behind or 0)


def _is_beyond(value: object) -> bool:
    """Whether it is a number that no record has: databases raise for it."""
    return isinstance(value, int) and value > GREATEST


def _staff_site() -> "StaffSite":
    """The site with all its pages, which a worker loads only once it is asked for one."""
    from commerce.backoffice.site import staff_site

    return staff_site


def _closed_while_impersonating(request: HttpRequest, match: ResolverMatch) -> HttpResponse | None:
    """403 while the person acts for a client; what has run out is ended and recorded."""
    kept = request.session.get(IMPERSONATING_KEY)
    if not kept:
        return None
    ctx = Context(clock.now(), actor_of(request))
    if not is_impersonating(request.session) or staff_of(request) is None:
        end_impersonation(staff_session=request.session, ctx=ctx)
        return None
    if match.url_name in _OPEN_WHILE_IMPERSONATING:
        return None
    page = f"{request.method} /{match.route}"
    note_refusal(page=page, missing_right="impersonation", client_id=kept["client"], ctx=ctx)
    return render(request, "backoffice/audit/impersonating.html", status=403)


def _refusal(request: HttpRequest, needed: Needed, match: ResolverMatch) -> HttpResponse | None:
    """To the sign-in page, or 403 with what is missing; None if the person has it."""
    if may(request, needed):
        return None
    if staff_of(request) is None:
        target = path_on_this_site(request.get_full_path()) if request.method == "GET" else ""
        return redirect_to_login(
            target or reverse("admin:dashboard"), reverse("admin:account_login")
        )
    return _refused(request, missing_permission(request, needed), match.route)


def _refused(request: HttpRequest, permission: str, route: str) -> HttpResponse:
    note_refusal(
        page=f"{request.method} /{route}",
        missing_right=permission,
        client_id=None,
        ctx=staff_context(request),
    )
    words = PERMISSION_LABELS.get(StaffPermission(permission), permission)
    context = {**site_of(request).each_context(request), "permission": words}
    return TemplateResponse(request, "backoffice/base/refused.html", context, status=403)
