"""`/admin/profile`: a staff person's own password, second factors and language."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from commerce.accounts.locale import enabled_languages
from commerce.accounts.mfa import primary_factors, recovery_codes_left
from commerce.backoffice.base.access import signed_in_staff
from commerce.kit import clock
from commerce.portal.base.redirects import see_other
from commerce.portal.base.security.forms import ChangePasswordForm
from commerce.portal.base.security.passwords import password_changed
from commerce.portal.base.security.sessions import live_sessions


@sensitive_post_parameters()
def profile(request: HttpRequest) -> HttpResponse:
    """The overview, and the form for another password."""
    form = ChangePasswordForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and password_changed(request, form):
        messages.success(request, _("Password changed. You were signed out of all other sessions."))
        return see_other("admin:security")
    staff = signed_in_staff(request)
    factors = primary_factors(staff.person)
    context = {
        "staff": staff,
        "role": str(staff.role),
        "password_form": form,
        "has_app": any(factor.type == "totp" for factor in factors),
        "passkeys": sum(factor.type == "webauthn" for factor in factors),
        "codes_left": recovery_codes_left(staff.person),
        "own_language": enabled_languages().get(staff.person.locale, staff.person.locale),
        "sessions": len(live_sessions(staff.person)),
        "now": clock.now(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/sign_in/profile.html", context, status=status)
