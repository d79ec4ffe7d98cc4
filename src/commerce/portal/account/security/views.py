"""`/client/security`: password, e-mail address, and the way to factors and sessions (accounts.md 5 and 6)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.accounts.actions import users
from commerce.accounts.actions.email_changes import pending_email
from commerce.accounts.locale import enabled_languages
from commerce.accounts.mfa import primary_factors, recovery_codes_left
from commerce.kit import clock
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.base.redirects import see_other
from commerce.portal.base.security.email_changes import email_change_asked
from commerce.portal.base.security.forms import ChangeEmailForm, ChangePasswordForm
from commerce.portal.base.security.passwords import password_changed
from commerce.portal.base.security.sessions import live_sessions


@require_safe
@client_page(while_suspended=True)
def security(request: ClientRequest) -> HttpResponse:
    """The overview with the forms for password and address."""
    email = ChangeEmailForm(request, auto_id="email_%s")
    return _page(
        request, email=restored_forms.restore_form(email, request, reverse("portal:change_email"))
    )


def _page(
    request: ClientRequest, status: int = 200, *, password: Any = None, email: Any = None
) -> HttpResponse:
    user = request.acting.user
    factors = primary_factors(user)
    context = {
        "user": user,
        "password_form": password or ChangePasswordForm(request, auto_id="password_%s"),
        "email_form": email or ChangeEmailForm(request, auto_id="email_%s"),
        "pending_email": pending_email(user),
        "has_app": any(factor.type == "totp" for factor in factors),
        "passkeys": [factor for factor in factors if factor.type == "webauthn"],
        "codes_left": recovery_codes_left(user),
        "sessions": len(live_sessions(user)),
        "own_language": enabled_languages().get(user.locale, user.locale),
        "now": clock.now(),
    }
    return render(request, "portal/account/security/security.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@client_page(while_suspended=True)
def change_password(request: ClientRequest) -> HttpResponse:
    """`/client/security/password`: a new password; all other sessions end, this one goes on under a new id."""
    if request.method != "POST":
        return redirect("portal:security")
    form = ChangePasswordForm(request, request.POST, auto_id="password_%s")
    if not (form.is_valid() and password_changed(request, form)):
        return _page(request, 422, password=form)
    messages.success(request, _("Password changed. You were signed out of all other sessions."))
    return see_other("portal:security")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@client_page(while_suspended=True)
@restored_forms.restores(ChangeEmailForm)
def change_email(request: ClientRequest) -> HttpResponse:
    """`/client/security/email`: another address, which counts once its link was opened."""
    if request.method != "POST":
        return redirect("portal:security")
    form = ChangeEmailForm(request, request.POST, auto_id="email_%s")
    if not (form.is_valid() and email_change_asked(request, form)):
        return _page(request, 422, email=form)
    return see_other("portal:security")


@require_POST
@client_page(while_suspended=True)
def send_verification(request: ClientRequest) -> HttpResponse:
    """`/client/security/email/verify`: another link for an address that is not proven yet; once in 60 seconds."""
    user = request.acting.user
    if throttles.is_first_within(f"mailed-verify:{throttles.person_key(user.email)}", 60):
        users.send_verification(user=user)
        text = _("We sent a confirmation link to %(email)s.")
        messages.success(request, text % {"email": user.email})
    else:
        messages.info(request, throttles.JUST_MAILED_MESSAGE)
    return see_other("portal:security")
