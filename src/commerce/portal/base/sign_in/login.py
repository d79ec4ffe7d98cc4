"""From "this is the person" to a session: what every way of signing in has in common (accounts.md 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.internal.constants import LoginStageKey
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.accounts.actions import sessions
from commerce.accounts.actions.sessions import (
    record_blocked_sign_in,
    record_failed_sign_in,
    record_sign_in,
    record_sign_out,
    send_sign_in_blocked_email_to_user,
)
from commerce.accounts.actions.users import send_account_exists_email_to_owner, send_verification
from commerce.accounts.impersonation.actions import end_impersonation
from commerce.accounts.mfa import recovery_codes_left
from commerce.accounts.models import Staff, User
from commerce.kit import clock, user_agents
from commerce.kit.context import Actor, Context
from commerce.kit.proxy_headers import COUNTRY_KEY
from commerce.portal.base import password_confirmation, throttles
from commerce.portal.base.access import actor_of, member_context
from commerce.portal.base.limits import known_devices
from commerce.portal.base.middleware import session_limits
from commerce.portal.base.redirects import path_on_this_site, see_other
from commerce.portal.base.sign_in.areas import (
    CLIENT_AREA,
    STAFF_SESSION_KEY,
    is_staff_path,
    sign_in_area_of,
)
from commerce.portal.base.sign_in.session_clock import REMEMBER_SESSION_KEY, start_session_clock
from commerce.site_settings.current import get_setting

MAIL_WAIT_KEY = "pending"
"""Where a visitor's session keeps the address to be proven, the page that was asked for before, and the id of the user
if this browser registered them or knew their password: such a user is signed in on proving the address."""

PENDING_PASSWORD_KEY, PENDING_IN_STAFF_AREA_KEY = "pending_password", "pending_at_staffs_door"
"""Where the session of a visitor keeps the hash of the password under which a sign-in waits for the second factor, and
the area in which."""

FEW_RECOVERY_CODES = 2

UNKNOWN_NOTED_AN_HOUR = 30
"""Failed sign-ins of nobody whom we know that a network can have noted in the audit log."""

CHALLENGE = "mfa_authenticate"
"""The page of the second factor, to which django-allauth leads under this name."""


def may_come_in(request: HttpRequest, user: User) -> bool:
    """Whether this area is theirs at all: the staff area is for active staff."""
    return (
        not sign_in_area_of(request).is_staff or Staff.objects.active().filter(user=user).exists()
    )


def requested_page(request: HttpRequest) -> str:
    """The page on this site that was asked for before; empty if there is none."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if path_on_this_site(asked) == asked else ""


def count_sign_in_guess(request: HttpRequest, kind: str, email: str) -> throttles.CountedAttempt:
    """Count a guess at a person; when their limit is reached they are told, once a day, and staff find it in the audit
    log, once an hour for each area. Raises ``TooManyAttempts``.
    """
    try:
        return throttles.count_guess(request, kind, email)
    except throttles.TooManyAttempts as too_many:
        if too_many.of_person:
            _note_blocked_sign_in(request, email)
        raise


def _note_blocked_sign_in(request: HttpRequest, email: str) -> None:
    whom, in_staff_area = throttles.person_key(email), sign_in_area_of(request).is_staff
    ctx = member_context(request)
    if throttles.is_first_within(f"noted-blocked:{in_staff_area:d}:{whom}", 3600):
        record_blocked_sign_in(email=email, door="staff" if in_staff_area else "client", ctx=ctx)
    if throttles.is_first_within(f"told-blocked:{whom}", 86400):
        send_sign_in_blocked_email_to_user(email=email, ctx=ctx)


def note_failed_sign_in(request: HttpRequest, email: str, factor: str) -> None:
    """Note a wrong password, code or passkey; of guesses at nobody whom we know, a few of each network."""
    record_failed_sign_in(
        email=email,
        method=factor,
        notes_unknown=lambda: throttles.has_room(
            f"noted-unknown:{throttles.network_key(request)}", UNKNOWN_NOTED_AN_HOUR, 3600
        ),
        ctx=member_context(request),
    )


def proceed_with_sign_in(
    request: HttpRequest,
    user: User,
    *,
    method: str,
    next: str,  # noqa: A002 - the name that the query has
    remember: bool = False,
    passkey_id: int | None = None,
) -> HttpResponse:
    """The person has shown who they are by ``method``: on to the second factor, or in. A passkey is both at once.

    An address that must be proven comes first: a link is mailed, and there is no session. The user is active; staff
    proved theirs when they chose a password.
    """
    area = sign_in_area_of(request)
    must_verify = get_setting("security.require_email_verification") and not area.is_staff
    if must_verify and user.email_verified_at is None:
        remember_mail_wait(request, user.email, user_id=user.pk, next=next)
        resend_mail(request)
        return see_other("/client/verify")
    throttles.count_sign_in(request, user.email)
    request.session[REMEMBER_SESSION_KEY] = remember and not area.is_staff
    request.session[PENDING_PASSWORD_KEY] = user.get_session_auth_hash()
    request.session[PENDING_IN_STAFF_AREA_KEY] = area.is_staff
    if passkey_id is not None:
        record_authentication(
            request, user, "mfa", id=passkey_id, type="webauthn", passwordless=True
        )
    else:
        record_authentication(request, user, method)
    response = perform_login(request, Login(user=user, redirect_url=next or None))
    target = response["Location"]
    return see_other(area.url(CHALLENGE) if target == CLIENT_AREA.url(CHALLENGE) else target)


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in that waits for its second factor: the password was right."""

    user: User
    stage: Any

    def passed(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The second factor was shown: in."""
        record_authentication(request, self.user, "mfa", type=kind)
        return see_other(self.stage.exit()["Location"])


