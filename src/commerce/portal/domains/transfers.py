"""`/client/domains/{id}/transfer`: a transfer to us that is under way: another code, or no transfer (domains.md 1)."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.domains.actions.transfers import (
    MAX_CODE_LENGTH,
    cancel_transfer,
    cancel_transfer_blocked_reason,
    give_new_code,
    new_code_blocked_reason,
)
from commerce.domains.models import Domain
from commerce.kit.errors import BusinessError, StateConflict
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.base.form_fields import PlainTextField, add_business_error
from commerce.portal.domains.domain_acts import (
    MANAGE_RIGHT,
    act_and_return,
    for_domain,
    member_context,
    to_domain,
)


class NewCodeForm(forms.Form):
    """Another code; it is a secret, so no form brings it back."""

    code = PlainTextField(
        label=_lazy("Authorization code"),
        max_length=MAX_CODE_LENGTH,
        help_text=_lazy("From your current provider."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT)
@for_domain(cancel_transfer_blocked_reason)
def domain_transfer(request: ClientRequest, domain: Domain) -> HttpResponse:
    """Both forms; each says what it leads to."""
    if request.method == "POST" and "cancel" in request.POST:
        return act_and_return(
            request,
            domain,
            lambda: cancel_transfer(domain=domain, ctx=member_context(request)),
            _("We're canceling the transfer."),
        )
    form = NewCodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and (reason := new_code_blocked_reason(domain, member_context(request))):
        messages.info(request, str(reason))
        return to_domain(domain)
    if form.is_bound and form.is_valid() and _given(request, domain, form):
        return to_domain(domain)
    context = {"domain": domain, "form": form}
    if form.is_bound:
        form.data = {}  # no page repeats a secret
    status = 422 if form.is_bound else 200
    return render(request, "portal/domains/transfer.html", context, status=status)


def _given(request: ClientRequest, domain: Domain, form: NewCodeForm) -> bool:
    try:
        give_new_code(domain=domain, code=form.cleaned_data["code"], ctx=member_context(request))
    except StateConflict as conflict:
        messages.info(request, str(conflict))
    except BusinessError as error:
        add_business_error(form, error)
        return False
    else:
        messages.success(request, _("We're sending the new code. This can take a few days."))
    return True
