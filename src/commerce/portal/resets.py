"""A forgotten password: a link by mail, then a new one (accounts.md 5)."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.accounts import actions
from commerce.accounts.actions.passwords import has_tokens
from commerce.accounts.factors import primary_factors
from commerce.accounts.models import User
from commerce.accounts.passwords import check_new
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.portal import ceremonies, entrance, pages, throttles
from commerce.portal.access import actor_of
from commerce.portal.answers import see_other
from commerce.portal.signing_forms import ForgotForm, ResetForm


@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """`/client/forgot-password`: one answer for known and unknown addresses, one mail in 60 seconds."""
    form = ForgotForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        email = form.cleaned_data["email"]
        throttles.guess(request, "reset", email)
        if throttles.first_in(f"mailed-reset:{throttles.person(email)}", 60):
            actions.send_password_reset(email=email, at=clock.now(), actor=actor_of(request))
        return see_other("account_reset_password_done")
    status = 422 if form.is_bound else 200
    return render(request, "portal/signing/forgot.html", {"form": form}, status=status)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """`/client/forgot-password/sent`: look into your mail."""
    return render(request, "portal/signing/forgot_sent.html")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """`/client/reset-password/{token}`: the new password, and the second factor if one is set up."""
    throttles.nameless_guess(request, "reset-link")
    user = actions.user_of_reset(token=token, at=clock.now())
    if user is None:
        return pages.gone(request)
    kinds = {factor.type for factor in primary_factors(user)}
    has_passkey = Authenticator.Type.WEBAUTHN in kinds
    form = ResetForm(
        request.POST if request.method == "POST" else None,
        has_factor=bool(kinds),
        has_passkey=has_passkey,
        has_tokens=has_tokens(user),
    )
    if form.is_bound and form.is_valid() and _was_reset(request, user, form):
        messages.success(request, _("Your password is changed. Sign in with the new one."))
        return see_other("account_login")
    context = {
        "form": form,
        "user_email": user.email,
        "has_passkey": has_passkey,
        "options_url": f"{request.path}/passkey",
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/signing/reset.html", context, status=status)


def _was_reset(request: HttpRequest, user: User, form: ResetForm) -> bool:
    password = form.cleaned_data["password"]
    try:
        # First, so that a bad password does not use up a code.
        check_new(password, email=user.email, first_name=user.first_name, last_name=user.last_name)
        if "code" in form.fields and not _factor_shown(request, user, form):
            return False
        actions.reset_password(
            user=user,
            password=password,
            revoke_tokens=form.cleaned_data.get("revoke_tokens", False),
            at=clock.now(),
            actor=actor_of(request),
        )
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    return True


def _factor_shown(request: HttpRequest, user: User, form: ResetForm) -> bool:
    credential, code = request.POST.get("credential"), form.cleaned_data.get("code")
    if not (credential or code):
        form.add_error("code", _("Your account has a second factor: give a code."))
        return False
    attempt = entrance.guess(request, "factor", user.email)
    now, actor = clock.now(), actor_of(request)
    if credential:
        right = ceremonies.shown(user, credential) is not None
    else:
        right = actions.check_code(user=user, code=str(code), at=now, actor=actor) is not None
    if right:
        attempt.succeeded()
    else:
        entrance.failed(request, user.email, "passkey" if credential else "code")
        form.add_error("code", _("This code is not right, or was used before. Wait for the next."))
    return right


@require_POST
def reset_options(request: HttpRequest, token: str) -> HttpResponse:
    """`/client/reset-password/{token}/passkey`: what the browser has to ask for."""
    throttles.nameless_guess(request, "reset-link")
    user = actions.user_of_reset(token=token, at=clock.now())
    return pages.gone(request) if user is None else ceremonies.ask(user)
