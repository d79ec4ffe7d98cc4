"""Links of emails by which an address is proven, or a change of it stopped, in either area (accounts.md 4 and 5)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.accounts.actions.email_changes import email_change_of_stop_link
from commerce.accounts.actions.users import (
    email_of_verification_link,
    revoke_email_change,
    verify_email,
)
from commerce.accounts.models import User
from commerce.portal.base import errors, throttles
from commerce.portal.base.access import member_context
from commerce.portal.base.redirects import see_other
from commerce.portal.base.sign_in import login
from commerce.portal.base.sign_in.areas import sign_in_area_of

_STOPPED = _lazy("This change was already stopped, replaced, or completed.")


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """`…/verify/{token}`: a page with a button, so that programs which look at links do not use them up."""
    throttles.count_anonymous_guess(request, "verify-link")
    address = email_of_verification_link(token)
    if address is None:
        return errors.gone(request)
    if request.method != "POST":
        return render(request, "portal/base/sign_in/verify.html", {"address": address})
    own = isinstance(request.user, User) and request.user.pk == address.user_id
    keep = request.session.session_key if own else None
    user = verify_email(token=token, ctx=member_context(request), keep_session=keep)
    if user is None:
        return errors.gone(request)
    messages.success(request, _("%(email)s is confirmed.") % {"email": user.email})
    kept, area = login.mail_wait(request), sign_in_area_of(request)
    if request.user.is_authenticated:
        target = kept["next"] if kept is not None and own else ""
        return see_other(target or (area.url("security") if own else area.home))
    if kept is not None and kept["user"] == user.pk:
        return login.proceed_with_sign_in(request, user, method="email", next=kept["next"])
    target = kept["next"] if kept is not None else ""
    query = f"?{urlencode({'next': target})}" if target else ""
    return see_other(area.url("account_login") + query)


@require_http_methods(["GET", "HEAD", "POST"])
def keep_email(request: HttpRequest, token: str) -> HttpResponse:
    """`…/keep-email/{token}`: the owner of the present address stops a change that they did not ask for."""
    throttles.count_anonymous_guess(request, "keep-email-link")
    change = email_change_of_stop_link(token)
    if change is None:
        return errors.gone(request, str(_STOPPED))
    if request.method != "POST":
        return render(request, "portal/base/sign_in/keep_email.html", {"change": change})
    user = revoke_email_change(token=token, ctx=member_context(request))
    if user is None:
        return errors.gone(request, str(_STOPPED))
    if request.user.pk == user.pk:
        request.session.flush()
    messages.success(
        request,
        _(
            "Your sign-in email stays the same, and you're signed out everywhere. Choose a new password now."
        ),
    )
    return see_other(sign_in_area_of(request).url("account_reset_password"))
