"""`/client/domains/{id}/authorization-code`: what another provider asks for to take a name over (domains.md 5)."""

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.domains.actions.codes import (
    MAX_CODE_FAILURES,
    auth_code_blocked_reason,
    fetch_auth_code,
)
from commerce.domains.models import Domain
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.kit.remote.page_limits import page_limits
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.form_fields import PlainTextField, add_business_error
from commerce.portal.base.password_confirmation import ConfirmedForm
from commerce.portal.domains.domain_access import (
    MANAGE_RIGHT,
    for_domain,
    to_domain,
)

KEY_LASTS = 12 * 3600
"""Seconds for which a form that was sent is known: no session is older."""


class ShowCodeForm(ConfirmedForm):
    """The password, unless it was given lately. ``form_key`` is there so that a form sent twice shows one code."""

    form_key = PlainTextField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, request: ClientRequest, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"form_key": secrets.token_urlsafe(16)})
        super().__init__(request, *args, **kwargs)


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT, reveals=True)
@for_domain(auth_code_blocked_reason)
def domain_auth_code(request: ClientRequest, domain: Domain) -> HttpResponse:
    """The form; the code is in the one reply that fetched it, and nowhere else."""
    form = ShowCodeForm(request, request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return _page(request, domain, form)
    if not form.is_valid():
        return _page(request, domain, form, status=422)
    key = f"auth-code:{request.acting.user.pk}:{domain.pk}:{form.cleaned_data['form_key']}"
    try:
        with throttles.first_time_within(key, KEY_LASTS) as first:
            code = _fetched(request, domain) if first else ""
    except PermissionDenied:
        raise
    except StateConflict as conflict:
        messages.info(request, str(conflict))
        return to_domain(domain)
    except BusinessError as error:
        domain.refresh_from_db()
        add_business_error(form, error)
        return _page(request, domain, form, status=422)
    if not first:
        words = _("The code was shown only once. If you didn't save it, show it again.")
        messages.info(request, words)
        return to_domain(domain)
    return _page(request, domain, form, code=code)


def _fetched(request: ClientRequest, domain: Domain) -> str:
    """The code, within the time of a page: a registrar that is slow holds no more than that."""
    key = f"auth-code-failed:{domain.client_id}"
    attempt = throttles.count_attempt([throttles.ThrottleLimit(key, MAX_CODE_FAILURES, 3600)])
    try:
        with page_limits():
            code = fetch_auth_code(domain=domain, ctx=member_context(request))
    except TimeoutError as busy:
        raise BusinessError("domain.code_not_available_now") from busy
    attempt.succeeded()
    return code


def _page(
    request: ClientRequest,
    domain: Domain,
    form: ShowCodeForm,
    *,
    status: int = 200,
    code: str = "",
) -> HttpResponse:
    context = {"domain": domain, "form": form, "code": code}
    response = render(request, "portal/domains/auth_code.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
