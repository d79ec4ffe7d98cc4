"""`/invite/{token}`: an offer of membership, as the invited person meets it (accounts.md 3)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.accounts import labels
from commerce.accounts.actions.invitations import (
    accept_as_new_user,
    accept_invitation,
    accept_invitation_blocked_reason,
    decline_invitation,
    find_invitation,
)
from commerce.accounts.models import Client, Invitation, User
from commerce.accounts.rules import ClientStatus, mask_email
from commerce.kit import clock
from commerce.kit.errors import BusinessError, StateConflict
from commerce.portal.base import errors, throttles
from commerce.portal.base.access import ACTING_CLIENT_KEY, member_context, refusal_page
from commerce.portal.base.form_fields import LineField, PlainEmailField, add_business_error
from commerce.portal.base.redirects import see_other
from commerce.portal.base.sign_in import login
from commerce.portal.base.sign_in.forms import new_password_field, password_length_help


class NewPersonForm(forms.Form):
    """What an invited person who has no user yet tells of themselves; their address is known and proven by the link."""

    email = PlainEmailField(
        label=_lazy("Email"),
        disabled=True,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    first_name = LineField(
        label=_lazy("First name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = LineField(
        label=_lazy("Last name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    password = new_password_field(_lazy("Password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_length_help()


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, token: str) -> HttpResponseBase:
    """Who invites to which client, as what; accepted or declined here.

    Used, old and false links: 410. Signed in as somebody else: 403 with the address masked.
    """
    throttles.count_anonymous_guess(request, "invite-link")
    found = find_invitation(token=token, at=clock.now())
    if found is None:
        return _gone(request)
    user = request.user if isinstance(request.user, User) else None
    if user is not None and user.email.lower() != found.email.lower():
        context = {"masked": mask_email(found.email)}
        return render(request, "portal/account/invite_other_user.html", context, status=403)
    if request.method != "POST":
        return _page(request, found)
    return _answered(request, found, user)


def _answered(request: HttpRequest, found: Invitation, user: User | None) -> HttpResponseBase:
    if request.POST.get("answer") == "decline":
        return _declined(request, found)
    if found.client.status == ClientStatus.SUSPENDED:
        return refusal_page(request, reason="suspended")
    if user is not None:
        return _accepted(request, found, user)
    return _accepted_as_new(request, found)


def _page(
    request: HttpRequest, found: Invitation, form: NewPersonForm | None = None
) -> HttpResponse:
    """A known person accepts, or signs in first; a new one fills in the form."""
    is_known = User.objects.filter(email__iexact=found.email).exists()
    context: dict[str, Any] = {
        "invitation": found,
        "role": labels.ROLE_LABELS[found.role],
        "form": form or NewPersonForm(initial={"email": found.email}),
        "reason": accept_invitation_blocked_reason(found, member_context(request)),
        "must_sign_in": is_known and not request.user.is_authenticated,
        "sign_in_url": f"/client/login?{urlencode({'next': request.path})}",
    }
    status = 422 if form is not None else 200
    return render(request, "portal/account/invite.html", context, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    text = _("This invitation was already used or withdrawn, or it expired. Ask for a new one.")
    return errors.gone(request, text)


def _declined(request: HttpRequest, found: Invitation) -> HttpResponse:
    try:
        decline_invitation(invitation=found, ctx=member_context(request))
    except StateConflict:
        return _gone(request)
    messages.success(request, _("Invitation declined."))
    return see_other("portal:dashboard" if request.user.is_authenticated else "portal:landing")


def _accepted(request: HttpRequest, found: Invitation, user: User) -> HttpResponse:
    try:
        accept_invitation(invitation=found, user=user, ctx=member_context(request))
    except StateConflict:
        return _gone(request)
    except BusinessError as error:
        messages.info(request, str(error))
        return see_other("portal:dashboard")
    request.session[ACTING_CLIENT_KEY] = found.client_id
    _welcome(request, found.client)
    return see_other("portal:dashboard")


def _accepted_as_new(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = NewPersonForm(request.POST, initial={"email": found.email})
    if User.objects.filter(email__iexact=found.email).exists():
        return see_other(request.path)
    if not form.is_valid():
        return _page(request, found, form)
    values = form.cleaned_data
    try:
        user = accept_as_new_user(
            invitation=found,
            first_name=values["first_name"],
            last_name=values["last_name"],
            password=values["password"],
            ctx=member_context(request),
        )
    except StateConflict:
        return _gone(request)
    except BusinessError as error:
        add_business_error(form, error)
        return _page(request, found, form)
    response = login.proceed_with_sign_in(request, user, method="password", next="")
    _welcome(request, found.client)
    return response


def _welcome(request: HttpRequest, client: Client) -> None:
    name = client.company or client.name
    messages.success(request, _("You joined %(name)s.") % {"name": name})
