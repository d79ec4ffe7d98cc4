"""`/invite/{token}`: an offer of membership, as the invited person meets it (accounts.md 3)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods

from commerce.accounts import actions, words
from commerce.accounts.models import Client, Invitation, User
from commerce.accounts.rules import masked
from commerce.kit import clock
from commerce.kit.errors import Moved, Refused
from commerce.portal import entrance, pages, refusals, throttles
from commerce.portal.access import ACTING_KEY, actor_of, refuse
from commerce.portal.answers import see_other
from commerce.portal.signing_forms import length_help, new_password
from commerce.portal.typed_fields import Email, Line


class NewPersonForm(forms.Form):
    """What an invited person who has no user yet tells of himself; his address is known and proven by the link."""

    email = Email(
        label=later("E-mail"),
        disabled=True,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    first_name = Line(
        label=later("First name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = Line(
        label=later("Last name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    password = new_password(later("Choose a password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = length_help()


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, token: str) -> HttpResponseBase:
    """Who invites to which client, as what; accepted or declined here.

    Used, old and false links: 410. Signed in as somebody else: 403 with the address masked.
    """
    throttles.nameless_guess(request, "invite-link")
    found = actions.find_invitation(plain=token, at=clock.now())
    if found is None:
        return _gone(request)
    user = request.user if isinstance(request.user, User) else None
    if user is not None and user.email.lower() != found.email.lower():
        context = {"masked": masked(found.email)}
        return render(request, "portal/invite_other.html", context, status=403)
    if request.method != "POST":
        return _page(request, found)
    return _answered(request, found, user)


def _answered(request: HttpRequest, found: Invitation, user: User | None) -> HttpResponseBase:
    if request.POST.get("answer") == "decline":
        return _declined(request, found)
    if found.client.status == Client.Status.SUSPENDED:
        return refuse(request, reason="suspended")
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
        "role": words.ROLES[found.role],
        "rights": [words.RIGHTS[right] for right in found.rights],
        "form": form or NewPersonForm(initial={"email": found.email}),
        "is_suspended": found.client.status == Client.Status.SUSPENDED,
        "must_sign_in": is_known and not request.user.is_authenticated,
        "sign_in_url": f"/client/login?{urlencode({'next': request.path})}",
    }
    status = 422 if form is not None else 200
    return render(request, "portal/invite.html", context, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    text = _("It was answered or taken back, or it is too old. Ask who invited you for a new one.")
    return pages.gone(request, text)


def _declined(request: HttpRequest, found: Invitation) -> HttpResponse:
    try:
        actions.decline_invitation(invitation=found, at=clock.now(), actor=actor_of(request))
    except Moved:
        return _gone(request)
    messages.success(request, _("You declined the invitation."))
    return see_other("portal:dashboard" if request.user.is_authenticated else "portal:landing")


def _accepted(request: HttpRequest, found: Invitation, user: User) -> HttpResponse:
    try:
        actions.accept_invitation(
            invitation=found, user=user, at=clock.now(), actor=actor_of(request)
        )
    except Moved:
        return _gone(request)
    except Refused as refused:
        messages.info(request, str(refused))
        return see_other("portal:dashboard")
    request.session[ACTING_KEY] = found.client_id
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
        user = actions.accept_as_new_user(
            invitation=found,
            first_name=values["first_name"],
            last_name=values["last_name"],
            password=values["password"],
            at=clock.now(),
            actor=actor_of(request),
        )
    except Moved:
        return _gone(request)
    except Refused as refused:
        refusals.show(form, refused)
        return _page(request, found, form)
    response = entrance.enter(request, user, method="password", next="")
    _welcome(request, found.client)
    return response


def _welcome(request: HttpRequest, client: Client) -> None:
    name = client.company or client.name
    messages.success(request, _("You are a member of %(name)s now.") % {"name": name})