def pending_sign_in(request: HttpRequest) -> PendingSignIn | None:
    """The sign-in of this browser that waits for its second factor; None if there is none.

    It ends when the password changes, as sessions do, and goes on in the area where it began only.
    """
    if request.user.is_authenticated:
        return None
    if request.session.get(PENDING_IN_STAFF_AREA_KEY) is not sign_in_area_of(request).is_staff:
        return None
    stage = LoginStageController.enter(request, LoginStageKey.MFA_AUTHENTICATE.value)
    user = stage.login.user if stage is not None else None
    if not isinstance(user, User) or not user.is_active or not may_come_in(request, user):
        return None
    password = request.session.get(PENDING_PASSWORD_KEY, "")
    if not constant_time_compare(password, user.get_session_auth_hash()):
        clear_login(request)
        return None
    return PendingSignIn(user, stage)


def begin_session(request: HttpRequest, user: User, methods: Iterable[str]) -> None:
    """Django has given the session a new id: mark it, list it for its owner, and note the sign-in."""
    session, now, methods = request.session, clock.now(), list(methods)
    area = sign_in_area_of(request)
    remember = bool(session.get(REMEMBER_SESSION_KEY)) and not area.is_staff
    for key in (
        MAIL_WAIT_KEY,
        PENDING_PASSWORD_KEY,
        PENDING_IN_STAFF_AREA_KEY,
        password_confirmation.PASSWORD_GIVEN_KEY,
    ):
        session.pop(key, None)
    start_session_clock(session, remember=remember)
    staff = Staff.objects.active().filter(user=user).first() if area.is_staff else None
    if staff is not None:
        session[STAFF_SESSION_KEY] = True
    if remember:
        session.set_expiry(now + session_limits.REMEMBERED_SESSION_LASTS)
    if "password" in methods:
        password_confirmation.note_password_given(request)
    agent = request.headers.get("User-Agent", "")
    address = request.META.get("REMOTE_ADDR") or None
    sessions.begin_session(
        user=user,
        session_key=session.session_key or "",
        address=address,
        user_agent=agent,
        remember=remember,
        at=now,
    )
    known_devices.note_known_device(request, user.email)
    kind, pk = ("staff", staff.pk) if staff is not None else ("member", user.pk)
    ctx = Context(now, Actor(kind, pk, user.email, address, actor_of(request).request_id))
    record_sign_in(
        user=user,
        methods=methods,
        device=user_agents.device_name(agent),
        country=request.META.get(COUNTRY_KEY, ""),
        staff=staff,
        ctx=ctx,
    )


def redirect_after_sign_in(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """To the page asked for, or the dashboard; with a word when the recovery codes are running out."""
    left = recovery_codes_left(user)
    if left is not None and left <= FEW_RECOVERY_CODES:
        text = ngettext(
            "You have %(number)d recovery code left. Generate new codes under Security.",
            "You have %(number)d recovery codes left. Generate new codes under Security.",
            left,
        )
        messages.warning(request, text % {"number": left})
    return redirect_to(request, target)


def redirect_to(request: HttpRequest, target: str) -> HttpResponse:
    """To a page of this area that was asked for; else to its first page."""
    area = sign_in_area_of(request)
    fine = (
        path_on_this_site(target) == target
        and is_staff_path(urlsplit(target).path) == area.is_staff
    )
    return see_other(target if fine else area.home)


def remember_mail_wait(request: HttpRequest, email: str, *, user_id: int | None, next: str) -> None:  # noqa: A002
    """This browser's person has to look into their mail first."""
    request.session[MAIL_WAIT_KEY] = {"email": email, "user": user_id, "next": next}


def mail_wait(request: HttpRequest) -> dict[str, Any] | None:
    """What ``remember_mail_wait`` kept; None if this browser waits for nothing."""
    kept = request.session.get(MAIL_WAIT_KEY)
    return kept if isinstance(kept, dict) else None


def resend_mail(request: HttpRequest) -> None:
    """Mail what helps the person who waits: a link, once in 60 seconds, or that they have an account, once an hour.

    A link goes out only for a user whom this browser registered or whose password it knew: it must not open an account
    to which somebody else set the password. Nothing of this shows on the page.
    """
    kept = mail_wait(request)
    if kept is None:
        return
    whom = throttles.person_key(kept["email"])
    if kept["user"] is None:
        if throttles.is_first_within(f"mailed-exists:{whom}", 3600):
            send_account_exists_email_to_owner(email=kept["email"], at=clock.now())
    elif throttles.is_first_within(f"mailed-verify:{whom}", 60):
        user = User.objects.filter(pk=kept["user"], is_active=True).first()
        if user is not None:
            send_verification(user=user)


def end_own_session(request: HttpRequest) -> None:
    """End this session, and with a staff session what its person does for a client."""
    ctx = member_context(request)
    end_impersonation(staff_session=request.session, ctx=ctx)
    if isinstance(request.user, User):
        record_sign_out(user=request.user, session_key=request.session.session_key, ctx=ctx)
    request.session.flush()
    messages.success(request, _("You're signed out."))
