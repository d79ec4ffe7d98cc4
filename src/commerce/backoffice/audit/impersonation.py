"""Acting for a client: the way into its portal, and back (backoffice.md 4)."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.debug import sensitive_post_parameters

from commerce.accounts.impersonation.actions import (
    end_impersonation,
    start_impersonation,
    start_impersonation_blocked_reason,
)
from commerce.accounts.models import Client
from commerce.accounts.records.clients import client_title
from commerce.backoffice.base.access import staff_context
from commerce.backoffice.base.context import staff_page
from commerce.kit.errors import BusinessError
from commerce.portal.base.form_fields import MultilineField, add_business_error
from commerce.portal.base.password_confirmation import ConfirmedForm
from commerce.portal.base.redirects import see_other


class ImpersonationForm(ConfirmedForm):
    """Why, and the password unless it was given within the last 10 minutes."""

    reason = MultilineField(
        label=_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


@sensitive_post_parameters()
def login_as_client(request: HttpRequest, pk: int) -> HttpResponse:
    """`/admin/login-as-client/{client}`: what it means, and the form; sending it leads into the client's portal."""
    client = get_object_or_404(Client, pk=pk)
    ctx = staff_context(request)
    form = ImpersonationForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            key = start_impersonation(
                client=client,
                staff_session=request.session,
                reason=form.cleaned_data["reason"],
                ctx=ctx,
            )
        except BusinessError as error:
            add_business_error(form, error)
        else:
            return _into_portal(key)
    context = {
        "title": _("Act for %(client)s") % {"client": client_title(client)},
        "client": client,
        "reason_against": start_impersonation_blocked_reason(client, ctx),
        "form": form,
    }
    template = "backoffice/audit/login_as_client.html"
    return staff_page(request, template, context, status=422 if form.is_bound else 200)


def _into_portal(session_key: str) -> HttpResponse:
    response = see_other("portal:dashboard")
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        session_key,
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response


def return_to_admin(request: HttpRequest) -> HttpResponse:
    """`/admin/return`: the end of it, for whoever has lost the client's pages."""
    ctx = staff_context(request)
    if request.method == "POST" and end_impersonation(staff_session=request.session, ctx=ctx):
        messages.success(request, _("You're no longer acting for the client."))
    return see_other("admin:dashboard")
