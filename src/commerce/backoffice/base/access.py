"""Who is signed in to the staff area, and what they may do: read anew on each request."""

from django.http import HttpRequest

from commerce.accounts.models import Staff, User
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import Access, Needed, permissions_of
from commerce.kit import clock, json_log
from commerce.kit.context import Actor, Context
from commerce.portal.base.sign_in.staff import staff_of


class StaffRequest(HttpRequest):
    """A request to a staff page."""

    user: User


def signed_in_staff(request: HttpRequest) -> Staff:
    """The staff person of a page that the middleware has let through."""
    staff = staff_of(request)
    assert staff is not None
    return staff


def may(request: HttpRequest, needed: Needed) -> bool:
    """Whether the person of this request has what a page, a panel, a button or a column needs."""
    if needed is Access.PUBLIC:
        return True
    staff = staff_of(request)
    return staff is not None and are_enough(staff.all_permissions, needed)


def are_enough(permissions: frozenset[StaffPermission], needed: Needed) -> bool:
    """Whether these permissions of a signed-in person are what something needs."""
    if isinstance(needed, frozenset):
        return not permissions.isdisjoint(needed)
    return permissions.issuperset(permissions_of(needed))


def missing_permission(request: HttpRequest, needed: Needed) -> str:
    """The first thing that the person of this request lacks, of those that are needed."""
    return next(str(one) for one in permissions_of(needed) if not may(request, one))


def staff_context(request: HttpRequest) -> Context:
    """Who acts, and when, for the actions that a staff page calls."""
    staff = signed_in_staff(request)
    address = request.META.get("REMOTE_ADDR") or None
    actor = Actor("staff", staff.pk, str(staff), address, json_log.current_request_id.get())
    return Context(clock.now(), actor)
