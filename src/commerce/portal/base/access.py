"""Who may open a client page: read from the session and the membership, anew on each request (accounts.md 1 and 3)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.db.models import BigIntegerField
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from commerce.accounts.models import Client, Membership, User
from commerce.accounts.rules import OWNERS_ONLY, ClientStatus, MemberRole, rights_of
from commerce.accounts.staff_rules import StaffPermission
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.kit import clock, json_log
from commerce.kit.acts.act import Act
from commerce.kit.context import Actor, Context
from commerce.kit.errors import PermissionDenied
from commerce.portal.base import restored_forms
from commerce.portal.base.impersonating.impersonation import (
    CLOSED_RIGHTS,
    Impersonation,
    impersonation_of,
)
from commerce.portal.base.limits.refusals import note_refusal
from commerce.portal.base.redirects import path_on_this_site
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.portal.base.sign_in.staff import staff_of

CHECKS_ACCESS = "checks_access"
"""Set on views that ask here what a session may do."""

ACTING_CLIENT_KEY = "acting_client_id"
"""Where a session keeps the client that it acts for."""

_MEMBERSHIPS = CompiledQuerySet(
    lambda: Membership.objects.for_user(
        QueryParam("user", BigIntegerField())
    ).with_suppressed_addresses()
)
"""Those of a user, for which each page asks: 0.28 ms in place of 3.4."""

MAX_OWNERS_NAMED = 3
"""Owners that the page of a missing right names."""


@dataclass(frozen=True, slots=True)
class ActingMember:
    """The member of this request, and the one client that the session acts for."""

    user: User
    membership: Membership
    client: Client
    rights: frozenset[str]
    impersonation: Impersonation | None = None
    bounced_addresses: tuple[str, ...] = ()
    """The member's address, and the client's if they may change it, where only security mails go now."""

    def may(self, right: str) -> bool:
        return right in self.rights

    @property
    def is_active(self) -> bool:
        """Whether the client may change anything: a suspended one reads, pays, and ends access."""
        return self.client.status == ClientStatus.ACTIVE

    def may_change(self, right: str) -> bool:
        """Whether a change that needs this right would be let through: only then is it offered."""
        if self.impersonation is not None and not self.impersonation.may_change(right):
            return False
        return self.is_active and self.may(right)

    def may_spend(self, right: str) -> bool:
        """Whether a change that needs this right and may use credit would be let through."""
        return self.impersonation is None and self.may_change(right)

    def may_do(self, act: Act[Any]) -> bool:
        """Whether this member would be let through to an act that is possible now."""
        staff = self.impersonation
        if staff is not None and (act.spends or act.reveals or not staff.may_change(act.member)):
            return False
        return self.may(act.member) and (self.is_active or act.while_suspended)

    def may_as_staff(self, permission: StaffPermission) -> bool:
        """Whether nobody acts for the client here who lacks a permission of the staff area."""
        return self.impersonation is None or self.impersonation.staff.may(permission)


class OwnPageRequest(HttpRequest):
    """A request to a page about whoever is signed in."""

    user: User


class ClientRequest(OwnPageRequest):
    """A request to a client page: signed in, acting for one client."""

    acting: ActingMember


def actor_of(request: HttpRequest) -> Actor:
    """The person behind a request, for audit entries."""
    user = request.user
    address = request.META.get("REMOTE_ADDR") or None
    if (impersonation := impersonation_of(request)) is not None:
        return impersonation.actor(address)
    if (staff := staff_of(request)) is not None:
        name, request_id = str(staff), json_log.current_request_id.get()
        return Actor("staff", staff.pk, name, address, request_id)
    if isinstance(user, User):
        return Actor("member", user.pk, user.email, address, json_log.current_request_id.get())
    return Actor("guest", None, "", address, json_log.current_request_id.get())


def member_context(request: HttpRequest) -> Context:
    """Who acts, and when."""
    return Context(clock.now(), actor_of(request))


def acting_member_of(request: HttpRequest) -> ActingMember | None:
    """The live membership that the session acts under; None when it has none, or must choose first."""
    if not isinstance(request.user, User):
        return None
    if (staff := impersonation_of(request)) is not None:
        rights = rights_of(MemberRole.OWNER, [])
        return ActingMember(request.user, staff.membership, staff.client, rights, staff)
    memberships = _MEMBERSHIPS.instances(user=request.user.pk)
    wanted = request.session.get(ACTING_CLIENT_KEY)
    chosen = [one for one in memberships if one.client_id == wanted]
    if wanted is not None and not chosen:
        # No member of that client any more: what is sent for it must not reach another client of this user.
        del request.session[ACTING_CLIENT_KEY]
        return None
    if not chosen and len(memberships) == 1:
        chosen = memberships
        request.session[ACTING_CLIENT_KEY] = memberships[0].client_id
    if not chosen:
        return None
    one = chosen[0]
    rights = rights_of(one.role, one.rights)
    found = cast(Any, one)  # as annotated
    bounced = [request.user.email] if found.user_suppressed else []
    if found.billing_suppressed and "profile.manage" in rights:
        bounced.append(one.client.email)
    addresses = tuple(dict.fromkeys(bounced))
    return ActingMember(request.user, one, one.client, rights, bounced_addresses=addresses)


def client_page(
    right: str | None = None,
    *,
    while_suspended: bool = False,
    reveals: bool = False,
    spends: bool = False,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A page for members: ``request.acting`` is set, and has ``right``.

    Not signed in: to the sign-in page with ``next``. Several clients and none chosen: to the choice. A closed client,
    a missing right (also one that an action finds missing), or a change while the client is suspended (unless
    ``while_suspended``): 403 with the reason. Of staff who act for the client, ``_closed_to_staff`` decides; a page
    that ``reveals`` a secret is closed to them, and so are the changes of one that ``spends`` credit.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_sign_in(request)
            acting = acting_member_of(request)
            if acting is None:
                return _choose(request)
            cast(Any, request).acting = acting
            closed_to = _closed_to(request, acting, right, while_suspended=while_suspended)
            takes_a_member = reveals or (spends and request.method not in ("GET", "HEAD"))
            if closed_to is None and takes_a_member and acting.impersonation is not None:
                closed_to = refusal_page(request, reason="impersonation")
            if closed_to is not None:
                return closed_to
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied as denied:
                return refusal_page(request, reason="right", right=denied.right)

        setattr(guarded, CHECKS_ACCESS, True)
        return guarded

    return decorate


def own_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page for whoever is signed in, about themselves, in either area; the staff's is guarded by its middleware."""
    for_members = client_page(while_suspended=True)(view)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        guard = view if sign_in_area_of(request).is_staff else for_members
        return guard(request, *args, **kwargs)

    setattr(guarded, CHECKS_ACCESS, True)
    return guarded


def redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back; a form whose session has just ended is kept until then."""
    restored_forms.store_form(request)
    return redirect_to_login(path_on_this_site(restored_forms.page_after_sign_in(request)))


def denied_response(request: HttpRequest, right: str | None = None) -> HttpResponse | None:
    """The answer to a change on a page that guests use too, when it cannot be made; None when it can.

    Sent by a member whose session has ended: to the sign-in page, and the form comes back. By a suspended or closed
    client, or without ``right``: 403 with the reason.
    """
    if restored_forms.session_has_just_ended(request):
        return redirect_to_sign_in(request)
    acting = acting_member_of(request)
    if acting is None:
        return None
    cast(Any, request).acting = acting
    return _closed_to(request, acting, right, while_suspended=False)


def open_page(
    right: str | None = None,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A page for guests and members, whose changes pass ``denied_response`` first."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            changes = request.method not in ("GET", "HEAD")
            answer = denied_response(request, right) if changes else None
            return answer or view(request, *args, **kwargs)

        setattr(guarded, CHECKS_ACCESS, True)
        return guarded

    return decorate


def _closed_to(
    request: HttpRequest, acting: ActingMember, right: str | None, *, while_suspended: bool
) -> HttpResponse | None:
    if acting.client.status == ClientStatus.CLOSED:
        return refusal_page(request, reason="closed")
    if right is not None and not acting.may(right):
        return refusal_page(request, reason="right", right=right)
    changes = request.method not in ("GET", "HEAD")
    staff = acting.impersonation
    if staff and _closed_to_staff(staff, right, changes=changes, is_personal=while_suspended):
        return refusal_page(request, reason="impersonation")
    if changes and acting.client.status == ClientStatus.SUSPENDED and not while_suspended:
        return refusal_page(request, reason="suspended")
    return None


def _closed_to_staff(
    staff: Impersonation, right: str | None, *, changes: bool, is_personal: bool
) -> bool:
    """Whether a page is closed to staff who act for the client: they read as an owner, and change services and domains
    as their own permissions allow (portal.md 6). Pages about a person, which ask for no right, are another's.
    """
    if changes:
        return not staff.may_change(right)
    return right in CLOSED_RIGHTS or (right is None and is_personal)


def _choose(request: HttpRequest) -> HttpResponseBase:
    if Membership.objects.for_user(request.user).exists():
        back = path_on_this_site(request.get_full_path())
        return redirect(f"/client/switch?{urlencode({'next': back})}")
    return refusal_page(request, reason="no_client")


def refusal_page(request: HttpRequest, *, reason: str, right: str = "") -> HttpResponse:
    """The plain 403 page that says why: ``right`` (names it), ``suspended``, ``closed``, ``no_client``, or
    ``impersonation``; audited, once in a while.
    """
    acting: ActingMember | None = getattr(request, "acting", None)
    route = request.resolver_match.route if request.resolver_match else ""
    note_refusal(
        page=f"{request.method} /{route}",
        missing_right=right or reason,
        client_id=acting.client.pk if acting else None,
        ctx=member_context(request),
    )
    context = {
        "reason": reason,
        "right": right,
        "owners_only": right in OWNERS_ONLY,
        "owners": _owners(acting.client) if acting and right else "",
        "has_others": Membership.objects.for_user(request.user).count() > 1,
    }
    return render(request, "portal/base/refusal.html", context, status=403)


def _owners(client: Client) -> str:
    """Who can give a right: the names of a few owners, the first of them first."""
    owners = Membership.objects.for_client(client).active_owners().select_related("user")
    return ", ".join(one.user.get_full_name() for one in owners.order_by("pk")[:MAX_OWNERS_NAMED])
