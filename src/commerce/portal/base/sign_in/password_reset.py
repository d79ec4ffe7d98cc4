"""A forgotten password: a link by mail, then a new one (accounts.md 5)."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.accounts.actions import passwords
from commerce.accounts.actions.mfa import consume_code
from commerce.accounts.actions.passwords import has_live_tokens, send_password_reset, user_of_reset
from commerce.accounts.mfa import primary_factors
from commerce.accounts.models import User
from commerce.accounts.passwords import check_new_password
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.portal.base import errors, throttles
from commerce.portal.base.access import actor_of, member_context
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.redirects import see_other
from commerce.portal.base.sign_in import login, webauthn
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.portal.base.sign_in.forms import ForgotPasswordForm, ResetPasswordForm


@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """`/client/forgot-password`: one answer for known and unknown addresses, one mail in 60 seconds."""
    form = ForgotPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        email = form.cleaned_data["email"]
        throttles.count_guess(request, "reset", email)
        if throttles.is_first_within(f"mailed-reset:{throttles.person_key(email)}", 60):
            send_password_reset(
                email=email,
                ctx=member_context(request),
                for_staff=sign_in_area_of(request).is_staff,
            )
        return see_other(sign_in_area_of(request).url("account_reset_password_done"))
    status = 422 if form.is_bound else 200
    return render(
        request, "portal/base/sign_in/forgot_password.html", {"form": form}, status=status
    )


@require_safe
def forgot_password_sent(request: HttpRequest) -> HttpResponse:
    """`/client/forgot-password/sent`: look into your mail."""
    return render(request, "portal/base/sign_in/forgot_password_sent.html")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password(request: HttpRequest, token: str) -> HttpResponse:
    """`/client/reset-password/{token}`: the new password, and the second factor if one is set up."""
    throttles.count_anonymous_guess(request, "reset-link")
    user = user_of_reset(token=token, at=clock.now())
    if user is None:
        return errors.gone(request)
    kinds = {factor.type for factor in primary_factors(user)}
    has_passkey = Authenticator.Type.WEBAUTHN in kinds
    form = ResetPasswordForm(
        request.POST if request.method == "POST" else None,
        has_factor=bool(kinds),
        has_passkey=has_passkey,
        has_tokens=has_live_tokens(user),
        is_staff=passwords.is_staff(user),
    )
    if form.is_bound and form.is_valid() and _was_reset(request, user, form):
        messages.success(request, _("Password changed. Sign in with your new password."))
        return see_other(sign_in_area_of(request).url("account_login"))
    context = {
        "form": form,
        "user_email": user.email,
        "has_passkey": has_passkey,
        "options_url": f"{request.path}/passkey",
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/base/sign_in/reset_password.html", context, status=status)


def _was_reset(request: HttpRequest, user: User, form: ResetPasswordForm) -> bool:
    password = form.cleaned_data["password"]
    try:
        # First, so that a bad password does not use up a code.
        check_new_password(
            password,
            email=user.email,
            first_name=user.first_name,
            last_name=user.last_name,
            is_staff=passwords.is_staff(user),
        )
        if "code" in form.fields and not _factor_shown(request, user, form):
            return False
        passwords.reset_password(
            user=user,
            password=password,
            revoke_tokens=form.cleaned_data.get("revoke_tokens", False),
            ctx=member_context(request),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return False
    return True


def _factor_shown(request: HttpRequest, user: User, form: ResetPasswordForm) -> bool:
    credential, code = request.POST.get("credential"), form.cleaned_data.get("code")
    if not (credential or code):
        form.add_error("code", _("Enter the code from your authenticator app, or a recovery code."))
        return False
    attempt = login.count_sign_in_guess(request, "factor", user.email)
    now, actor = clock.now(), actor_of(request)
    if credential:
        right = webauthn.verify_passkey(user, credential) is not None
    else:
        right = consume_code(user=user, code=str(code), ctx=Context(now, actor)) is not None
    if right:
        attempt.succeeded()
    else:
        login.note_failed_sign_in(request, user.email, "passkey" if credential else "code")
        form.add_error(
            "code",
            _("This code is incorrect or was already used. Wait for the next one and try again."),
        )
    return right


@require_POST
def reset_passkey_options(request: HttpRequest, token: str) -> HttpResponse:
    """`/client/reset-password/{token}/passkey`: what the browser has to ask for."""
    throttles.count_anonymous_guess(request, "reset-link")
    user = user_of_reset(token=token, at=clock.now())
    return errors.gone(request) if user is None else webauthn.passkey_request_options(user)
