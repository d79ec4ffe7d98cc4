"""From "this is the person" to a session: what every way of signing in has in common (accounts.md 5)."""

from collections.abc import Iterable
from typing import cast

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.stages import AuthenticateStage
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.accounts import actions
from commerce.accounts.factors import recovery_codes_left
from commerce.accounts.models import User
from commerce.kit import clock, devices
from commerce.kit.actor import Actor
from commerce.portal import confirm, lifetime, throttles
from commerce.portal.access import actor_of
from commerce.preferences.current import get

HOME = "/client/dashboard"
PENDING_EMAIL_KEY = "pending_email"
"""Where the session of a visitor keeps the address that he has to prove."""

NEXT_KEY = "pending_next"
"""Where it keeps the page that he asked for before."""

REGISTERED_KEY = "registered_user_id"
"""Where the session of the browser that registered a user keeps his id: it is signed in when he proves his address."""

FEW_CODES = 2


class SeeOther(HttpResponse):
    """303: the answer to a form, at a path of this site."""

    status_code = 303

    def __init__(self, path: str) -> None:
        super().__init__()
        self["Location"] = path


def path_on_this_site(target: str, otherwise: str = HOME) -> str:
    """``target`` if it is a path on this site, else another one (portal.md 1)."""
    fine = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if fine else otherwise


def wanted(request: HttpRequest) -> str:
    """The page on this site that was asked for before; empty if there is none."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return path_on_this_site(asked, "")


def guess(request: HttpRequest, kind: str, email: str) -> throttles.Attempt:
    """Count a guess at a person; when his limit is reached he is told, once a day. Raises ``TooMany``."""
    try:
        return throttles.guess(request, kind, email)
    except throttles.TooMany as too_many:
        once = f"told-blocked:{throttles.person(email)}"
        if too_many.of_person and throttles.first_in(once, 86400):
            actions.note_blocked(email=email, at=clock.now(), actor=actor_of(request))
        raise


def failed(request: HttpRequest, email: str, what: str) -> None:
    """Note a wrong password, code or passkey."""
    actions.note_failed_sign_in(email=email, what=what, at=clock.now(), actor=actor_of(request))


def enter(
    request: HttpRequest,
    user: User,
    *,
    method: str,
    next: str,  # noqa: A002 - the name that the query has
    stays: bool = False,
    passkey_id: int | None = None,
) -> HttpResponse:
    """The person has shown who he is by ``method``: on to the second factor, or in. A passkey is both at once.

    An address that must be proven comes first: a link is mailed, and there is no session. The user is active.
    """
    if get("security.require_email_verification") and user.email_verified_at is None:
        request.session[PENDING_EMAIL_KEY], request.session[NEXT_KEY] = user.email, next
        mail_verification(request, user.email)
        return SeeOther("/client/verify")
    request.session[lifetime.STAYS_KEY] = stays
    if passkey_id is not None:
        record_authentication(
            request, user, "mfa", id=passkey_id, type="webauthn", passwordless=True
        )
    else:
        record_authentication(request, user, method)
    response = perform_login(request, Login(user=user, redirect_url=next or None))
    return SeeOther(response["Location"])


def pending(request: HttpRequest) -> AuthenticateStage | None:
    """The sign-in of this browser that waits for its second factor; None if there is none."""
    if request.user.is_authenticated:
        return None
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None or stage.login.user is None or not stage.login.user.is_active:
        return None
    return cast(AuthenticateStage, stage)


def begin(request: HttpRequest, user: User, methods: Iterable[str]) -> None:
    """Django has given the session a new id: mark it, list it for its owner, and note the sign-in."""
    session, now, methods = request.session, clock.now(), list(methods)
    stays = bool(session.get(lifetime.STAYS_KEY))
    for key in (PENDING_EMAIL_KEY, NEXT_KEY, REGISTERED_KEY, confirm.GIVEN_KEY):
        session.pop(key, None)
    lifetime.begin(session, stays=stays)
    if stays:
        session.set_expiry(now + lifetime.REMEMBERED)
    if "password" in methods:
        confirm.note_password(request)
    agent = request.headers.get("User-Agent", "")
    address = request.META.get("REMOTE_ADDR") or None
    actions.begin_session(
        user=user,
        session_key=session.session_key or "",
        address=address,
        user_agent=agent,
        stays=stays,
        at=now,
    )
    actions.note_sign_in(
        user=user,
        methods=methods,
        device=devices.device(agent),
        at=now,
        actor=Actor("member", user.pk, user.email, address, actor_of(request).request_id),
    )


def arrive(request: HttpRequest, user: User, target: str) -> HttpResponse:
    """To the page asked for, or the dashboard; with a word when the recovery codes are running out."""
    left = recovery_codes_left(user)
    if left is not None and left <= FEW_CODES:
        text = ngettext(
            "You have %(number)d recovery code left. Make new ones under Security.",
            "You have %(number)d recovery codes left. Make new ones under Security.",
            left,
        )
        messages.warning(request, text % {"number": left})
    return SeeOther(path_on_this_site(target))


def mail_verification(request: HttpRequest, email: str) -> None:
    """Mail what helps the owner of an address on: a link to prove it, or that he has an account; once in 60 seconds.

    What is mailed, and whether anything is, does not show on the page.
    """
    if not throttles.first_in(f"mailed-verify:{throttles.person(email)}", 60):
        return
    user = User.objects.with_email(email).filter(is_active=True).first()
    if user is None:
        return
    if user.email_verified_at is None:
        actions.send_verification(user=user)
    elif throttles.first_in(f"mailed-exists:{throttles.person(email)}", 3600):
        actions.tell_account_exists(email=email, at=clock.now())


def signed_out(request: HttpRequest) -> None:
    """End this session."""
    if isinstance(request.user, User):
        actions.note_sign_out(
            user=request.user,
            session_key=request.session.session_key,
            at=clock.now(),
            actor=actor_of(request),
        )
    request.session.flush()
    messages.success(request, _("You are signed out."))
