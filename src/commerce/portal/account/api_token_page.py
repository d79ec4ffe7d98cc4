"""`/client/api-tokens/{id}`: what one token is, and a new secret for it (client-api-v2.md 2)."""

from datetime import UTC

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from commerce.accounts.actions.api_writes.spending import (
    set_spending_limit,
    token_limits,
    with_spending_limit,
)
from commerce.accounts.actions.api_writes.token_writes import WRITES_SHOWN
from commerce.accounts.actions.tokens import (
    RotatedToken,
    right_missing_for_token,
    rotate_token,
    rotate_token_blocked_reason,
)
from commerce.accounts.models import ApiToken, ApiTokenWrite, Client
from commerce.accounts.models.tokens import ApiTokenQuerySet
from commerce.db.acts import run_act
from commerce.kit import clock
from commerce.kit.acts.act import act_of
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.portal.account.api_tokens import TOKENS_RIGHT
from commerce.portal.account.token_bindings import bound_names
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.fields import act_fields, given_values
from commerce.portal.base.acts.views import act_page, form_view
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.password_confirmation import ConfirmedForm, PasswordForm
from commerce.portal.base.redirects import see_other


def _tokens(client: Client) -> ApiTokenQuerySet:
    today = clock.now().astimezone(UTC).date()
    return ApiToken.objects.for_client(client).with_state(today).select_related("maker", "client")


def _place(token: ApiToken) -> str:
    return reverse("portal:api_token", args=[token.pk])


@require_safe
@client_page(TOKENS_RIGHT)
def api_token(request: ClientRequest, pk: int) -> HttpResponseBase:
    """What the token may do, until when, and since when it has its secret."""
    token = _tokens(request.acting.client).filter(pk=pk).first()
    if token is None:
        return other_client_404(request, _tokens, pk, TOKENS_RIGHT)
    return _page(request, token)


def _page(
    request: ClientRequest, token: ApiToken, rotated: RotatedToken | None = None
) -> HttpResponse:
    ctx = member_context(request)
    can_rotate = not (
        rotate_token_blocked_reason(token, ctx) or right_missing_for_token(token, ctx)
    )
    context = {
        "token": token,
        "rotated": rotated,
        "currency": token.client.currency_code,
        "limit": token_limits(token.pk).get(token.client.currency_code),
        "writes": ApiTokenWrite.objects.for_client(request.acting.client)
        .filter(token=token)
        .newest_first()[:WRITES_SHOWN],
        "bound_to": bound_names(request.acting.client, token.pk),
        "may_rotate": can_rotate and request.acting.may_do(act_of(rotate_token)),
    }
    return render(request, "portal/account/api_token.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@act_page(rotate_token, _tokens, _place)
def api_token_rotate(request: ClientRequest, token: ApiToken) -> HttpResponse:
    """The form; the new secret is in the one reply that makes it, and nowhere else."""
    if right := right_missing_for_token(token, member_context(request)):
        raise PermissionDenied(right)
    act = act_of(rotate_token)
    form = ConfirmedForm(request, request.POST if request.method == "POST" else None)
    form.fields = {**act_fields(act, token), **form.fields}
    if form.is_bound and form.is_valid():
        values, ctx = given_values(act, token, form.cleaned_data), member_context(request)
        try:
            rotated = run_act(lambda: act.call(token, values, ctx), is_atomic=act.is_atomic)
        except PermissionDenied:
            raise
        except StateConflict as conflict:
            messages.info(request, str(conflict))
            return see_other("portal:api_token", token.pk)
        except BusinessError as error:
            add_business_error(form, error)
        else:
            response = _page(request, _tokens(request.acting.client).get(pk=token.pk), rotated)
            response["Cache-Control"] = "no-store"
            return response
    context = {"record": token, "form": form, "back": _place(token)}
    status = 422 if form.is_bound else 200
    return render(request, "portal/account/api_token_rotate.html", context, status=status)


api_token_limit = form_view(
    set_spending_limit,
    lambda client: with_spending_limit(_tokens(client)),
    _place,
    "portal/account/api_token_limit.html",
    confirmed_by=PasswordForm,
)
