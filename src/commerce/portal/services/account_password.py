"""`/client/services/{id}/password`: the password of an account, shown once (services-and-provisioning.md 4)."""

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.hosting.actions.passwords import reveal_password
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, member_context
from commerce.portal.base.acts.views import act_page
from commerce.portal.base.form_fields import PlainTextField
from commerce.portal.base.password_confirmation import ConfirmedForm
from commerce.portal.base.redirects import see_other
from commerce.portal.services.account_page import own_services

KEY_LASTS = 12 * 3600
"""Seconds for which a form that was sent is known: no session is older."""


class ShowPasswordForm(ConfirmedForm):
    """The member's own password, unless it was given lately. ``form_key``: a form sent twice shows it once."""

    form_key = PlainTextField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, request: ClientRequest, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"form_key": secrets.token_urlsafe(16)})
        super().__init__(request, *args, **kwargs)


@require_http_methods(["GET", "HEAD", "POST"])
@act_page(reveal_password, own_services, "portal:service")
def service_password(request: ClientRequest, service: Service) -> HttpResponse:
    """The form; the password is in the one reply that read it, and from then on nowhere."""
    form = ShowPasswordForm(request, request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return _page(request, service, form)
    if not form.is_valid():
        return _page(request, service, form, status=422)
    key = f"account-password:{request.acting.user.pk}:{service.pk}:{form.cleaned_data['form_key']}"
    try:
        with throttles.first_time_within(key, KEY_LASTS) as first:
            ctx = member_context(request)
            password = reveal_password(service=service, ctx=ctx) if first else ""
    except PermissionDenied:
        raise
    except BusinessError as error:
        return _no_password(request, service, str(error))
    if not first:
        words = _("The password was shown only once. If you didn't save it, set a new one.")
        return _no_password(request, service, words)
    return _page(request, service, form, password=password)


def _no_password(request: ClientRequest, service: Service, words: str) -> HttpResponse:
    messages.info(request, words)
    return see_other("portal:service", service.pk)


def _page(
    request: ClientRequest,
    service: Service,
    form: ShowPasswordForm,
    *,
    status: int = 200,
    password: str = "",
) -> HttpResponse:
    context = {"service": service, "form": form, "password": password}
    response = render(request, "portal/services/password.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
