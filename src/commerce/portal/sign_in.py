"""Sign-in, second factor, sign-out (accounts.md 5 and 6)."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts import actions
from commerce.accounts.factors import primary_factors
from commerce.accounts.models import User
from commerce.kit import clock
from commerce.portal import ceremonies, entrance, throttles
from commerce.portal.access import actor_of
from commerce.portal.answers import path_on_this_site, see_other
from commerce.portal.signing_forms import CodeForm, SignInForm

DEMO_PASSWORD = "demo-demo-demo"
DEMO_ACCOUNTS = (  # shown on a demo installation only
    ("alice@example.com", later("owner of Acme Hosting Ltd")),
    ("bob@example.com", later("her billing member")),
    ("charlie@example.com", later("another client")),
    ("dora@example.com", later("her client is closed")),
    ("erik@example.com", later("his client is suspended")),
)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """`/client/login`: e-mail and password, or a passkey."""
    target = entrance.wanted(request)
    if request.user.is_authenticated:
        return redirect(path_on_this_site(target))
    if request.method != "POST":
        return _sign_in_page(request, SignInForm(), target)
    form = SignInForm(request.POST)
    if form.is_valid():
        user = _by_password(request, form.cleaned_data["email"], form.cleaned_data["password"])
        if user is not None:
            stays = form.cleaned_data["remember"]
            return entrance.enter(request, user, method="password", next=target, stays=stays)
        form.add_error(None, _("E-mail or password is not right."))
    return _sign_in_page(request, form, target, status=422)


def _by_password(request: HttpRequest, email: str, password: str) -> User | None:
    attempt = entrance.guess(request, "sign-in", email)
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User):
        entrance.failed(request, email, "password")
        return None
    attempt.succeeded()
    return user


def _sign_in_page(
    request: HttpRequest, form: SignInForm, target: str, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "next": target}
    if settings.COMMERCE_DEMO:
        accounts = [{"email": email, "note": note} for email, note in DEMO_ACCOUNTS]
        context |= {"demo_accounts": accounts, "demo_password": DEMO_PASSWORD}
    return render(request, "portal/signing/sign_in.html", context, status=status)


@require_POST
def sign_in_by_passkey(request: HttpRequest) -> HttpResponse:
    """`/client/login/passkey`: without an answer, what the browser has to ask for; with one, the sign-in."""
    if request.user.is_authenticated:
        return see_other("portal:dashboard")
    answer = request.POST.get("credential")
    if not answer:
        throttles.nameless_guess(request, "passkey-asked")
        return ceremonies.ask(None)
    target = entrance.wanted(request)
    attempt = throttles.nameless_guess(request, "passkey")
    factor = ceremonies.shown(None, answer)
    if factor is None or not factor.user.is_active:
        entrance.failed(request, "", "passkey")
        messages.error(request, _("This passkey does not sign you in here."))
        return see_other("account_login")
    attempt.succeeded()
    actions.note_passkey_used(factor=factor, at=clock.now())
    stays = request.POST.get("remember") == "on"
    return entrance.enter(
        request, factor.user, method="passkey", next=target, stays=stays, passkey_id=factor.pk
    )


@require_http_methods(["GET", "HEAD", "POST"])
def challenge(request: HttpRequest) -> HttpResponse:
    """`/client/two-factor-challenge`: a code, or a passkey, after the password."""
    pending = entrance.pending(request)
    if pending is None:
        return redirect("account_login")
    if request.method == "POST" and request.POST.get("credential"):
        return _by_passkey(request, pending)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        kind = _checked(request, pending.user, form.cleaned_data["code"])
        if kind is not None:
            return pending.passed(request, kind)
        form.add_error("code", _("This code is not right, or was used before. Wait for the next."))
    status = 422 if form.is_bound else 200
    return _challenge_page(request, pending.user, form, status)


def _checked(request: HttpRequest, user: User, code: str) -> str | None:
    attempt = entrance.guess(request, "factor", user.email)
    kind = actions.check_code(user=user, code=code, at=clock.now(), actor=actor_of(request))
    if kind is None:
        entrance.failed(request, user.email, "code")
    else:
        attempt.succeeded()
    return kind


def _by_passkey(request: HttpRequest, pending: entrance.Pending) -> HttpResponse:
    user = pending.user
    attempt = entrance.guess(request, "factor", user.email)
    factor = ceremonies.shown(user, request.POST["credential"])
    if factor is None:
        entrance.failed(request, user.email, "passkey")
        form = CodeForm()
        messages.error(request, _("This passkey is not one of yours, or the device said no."))
        return _challenge_page(request, user, form, 422)
    attempt.succeeded()
    actions.note_passkey_used(factor=factor, at=clock.now())
    return pending.passed(request, "webauthn")


def _challenge_page(request: HttpRequest, user: User, form: CodeForm, status: int) -> HttpResponse:
    kinds = {factor.type for factor in primary_factors(user)}
    context = {
        "form": form,
        "has_passkey": Authenticator.Type.WEBAUTHN in kinds,
        "has_app": Authenticator.Type.TOTP in kinds,
    }
    return render(request, "portal/signing/challenge.html", context, status=status)


@require_POST
def challenge_options(request: HttpRequest) -> HttpResponse:
    """`/client/two-factor-challenge/passkey`: what the browser has to ask for."""
    throttles.nameless_guess(request, "passkey-asked")
    pending = entrance.pending(request)
    return see_other("account_login") if pending is None else ceremonies.ask(pending.user)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """`/client/logout`: the end of this session."""
    entrance.signed_out(request)
    return see_other("account_login")
