"""`/client/api-tokens`: the keys to the client API (accounts.md 7)."""

import secrets
from datetime import UTC, date
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.accounts import labels
from commerce.accounts.actions.tokens import (
    create_token,
    create_token_blocked_reason,
    revoke_token,
)
from commerce.accounts.models import READING_SCOPES, SCOPES, ApiToken
from commerce.accounts.rules import ClientStatus, TokenStatus
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.portal.account.token_bindings import binding_choices, chosen_record
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import form_view
from commerce.portal.base.form_fields import PlainTextField, add_business_error
from commerce.portal.base.listing import ListDefinition
from commerce.portal.base.password_confirmation import ConfirmedForm, PasswordForm
from commerce.portal.base.redirects import see_other
from commerce.portal.base.search import SearchColumns

TOKENS_RIGHT = "tokens.manage"
TOKEN_COLUMNS = SearchColumns(
    texts=("name", "scopes", "networks", "maker__first_name", "maker__last_name"),
    days=("expires_on",),
)
TOKEN_LIST = ListDefinition(
    kind="token",
    statuses=(TokenStatus.LIVE, TokenStatus.REVOKED, TokenStatus.EXPIRED),
    column="state",
    search_words=_lazy("Search name, scope, network, or creator"),
    search_filter=TOKEN_COLUMNS.search_filter,
)


class TokenForm(ConfirmedForm):
    """A new token. ``form_key`` is there so that sending the form twice makes one token."""

    restored_fields: ClassVar[tuple[str, ...]] = (
        *("name", "scopes", "bound_to", "expires_on", "networks"),
    )

    form_key = PlainTextField(max_length=64, widget=forms.HiddenInput)
    name = PlainTextField(
        label=_lazy("Name"),
        max_length=100,
        help_text=_lazy("What will use the token, such as “accounting sync”"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(label=_lazy("Scopes"), widget=forms.CheckboxSelectMultiple)
    bound_to = forms.MultipleChoiceField(
        label=_lazy("Only for"),
        required=False,
        help_text=_lazy(
            "Select what the token is for, and clear the scopes that are about more. Select nothing for a token for "
            "the whole account. This can't be changed later."
        ),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    expires_on = forms.DateField(
        label=_lazy("Expiration date"),
        required=False,
        help_text=_lazy(
            "The last day the token works (UTC). Leave empty for a token that doesn't expire."
        ),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
    )
    networks = PlainTextField(
        label=_lazy("Allowed networks"),
        required=False,
        max_length=5000,
        help_text=_lazy(
            "One per line, such as 203.0.113.0/24 or 2001:db8::/32. Leave empty to allow any network."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, request: ClientRequest, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial", {"form_key": secrets.token_urlsafe(16), "scopes": [*READING_SCOPES]}
        )
        super().__init__(request, *args, **kwargs)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (scope, format_lazy("{} · {}", scope, labels.SCOPE_LABELS[scope]))
            for scope, right in SCOPES.items()
            if request.acting.may(right)
        ]
        self._offer_bindings(request)
        rights = [right for right in SCOPES.values() if not request.acting.may(right)]
        if rights:
            names = ", ".join(str(labels.RIGHT_LABELS[right]) for right in rights)
            text = _("Other scopes need permissions that you don't have: %(names)s.")
            field.help_text = text % {"names": names}

    def _offer_bindings(self, request: ClientRequest) -> None:
        choices = binding_choices(request.acting)
        field = self.fields["bound_to"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        if not choices:
            del self.fields["bound_to"]


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(TOKENS_RIGHT)
@restored_forms.restores(TokenForm)
def api_tokens(request: ClientRequest) -> HttpResponse:
    """The list, newest first, and the form for a new one; its plain text is in the one reply that makes it."""
    if request.method != "POST":
        return _page(request, restored_forms.restore_form(TokenForm(request), request))
    form = TokenForm(request, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        token, plain = _made(request, form)
    except BusinessError as error:
        if error.code == "api_token.already_made":
            advice = _(
                "The token was shown only once. If you didn't save it, revoke it and create another."
            )
            messages.info(request, f"{error} {advice}")
            return see_other("portal:api_tokens")
        add_business_error(form, error)
        return _page(request, form, status=422)
    response = _page(request, TokenForm(request), made=token, plain=plain)
    response["Cache-Control"] = "no-store"
    return response


def _made(request: ClientRequest, form: TokenForm) -> tuple[ApiToken, str]:
    values = form.cleaned_data
    return create_token(
        client=request.acting.client,
        maker=request.acting.user,
        name=values["name"],
        scopes=values["scopes"],
        expires_on=values["expires_on"],
        networks=values["networks"].splitlines(),
        bound_to=[chosen_record(one) for one in values.get("bound_to", ())],
        idempotency_key=values["form_key"],
        ctx=member_context(request),
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
    rows = ApiToken.objects.for_client(client).shown_in_list_at(clock.now()).with_state(_today())
    rows = rows.with_requests(_today()).newest_first().select_related("maker")
    listing = TOKEN_LIST.page_for(request, rows)
    context = {
        "listing": listing,
        "form": form,
        "made": made,
        "plain": plain,
        "example": _example(),
        "is_suspended": client.status == ClientStatus.SUSPENDED,
        "reason": create_token_blocked_reason(client, member_context(request)),
    }
    status = listing.http_status if status == 200 and made is None else status
    return render(request, "portal/account/api_tokens.html", context, status=status)


def _example() -> str:
    """A command to begin with; it holds a placeholder, never a token."""
    return f'curl -H "Authorization: Bearer YOUR_TOKEN" {settings.COMMERCE_URL}/api/v1/services'


def _today() -> date:
    return clock.now().astimezone(UTC).date()


api_token_revoke = form_view(
    revoke_token,
    lambda client: ApiToken.objects.for_client(client).select_related("maker"),
    lambda _token: reverse("portal:api_tokens"),
    "portal/account/api_token_revoke.html",
    confirmed_by=PasswordForm,
)
"""A suspended client may: a token may have leaked."""
