"""From "this is the person" to a session: what every way of signing in has in common (accounts.md 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa.stages import AuthenticateStage
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.accounts import actions
from commerce.accounts.factors import recovery_codes_left
from commerce.accounts.models import User
from commerce.kit import clock, devices
from commerce.kit.actor import Actor
from commerce.portal import confirm, lifetime, shopping, throttles
from commerce.portal.access import actor_of
from commerce.portal.answers import path_on_this_site, see_other
from commerce.preferences.current import get

PENDING_KEY = "pending"
"""Where the session of a visitor keeps the address that he has to prove, the page that he asked for before, and the id
of the user if this browser registered him or knew his password: such a one is signed in when he proves the address."""

PASSWORD_KEY = "pending_password"
"""Where the session of a visitor keeps the hash of the password under which his sign-in waits for the second factor."""

FEW_CODES = 2


def wanted(request: HttpRequest) -> str:
    """The page on this site that was asked for before; empty if there is none."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if path_on_this_site(asked) == asked else ""


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
        wait_for_mail(request, user.email, user_id=user.pk, next=next)
        mail_again(request)
        return see_other("/client/verify")
    request.session[lifetime.STAYS_KEY] = stays
    request.session[PASSWORD_KEY] = user.get_session_auth_hash()
    if passkey_id is not None:
        record_authentication(
            request, user, "mfa", id=passkey_id, type="webauthn", passwordless=True
        )
    else:
        record_authentication(request, user, method)
    response = perform_login(request, Login(user=user, redirect_url=next or None))
    return see_other(response["Location"])


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that waits for its second factor: the password was right."""

    user: User
    stage: Any

    def passed(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The second factor was shown: in."""
        record_authentication(request, self.user, "mfa", type=kind)
        return see_other(self.stage.exit()["Location"])


def pending(request: HttpRequest) -> Pending | None:
    """The sign-in of this browser that waits for its second factor; None if there is none.

    It ends when the password changes, as sessions do.
    """
    if request.user.is_authenticated:
        return None
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    user = stage.login.user if stage is not None else None
    if not isinstance(user, User) or not user.is_active:
        return None
    password = request.session.get(PASSWORD_KEY, "")
    if not constant_time_compare(password, user.get_session_auth_hash()):
        clear_login(request)
        return None
    return Pending(user, stage)


def begin(request: HttpRequest, user: User, methods: Iterable[str]) -> None:
    """Django has given the session a new id: mark it, list it for its owner, and note the sign-in."""
    session, now, methods = request.session, clock.now(), list(methods)
    stays = bool(session.get(lifetime.STAYS_KEY))
    session.pop(PENDING_KEY, None)
    session.pop(PASSWORD_KEY, None)
    session.pop(confirm.GIVEN_KEY, None)
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
    shopping.arrive(request)


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
    return see_other(path_on_this_site(target))


def wait_for_mail(request: HttpRequest, email: str, *, user_id: int | None, next: str) -> None:  # noqa: A002
    """This browser's person has to look into his mail first."""
    request.session[PENDING_KEY] = {"email": email, "user": user_id, "next": next}


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """What ``wait_for_mail`` kept; None if this browser waits for nothing."""
    kept = request.session.get(PENDING_KEY)
    return kept if isinstance(kept, dict) else None


def mail_again(request: HttpRequest) -> None:
    """Mail what helps the person who waits: a link, once in 60 seconds, or that he has an account, once an hour.

    A link goes out only for a user whom this browser registered or whose password it knew: it must not open an account
    to which somebody else set the password. Nothing of this shows on the page.
    """
    kept = waiting(request)
    if kept is None:
        return
    whom = throttles.person(kept["email"])
    if kept["user"] is None:
        if throttles.first_in(f"mailed-exists:{whom}", 3600):
            actions.tell_account_exists(email=kept["email"], at=clock.now())
    elif throttles.first_in(f"mailed-verify:{whom}", 60):
        user = User.objects.filter(pk=kept["user"], is_active=True).first()
        if user is not None:
            actions.send_verification(user=user)


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
