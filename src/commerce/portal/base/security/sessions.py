"""Where a person is signed in, and ending that, in either area (accounts.md 5)."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commerce.accounts.actions import sessions as sessions_actions
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.models import User
from commerce.accounts.rules import session_has_ended
from commerce.kit import clock, user_agents
from commerce.portal.base.access import OwnPageRequest, member_context, own_page
from commerce.portal.base.missing_records import was_already_done
from commerce.portal.base.redirects import see_other
from commerce.portal.base.sign_in import login
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.site_settings.current import get_setting


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One sign-in as its owner sees it."""

    pk: int
    key: str
    device: str
    address: str
    began_at: datetime
    last_seen_at: datetime
    remembered: bool


def live_sessions(user: User) -> list[SessionRow]:
    """The sessions of a user that have not ended by themselves, the latest used first."""
    now, idle = int(clock.now().timestamp()), get_setting("security.session_idle_minutes")
    return [
        SessionRow(
            pk=session.pk,
            key=session.session_key,
            device=user_agents.device_name(session.user_agent),
            address=session.ip,
            began_at=session.created_at,
            last_seen_at=session.last_seen_at,
            remembered=bool(session.data.get("stays")),
        )
        for session in UserSession.objects.filter(user=user).order_by("-last_seen_at", "-pk")
        if not session_has_ended(
            started=int(session.created_at.timestamp()),
            last_used=int(session.last_seen_at.timestamp()),
            now=now,
            remember=bool(session.data.get("stays")),
            idle_minutes=idle,
        )
    ]


@require_safe
@own_page
def sessions(request: OwnPageRequest) -> HttpResponse:
    """The list: device, address, last seen."""
    rows = live_sessions(request.user)
    here = request.session.session_key
    context = {"sessions": rows, "here": here, "others": any(row.key != here for row in rows)}
    return render(request, "portal/base/security/sessions.html", context)


@require_POST
@own_page
def end_session(request: OwnPageRequest, pk: int) -> HttpResponse:
    """`…/sessions/{id}/end`: end one; the present one is a sign-out."""
    user = request.user
    own = [row for row in live_sessions(user) if row.pk == pk]
    if own and own[0].key == request.session.session_key:
        login.end_own_session(request)
        return see_other(sign_in_area_of(request).url("account_login"))
    if sessions_actions.end_session(user=user, session_id=pk, ctx=member_context(request)):
        messages.success(request, _("Session signed out."))
    elif was_already_done(user, "user.session_ended", session=pk):
        messages.info(request, _("That session was already signed out."))
    else:
        raise Http404
    return see_other(sign_in_area_of(request).url("sessions"))


@require_POST
@own_page
def end_other_sessions(request: OwnPageRequest) -> HttpResponse:
    """`…/sessions/end-others`: end all but the present one."""
    end_sessions(
        user=request.user,
        keep_session=request.session.session_key,
        ctx=member_context(request),
    )
    messages.success(request, _("You were signed out of all other sessions."))
    return see_other(sign_in_area_of(request).url("sessions"))
