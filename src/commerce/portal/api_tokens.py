"""`/client/api-tokens`: the keys to the client API (accounts.md 7)."""

import secrets
from datetime import UTC, date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods

from commerce.accounts import actions, words
from commerce.accounts.actions.tokens import MOST_LIVE
from commerce.accounts.models import SCOPES, ApiToken, Client
from commerce.kit import clock
from commerce.kit.errors import Moved, Refused
from commerce.portal import kept, refusals
from commerce.portal.access import ClientRequest, actor_of, client_page
from commerce.portal.answers import see_other
from commerce.portal.confirm import ConfirmedForm, PasswordForm
from commerce.portal.listing import Shape
from commerce.portal.records import elsewhere
from commerce.portal.search import Columns
from commerce.portal.typed_fields import Text

RIGHT = "tokens.manage"
COLUMNS = Columns(
    texts=("name", "scopes", "networks", "maker__first_name", "maker__last_name"),
    days=("expires_on",),
)
SHAPE = Shape(
    kind="token",
    statuses=("live", "revoked", "expired"),
    column="state",
    search_words=later("Search name, scope, network or maker"),
    matching=COLUMNS.matching,
)


class TokenForm(ConfirmedForm):
    """A new token. ``form_key`` is there so that sending the form twice makes one token."""

    form_key = Text(max_length=64, widget=forms.HiddenInput)
    name = Text(
        label=later("Name"),
        max_length=100,
        help_text=later("What will use it, such as “accounting sync”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=later("What it may read"), widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label=later("Expires"),
        required=False,
        help_text=later(
            "The last day on which it works, to its end in UTC. Empty: until it is revoked."
        ),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
    )
    networks = Text(
        label=later("Networks"),
        required=False,
        max_length=5000,
        help_text=later(
            "One on a line, such as 203.0.113.0/24 or 2001:db8::/32. Empty: from anywhere."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, request: ClientRequest, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"form_key": secrets.token_urlsafe(16), "scopes": [*SCOPES]})
        super().__init__(request, *args, **kwargs)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (scope, format_lazy("{} · {}", scope, words.SCOPES[scope]))
            for scope, right in SCOPES.items()
            if request.acting.may(right)
        ]
        lacking = ", ".join(right for right in SCOPES.values() if not request.acting.may(right))
        if lacking:
            field.help_text = _("More would be possible with rights that you lack: %s.") % lacking


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(RIGHT)
def api_tokens(request: ClientRequest) -> HttpResponse:
    """The list, newest first, and the form for a new one; its plain text is in the one reply that makes it."""
    if request.method != "POST":
        return _page(request, kept.fill(TokenForm(request), request))
    form = TokenForm(request, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        token, plain = _made(request, form)
    except Moved as done:
        advice = _("Its text was shown once. If you did not keep it, revoke it and make another.")
        messages.info(request, f"{done} {advice}")
        return see_other("portal:api_tokens")
    except Refused as refused:
        refusals.show(form, refused)
        return _page(request, form, status=422)
    response = _page(request, TokenForm(request), made=token, plain=plain)
    response["Cache-Control"] = "no-store"
    return response


def _made(request: ClientRequest, form: TokenForm) -> tuple[ApiToken, str]:
    values = form.cleaned_data
    return actions.create_token(
        client=request.acting.client,
        maker=request.acting.user,
        name=values["name"],
        scopes=values["scopes"],
        expires_on=values["expires_on"],
        networks=values["networks"].splitlines(),
        form_key=values["form_key"],
        at=clock.now(),
        actor=actor_of(request),
    )


def _page(
    request: ClientRequest,
    form: TokenForm,
    *,
    status: int = 200,
    made: ApiToken | None = None,
    plain: str = "",
) -> HttpResponse:
    client = request.acting.client
    rows = ApiToken.objects.for_client(client).listed_at(clock.now()).with_state(_today())
    rows = rows.with_requests(_today()).newest_first().select_related("maker")
    listing = SHAPE.read(request, rows)
    context = {
        "listing": listing,
        "form": form,
        "made": made,
        "plain": plain,
        "example": _example(),
        "is_suspended": client.status == Client.Status.SUSPENDED,
        "is_full": _live(client) >= MOST_LIVE,
        "most": MOST_LIVE,
    }
    status = listing.http_status if status == 200 and made is None else status
    return render(request, "portal/api_tokens.html", context, status=status)


def _live(client: Client) -> int:
    tokens = ApiToken.objects.for_client(client).live()
    return tokens.exclude(expires_on__lt=_today()).count()


def _example() -> str:
    """A command to begin with; it holds a placeholder, never a token."""
    return f'curl -H "Authorization: Bearer YOUR_TOKEN" {settings.COMMERCE_URL}/api/v1/services'


def _today() -> date:
    return clock.now().astimezone(UTC).date()


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(RIGHT, while_suspended=True)
def revoke(request: ClientRequest, pk: int) -> HttpResponse:
    """End a token; asks for the password every time. A suspended client may: a token may have leaked."""
    tokens = ApiToken.objects.for_client(request.acting.client).with_state(_today())
    token = tokens.select_related("maker").filter(pk=pk).first()
    if token is None:
        return elsewhere(request, ApiToken.objects.for_client, pk, RIGHT)
    form = PasswordForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _revoked(request, token)
    status = 422 if form.is_bound else 200
    return render(
        request, "portal/api_token_revoke.html", {"token": token, "form": form}, status=status
    )


def _revoked(request: HttpRequest, token: ApiToken) -> HttpResponse:
    try:
        actions.revoke_token(token=token, at=clock.now(), actor=actor_of(request))
    except Moved:
        messages.info(request, _("The token %s had ended already.") % token.name)
    else:
        messages.success(request, _("The token %s is revoked.") % token.name)
    return see_other("portal:api_tokens")
