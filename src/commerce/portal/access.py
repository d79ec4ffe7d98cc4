"""Who may open a client page: read from the session and the membership, anew on each request (accounts.md 1 and 3)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from commerce.accounts import actions
from commerce.accounts.models import Client, Membership, User
from commerce.accounts.rules import OWNERS_ONLY, rights_of
from commerce.kit import clock, journal
from commerce.kit.actor import Actor
from commerce.kit.errors import NotAllowed
from commerce.portal import kept
from commerce.portal.answers import path_on_this_site

ACTING_KEY = "acting_client_id"
"""Where a session keeps the client that it acts for."""


@dataclass(frozen=True, slots=True)
class Acting:
    """The member of this request, and the one client that the session acts for."""

    user: User
    membership: Membership
    client: Client
    rights: frozenset[str]
    stopped: tuple[str, ...] = ()
    """His address, and the client's if he may change it, where they get security mails only."""

    def may(self, right: str) -> bool:
        return right in self.rights

    @property
    def is_active(self) -> bool:
        """Whether the client may change anything: a suspended one reads, pays, and ends access."""
        return self.client.status == Client.Status.ACTIVE

    def may_change(self, right: str) -> bool:
        """Whether a change that needs this right would be let through: only then is it offered."""
        return self.is_active and self.may(right)


class ClientRequest(HttpRequest):
    """A request to a client page: signed in, acting for one client."""

    acting: Acting
    user: User


def actor_of(request: HttpRequest) -> Actor:
    """The person behind a request, for audit entries."""
    user = request.user
    address = request.META.get("REMOTE_ADDR") or None
    if isinstance(user, User):
        return Actor("member", user.pk, user.email, address, journal.request_id.get())
    return Actor("guest", None, "", address, journal.request_id.get())


def acting_of(request: HttpRequest) -> Acting | None:
    """The live membership that the session acts under; None when it has none, or must choose first."""
    if not isinstance(request.user, User):
        return None
    memberships = list(Membership.objects.for_user(request.user).with_stopped_addresses())
    wanted = request.session.get(ACTING_KEY)
    chosen = [one for one in memberships if one.client_id == wanted]
    if wanted is not None and not chosen:
        # He is no member of that client any more: what he sends for it must not reach another of his clients.
        del request.session[ACTING_KEY]
        return None
    if not chosen and len(memberships) == 1:
        chosen = memberships
        request.session[ACTING_KEY] = memberships[0].client_id
    if not chosen:
        return None
    one = chosen[0]
    rights = rights_of(one.role, one.rights)
    found = cast(Any, one)  # as annotated
    stopped = [request.user.email] if found.user_stopped else []
    if found.bills_stopped and "profile.manage" in rights:
        stopped.append(one.client.email)
    return Acting(request.user, one, one.client, rights, tuple(dict.fromkeys(stopped)))


def client_page(
    right: str | None = None, *, while_suspended: bool = False
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A page for members: ``request.acting`` is set, and has ``right``.

    Not signed in: to the sign-in page with ``next``. Several clients and none chosen: to the choice. A closed client,
    a missing right (also one that an action finds missing), or a change while the client is suspended (unless
    ``while_suspended``): 403 with the reason.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            acting = acting_of(request)
            if acting is None:
                return _choose(request)
            cast(Any, request).acting = acting
            closed_to = _closed_to(request, acting, right, while_suspended=while_suspended)
            if closed_to is not None:
                return closed_to
            try:
                return view(request, *args, **kwargs)
            except NotAllowed as lacking:
                return refuse(request, reason="right", right=lacking.right)

        return guarded

    return decorate


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and from there back; a form whose session has just ended is kept until then."""
    kept.keep(request)
    return redirect_to_login(path_on_this_site(kept.page_of(request)))


def barred(request: HttpRequest, right: str | None = None) -> HttpResponse | None:
    """The answer to a change on a page that guests use too, when it cannot be made; None when it can.

    Sent by a member whose session has ended: to the sign-in page, and the form comes back. By a suspended or closed
    client, or without ``right``: 403 with the reason.
    """
    if kept.has_ended(request):
        return sign_in_first(request)
    acting = acting_of(request)
    if acting is None:
        return None
    cast(Any, request).acting = acting
    return _closed_to(request, acting, right, while_suspended=False)


def open_page(
    right: str | None = None,
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A page for guests and members, whose changes pass ``barred`` first."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            changes = request.method not in ("GET", "HEAD")
            answer = barred(request, right) if changes else None
            return answer or view(request, *args, **kwargs)

        return guarded

    return decorate


def _closed_to(
    request: HttpRequest, acting: Acting, right: str | None, *, while_suspended: bool
) -> HttpResponse | None:
    if acting.client.status == Client.Status.CLOSED:
        return refuse(request, reason="closed")
    if right is not None and not acting.may(right):
        return refuse(request, reason="right", right=right)
    changes = request.method not in ("GET", "HEAD")
    if changes and acting.client.status == Client.Status.SUSPENDED and not while_suspended:
        return refuse(request, reason="suspended")
    return None


def _choose(request: HttpRequest) -> HttpResponseBase:
    if Membership.objects.for_user(request.user).exists():
        back = path_on_this_site(request.get_full_path())
        return redirect(f"/client/switch?{urlencode({'next': back})}")
    return refuse(request, reason="no_client")


def refuse(request: HttpRequest, *, reason: str, right: str = "") -> HttpResponse:
    """The plain 403 page that says why: ``right`` (names it), ``suspended``, ``closed`` or ``no_client``; audited."""
    acting: Acting | None = getattr(request, "acting", None)
    route = request.resolver_match.route if request.resolver_match else ""
    actions.note_refused(
        page=f"{request.method} /{route}",
        why=right or reason,
        client_id=acting.client.pk if acting else None,
        at=clock.now(),
        actor=actor_of(request),
    )
    context = {
        "reason": reason,
        "right": right,
        "owners_only": right in OWNERS_ONLY,
        "has_others": Membership.objects.for_user(request.user).count() > 1,
    }
    return render(request, "portal/refused.html", context, status=403)
