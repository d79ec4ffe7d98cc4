"""Sign-in, second factor, sign-out, in either area (accounts.md 5 and 6); paths in the texts are the clients'."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts.actions.mfa import consume_code
from commerce.accounts.mfa import primary_factors
from commerce.accounts.models import User
from commerce.portal.base import throttles
from commerce.portal.base.access import member_context
from commerce.portal.base.redirects import see_other
from commerce.portal.base.sign_in import login, webauthn
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.portal.base.sign_in.forms import CodeForm, SignInForm

DEMO_PASSWORD = "demo-demo-demo"
DEMO_ACCOUNTS = (  # shown on a demo installation only
    ("alice@example.com", _lazy("Owner of Acme Hosting Ltd")),
    ("bob@example.com", _lazy("Billing member of Acme Hosting Ltd")),
    ("charlie@example.com", _lazy("Another customer")),
    ("dora@example.com", _lazy("Closed account")),
    ("erik@example.com", _lazy("Suspended account")),
    ("frida@example.com", _lazy("A club that pays from its credit")),
)


DEMO_STAFF = (
    ("grace@example.com", _lazy("Super admin")),
    ("sam@example.com", _lazy("Support")),
    ("bea@example.com", _lazy("Billing")),
)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """`/client/login`: e-mail and password, or a passkey."""
    target = login.requested_page(request)
    if request.user.is_authenticated:
        return login.redirect_to(request, target)
    form = SignInForm(request.POST if request.method == "POST" else None)
    if sign_in_area_of(request).is_staff:
        del form.fields["remember"]
    if request.method != "POST":
        return _sign_in_page(request, form, target)
    if form.is_valid():
        user = _by_password(request, form.cleaned_data["email"], form.cleaned_data["password"])
        if user is not None:
            remember = form.cleaned_data.get("remember", False)
            return login.proceed_with_sign_in(
                request, user, method="password", next=target, remember=remember
            )
        form.add_error(None, _("Incorrect email or password. Try again, or reset your password."))
    return _sign_in_page(request, form, target, status=422)


def _by_password(request: HttpRequest, email: str, password: str) -> User | None:
    throttles.require_room_for_sign_in(request, email)
    attempt = login.count_sign_in_guess(request, "sign-in", email)
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User) or not login.may_come_in(request, user):
        login.note_failed_sign_in(request, email, "password")
        return None
    attempt.succeeded()
    return user


def _sign_in_page(
    request: HttpRequest, form: SignInForm, target: str, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "next": target}
    if settings.COMMERCE_DEMO:
        people = DEMO_STAFF if sign_in_area_of(request).is_staff else DEMO_ACCOUNTS
        accounts = [{"email": email, "note": note} for email, note in people]
        context |= {"demo_accounts": accounts, "demo_password": DEMO_PASSWORD}
    return render(request, "portal/base/sign_in/sign_in.html", context, status=status)


@require_POST
def sign_in_by_passkey(request: HttpRequest) -> HttpResponse:
    """`/client/login/passkey`: without an answer, what the browser has to ask for; with one, the sign-in."""
    if request.user.is_authenticated:
        return see_other(sign_in_area_of(request).home)
    answer = request.POST.get("credential")
    if not answer:
        throttles.count_anonymous_guess(request, "passkey-asked")
        return webauthn.passkey_request_options(None)
    target = login.requested_page(request)
    attempt = throttles.count_anonymous_guess(request, "passkey")
    factor = webauthn.verify_passkey(None, answer)
    if factor is None or not factor.user.is_active or not login.may_come_in(request, factor.user):
        login.note_failed_sign_in(request, "", "passkey")
        messages.error(request, _("This passkey doesn't work here. Try another way to sign in."))
        return see_other(sign_in_area_of(request).url("account_login"))
    attempt.succeeded()
    remember = request.POST.get("remember") == "on" and not sign_in_area_of(request).is_staff
    return login.proceed_with_sign_in(
        request, factor.user, method="passkey", next=target, remember=remember, passkey_id=factor.pk
    )


@require_http_methods(["GET", "HEAD", "POST"])
def challenge(request: HttpRequest) -> HttpResponse:
    """`/client/two-factor-challenge`: a code, or a passkey, after the password."""
    pending = login.pending_sign_in(request)
    if pending is None:
        return redirect(sign_in_area_of(request).url("account_login"))
    if request.method == "POST" and request.POST.get("credential"):
        return _by_passkey(request, pending)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        kind = _checked(request, pending.user, form.cleaned_data["code"])
        if kind is not None:
            return pending.passed(request, kind)
        form.add_error(
            "code",
            _("This code is incorrect or was already used. Wait for the next one and try again."),
        )
    status = 422 if form.is_bound else 200
    return _challenge_page(request, pending.user, form, status)


def _checked(request: HttpRequest, user: User, code: str) -> str | None:
    attempt = login.count_sign_in_guess(request, "factor", user.email)
    kind = consume_code(user=user, code=code, ctx=member_context(request))
    if kind is None:
        login.note_failed_sign_in(request, user.email, "code")
    else:
        attempt.succeeded()
    return kind


def _by_passkey(request: HttpRequest, pending: login.PendingSignIn) -> HttpResponse:
    user = pending.user
    attempt = login.count_sign_in_guess(request, "factor", user.email)
    factor = webauthn.verify_passkey(user, request.POST["credential"])
    if factor is None:
        login.note_failed_sign_in(request, user.email, "passkey")
        form = CodeForm()
        messages.error(request, _("This passkey didn't work. Try again, or enter a code."))
        return _challenge_page(request, user, form, 422)
    attempt.succeeded()
    return pending.passed(request, "webauthn")


def _challenge_page(request: HttpRequest, user: User, form: CodeForm, status: int) -> HttpResponse:
    kinds = {factor.type for factor in primary_factors(user)}
    context = {
        "form": form,
        "has_passkey": Authenticator.Type.WEBAUTHN in kinds,
        "has_app": Authenticator.Type.TOTP in kinds,
    }
    return render(request, "portal/base/sign_in/challenge.html", context, status=status)


@require_POST
def challenge_options(request: HttpRequest) -> HttpResponse:
    """`/client/two-factor-challenge/passkey`: what the browser has to ask for."""
    throttles.count_anonymous_guess(request, "passkey-asked")
    pending = login.pending_sign_in(request)
    return (
        see_other(sign_in_area_of(request).url("account_login"))
        if pending is None
        else webauthn.passkey_request_options(pending.user)
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """`/client/logout`: the end of this session."""
    login.end_own_session(request)
    return see_other(sign_in_area_of(request).url("account_login"))
