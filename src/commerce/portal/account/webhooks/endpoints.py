"""`/client/webhooks`: the list, a new one, and what is done with one."""

import secrets
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.db.acts import run_act
from commerce.kit.acts.act import act_of
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import act_page, form_view, press_view
from commerce.portal.base.form_fields import GroupedTicks, PlainTextField, add_business_error
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import see_other
from commerce.webhook_endpoints.access import ENDPOINTS_RIGHT, right_missing_for_secret
from commerce.webhook_endpoints.actions import endpoints as acts
from commerce.webhook_endpoints.actions.creating import (
    create_endpoint,
    create_endpoint_blocked_reason,
)
from commerce.webhook_endpoints.actions.deliveries import (
    repeat_delivery,
    repeat_recent,
    repeat_since_blocked_reason,
)
from commerce.webhook_endpoints.actions.endpoints import SecretEndpoint
from commerce.webhook_endpoints.models import (
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointQuerySet,
)

DELIVERIES_SHOWN = 25


class EndpointForm(forms.Form):
    """A new endpoint. ``form_key`` is there so that sending the form twice makes one."""

    restored_fields: ClassVar[tuple[str, ...]] = ("address", "description", "types")

    form_key = PlainTextField(max_length=64, widget=forms.HiddenInput)
    address = PlainTextField(
        label=_lazy("Address"),
        max_length=500,
        help_text=_lazy("An HTTPS address of your program. Events are sent there by POST."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
    )
    description = PlainTextField(
        label=_lazy("Description"),
        required=False,
        max_length=acts.MAX_DESCRIPTION,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    types = forms.MultipleChoiceField(
        label=acts.TYPES.label,
        required=False,
        choices=lambda: acts.TYPES.groups(None),
        help_text=_lazy("Select nothing for all events, also those of later releases."),
        widget=GroupedTicks,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"form_key": secrets.token_urlsafe(16)})
        super().__init__(*args, **kwargs)


def _endpoints(client: Client) -> WebhookEndpointQuerySet:
    return WebhookEndpoint.objects.for_client(client).select_related("maker", "client")


def _deliveries(client: Client) -> Any:
    return WebhookDelivery.objects.for_client(client).select_related("endpoint")


def _place(endpoint: WebhookEndpoint) -> str:
    return reverse("portal:webhook", args=[endpoint.pk])


@require_safe
@client_page(ENDPOINTS_RIGHT)
def webhooks(request: ClientRequest) -> HttpResponseBase:
    """All that have not ended, newest first."""
    client = request.acting.client
    context = {
        "endpoints": _endpoints(client).open().newest_first(),
        "is_suspended": client.status == ClientStatus.SUSPENDED,
        "reason": create_endpoint_blocked_reason(client, member_context(request)),
    }
    return render(request, "portal/account/webhooks/webhooks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(ENDPOINTS_RIGHT, reveals=True)
@restored_forms.restores(EndpointForm)
def webhook_add(request: ClientRequest) -> HttpResponse:
    """The form for a new one; its secret is in the one reply that makes it. A suspended client is not offered it."""
    if request.method != "POST" and request.acting.client.status == ClientStatus.SUSPENDED:
        return see_other("portal:webhooks")
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        form = restored_forms.restore_form(form, request)
    elif form.is_valid():
        try:
            made = create_endpoint(
                client=request.acting.client,
                maker=request.acting.user,
                address=form.cleaned_data["address"],
                description=form.cleaned_data["description"],
                types=form.cleaned_data["types"],
                idempotency_key=form.cleaned_data["form_key"],
                ctx=member_context(request),
            )
        except PermissionDenied:
            raise
        except StateConflict as conflict:
            messages.info(request, str(conflict))
            return see_other("portal:webhooks")
        except BusinessError as error:
            add_business_error(form, error)
        else:
            return _secret_page(request, made)
    context = {"form": form, "back": reverse("portal:webhooks")}
    status = 422 if form.is_bound else 200
    return render(request, "portal/account/webhooks/webhook_add.html", context, status=status)


@require_safe
@client_page(ENDPOINTS_RIGHT)
def webhook(request: ClientRequest, pk: int) -> HttpResponseBase:
    """What one is sent, and what became of deliveries."""
    endpoint = _endpoints(request.acting.client).filter(pk=pk).first()
    if endpoint is None:
        return other_client_404(request, _endpoints, pk, ENDPOINTS_RIGHT)
    return _page(request, endpoint)


def _secret_page(request: ClientRequest, made: SecretEndpoint) -> HttpResponse:
    endpoint = _endpoints(request.acting.client).get(pk=made.endpoint.pk)
    response = _page(request, endpoint, made.secret)
    response["Cache-Control"] = "no-store"
    return response


def _page(request: ClientRequest, endpoint: WebhookEndpoint, secret: str = "") -> HttpResponse:
    ctx = member_context(request)
    rows = endpoint.deliveries.newest_first()
    page = Paginator(rows, DELIVERIES_SHOWN).get_page(request.GET.get("page"))
    context = {
        "endpoint": endpoint,
        "secret": secret,
        "listing": {"page": page},
        "may": {
            action.__name__: request.acting.may_do(act_of(action))
            and not (act_of(action).blocked or _never)(endpoint, ctx)
            and not (act_of(action).reveals and right_missing_for_secret(endpoint, ctx))
            for action in (
                acts.send_test,
                acts.change_endpoint,
                acts.rotate_endpoint_secret,
                acts.pause_endpoint,
                acts.resume_endpoint,
                acts.end_endpoint,
            )
        },
        "may_repeat": request.acting.may_do(act_of(repeat_delivery))
        and not repeat_since_blocked_reason(endpoint, ctx),
    }
    return render(request, "portal/account/webhooks/webhook.html", context)


def _never(_endpoint: WebhookEndpoint, _ctx: object) -> None:
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@act_page(acts.rotate_endpoint_secret, _endpoints, _place)
def webhook_rotate(request: ClientRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    """The question; the new secret is in the one reply that makes it, and nowhere else."""
    if right := right_missing_for_secret(endpoint, member_context(request)):
        raise PermissionDenied(right)
    act = act_of(acts.rotate_endpoint_secret)
    if request.method == "POST":
        try:
            made = run_act(lambda: act.call(endpoint, {}, member_context(request)), is_atomic=True)
        except StateConflict as conflict:
            messages.info(request, str(conflict))
            return see_other("portal:webhook", endpoint.pk)
        return _secret_page(request, made)
    context = {"record": endpoint, "form": forms.Form(), "back": _place(endpoint), "act": act}
    return render(request, "portal/account/webhooks/webhook_act.html", context)


webhook_edit = form_view(
    acts.change_endpoint, _endpoints, _place, "portal/account/webhooks/webhook_act.html"
)
webhook_remove = form_view(
    acts.end_endpoint,
    _endpoints,
    lambda _endpoint: reverse("portal:webhooks"),
    "portal/account/webhooks/webhook_remove.html",
)
webhook_repeat = press_view(repeat_recent, _endpoints, _place)
webhook_test = press_view(acts.send_test, _endpoints, _place)
webhook_pause = press_view(acts.pause_endpoint, _endpoints, _place)
webhook_resume = press_view(acts.resume_endpoint, _endpoints, _place)
delivery_repeat = press_view(
    repeat_delivery, _deliveries, lambda delivery: _place(delivery.endpoint)
)
