"""`/client/security/sessions`: where a person is signed in, and ending that (accounts.md 5)."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commerce.accounts import actions
from commerce.accounts.models import User
from commerce.accounts.rules import session_has_ended
from commerce.kit import clock, devices
from commerce.portal import entrance
from commerce.portal.access import ClientRequest, actor_of, client_page
from commerce.portal.answers import see_other
from commerce.portal.records import was_done
from commerce.preferences.current import get


@dataclass(frozen=True, slots=True)
class Place:
    """One sign-in as its owner sees it."""

    pk: int
    key: str
    device: str
    address: str
    began: datetime
    seen: datetime
    stays: bool


def live_sessions(user: User) -> list[Place]:
    """The sessions of a user that have not ended by themselves, the latest used first."""
    now, idle = int(clock.now().timestamp()), get("security.session_idle_minutes")
    return [
        Place(
            pk=kept.pk,
            key=kept.session_key,
            device=devices.device(kept.user_agent),
            address=kept.ip,
            began=kept.created_at,
            seen=kept.last_seen_at,
            stays=bool(kept.data.get("stays")),
        )
        for kept in UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")
        if not session_has_ended(
            began=int(kept.created_at.timestamp()),
            seen=int(kept.last_seen_at.timestamp()),
            now=now,
            stays=bool(kept.data.get("stays")),
            idle=idle,
        )
    ]


@require_safe
@client_page(while_suspended=True)
def sessions(request: ClientRequest) -> HttpResponse:
    """The list: device, address, last seen."""
    places = live_sessions(request.acting.user)
    here = request.session.session_key
    context = {"places": places, "here": here, "others": any(p.key != here for p in places)}
    return render(request, "portal/security/sessions.html", context)


@require_POST
@client_page(while_suspended=True)
def end(request: ClientRequest, pk: int) -> HttpResponse:
    """`/client/security/sessions/{id}/end`: end one; the present one is a sign-out."""
    user = request.acting.user
    own = [place for place in live_sessions(user) if place.pk == pk]
    if own and own[0].key == request.session.session_key:
        entrance.signed_out(request)
        return see_other("account_login")
    if actions.end_session(user=user, session_id=pk, at=clock.now(), actor=actor_of(request)):
        messages.success(request, _("That sign-in was ended."))
    elif was_done(user, "user.session_ended", session=pk):
        messages.info(request, _("That sign-in has ended already."))
    else:
        raise Http404
    return see_other("portal:sessions")


@require_POST
@client_page(while_suspended=True)
def end_others(request: ClientRequest) -> HttpResponse:
    """`/client/security/sessions/end-others`: end all but the present one."""
    actions.end_sessions(
        user=request.acting.user,
        keep=request.session.session_key,
        at=clock.now(),
        actor=actor_of(request),
    )
    messages.success(request, _("All other sign-ins were ended."))
    return see_other("portal:sessions")
