"""`/sandbox`: the control panel of a demo's servers, where the user of an account signs in. Nothing in it is real.

It is somebody else's site: it knows no members, and its cookie is only read here.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.hosting.sandbox.panel import SandboxAccount, open_panel
from commerce.hosting.sandbox.usage import usage_of
from commerce.kit import clock
from commerce.portal.base import throttles
from commerce.portal.base.form_fields import LineField, PlainTextField
from commerce.portal.base.redirects import see_other
from commerce.portal.services.usage import usage_now

COOKIE, SALT = "sandbox_panel", "commerce.sandbox_panel"
SIGNED_IN_FOR = timedelta(hours=1)

type PanelView = Callable[..., HttpResponse]


def _only_in_a_demo(view: PanelView) -> PanelView:
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.COMMERCE_DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return shown


class PanelSignInForm(forms.Form):
    """Username and password of a hosting account."""

    username = LineField(
        label=_lazy("Username"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    password = PlainTextField(
        label=_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.account: SandboxAccount | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "username" in given and "password" in given:
            attempt = throttles.count_guess(self.request, "sandbox", given["username"])
            with open_panel() as panel:
                self.account = panel.signed_in(given["username"], given["password"])
            if self.account is None:
                raise forms.ValidationError(_("Incorrect username or password."), code="wrong")
            attempt.succeeded()
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@_only_in_a_demo
def sign_in(request: HttpRequest) -> HttpResponse:
    """`/sandbox`: sign in with what the service's page tells."""
    form = PanelSignInForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and form.account is not None:
        return _signed_in(form.account)
    status = 422 if form.is_bound else 200
    return render(request, "portal/services/sandbox/sign_in.html", {"form": form}, status=status)


@require_safe
@_only_in_a_demo
def session(request: HttpRequest, token: str) -> HttpResponse:
    """`/sandbox/session/{token}`: the link that the panel made for one sign-in."""
    with open_panel() as panel:
        account = panel.use_link(token)
    if account is None:
        return render(request, "portal/services/sandbox/link_used.html", status=410)
    return _signed_in(account)


def _signed_in(account: SandboxAccount) -> HttpResponse:
    response = see_other("portal:panel_account")
    response.set_signed_cookie(
        COOKIE,
        account.id,
        salt=SALT,
        max_age=SIGNED_IN_FOR,
        path="/sandbox",
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_safe
@_only_in_a_demo
def account(request: HttpRequest) -> HttpResponse:
    """`/sandbox/account`: the account as its panel has it now, or that it is gone."""
    named = request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=SIGNED_IN_FOR)
    if not named:
        return see_other("portal:panel")
    with open_panel() as panel:
        found = panel.account(named)
    if found is None:
        return render(request, "portal/services/sandbox/gone.html", status=410)
    context = {"account": found, "usage": usage_now(usage_of(found, clock.now()))}
    return render(request, "portal/services/sandbox/account.html", context)


@require_POST
@_only_in_a_demo
def sign_out(request: HttpRequest) -> HttpResponse:
    """`/sandbox/sign-out`: forget who is signed in at the panel."""
    response = see_other("portal:panel")
    response.delete_cookie(COOKIE, path="/sandbox", samesite="Lax")
    return response
