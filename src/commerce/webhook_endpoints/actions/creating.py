"""New webhook endpoints (client-api-v2.md 7)."""

from collections.abc import Sequence
from typing import Annotated

from django.conf import settings
from django.db import transaction
from django.http.request import validate_host
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client, Membership, Staff, User
from commerce.accounts.rules import rights_of
from commerce.db.locks import lock_name
from commerce.events.client_event_types import CLIENT_EVENT_TYPES
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.kit.remote.guarded import MAX_URL, read_target
from commerce.kit.text import clean_line
from commerce.webhook_endpoints.access import COMPANY_PERMISSION, ENDPOINTS_RIGHT
from commerce.webhook_endpoints.actions.endpoints import (
    COMPANY_TYPES,
    MAX_DESCRIPTION,
    SecretEndpoint,
    follow_clients,
    give_secret,
    note_endpoint,
    queue_test,
)
from commerce.webhook_endpoints.models import WebhookEndpoint
from commerce.webhook_endpoints.rules import MAX_ENDPOINTS

_NAMES_OF_ANYTHING = ("*", "localhost", "127.0.0.1", "[::1]")
"""Hosts that may be allowed and are no website of ours alone: where they lead to is judged when they are called."""


def create_endpoint_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why a client can have no further endpoint now."""
    is_full = WebhookEndpoint.objects.for_client(client).open().count() >= MAX_ENDPOINTS
    return StateConflict("webhook_endpoint.too_many", maximum=MAX_ENDPOINTS) if is_full else None


@transaction.atomic
def create_endpoint(
    *,
    client: Client,
    maker: User,
    address: str,
    ctx: Context,
    description: str = "",
    types: Sequence[str] = (),
    token_id: int | None = None,
    idempotency_key: str = "",
) -> SecretEndpoint:
    """A new endpoint, which is sent a test at once, and its secret. ``token_id``: the token that makes it.

    Raises ``BusinessError`` (a bad value), ``PermissionDenied`` (the maker's membership lacks the right), or
    ``StateConflict`` (too many, or the form with this one-time ``idempotency_key`` has made its endpoint already).
    """
    description = clean_line(description)
    checked = check_event_types(types)
    if len(description) > MAX_DESCRIPTION:
        raise BusinessError(
            "webhook_endpoint.description_too_long", maximum=MAX_DESCRIPTION, field="description"
        )
    _check_address(address)
    client = lock_client(client.pk)
    _require_right(client, maker)
    endpoints = WebhookEndpoint.objects.for_client(client)
    if idempotency_key and (made := endpoints.filter(idempotency_key=idempotency_key).first()):
        raise StateConflict("webhook_endpoint.already_made", address=made.address)
    if blocked := create_endpoint_blocked_reason(client, ctx):
        raise blocked
    endpoint = WebhookEndpoint(
        client=client,
        maker=maker,
        token_id=token_id,
        address=address,
        description=description,
        types=checked,
        position=client.event_sequence,
        created_at=ctx.at,
        idempotency_key=idempotency_key,
    )
    return _begin(endpoint, ctx)


def _begin(endpoint: WebhookEndpoint, ctx: Context) -> SecretEndpoint:
    endpoint.save(force_insert=True)
    secret = give_secret(endpoint, ctx)
    queue_test(endpoint, ctx)
    host = read_target(endpoint.address).place
    note_endpoint("webhook_endpoint.created", endpoint, ctx, host=host, types=endpoint.types)
    return SecretEndpoint(secret, endpoint)


def _person(ctx: Context) -> Staff:
    staff_id = ctx.actor.id if ctx.actor.kind == "staff" else None
    staff = Staff.objects.active().filter(pk=staff_id or 0).first()
    if staff is None or not staff.may(COMPANY_PERMISSION):
        raise PermissionDenied(COMPANY_PERMISSION)
    return staff


def company_endpoint_blocked_reason(_record: None, _ctx: Context) -> StateConflict | None:
    """Why the company can have no further endpoint now."""
    is_full = WebhookEndpoint.objects.of_company().open().count() >= MAX_ENDPOINTS
    return StateConflict("webhook_endpoint.too_many", maximum=MAX_ENDPOINTS) if is_full else None


@act(
    "webhook_endpoint.new",
    None,
    label=_("Add webhook"),
    intro=_(
        "Sends staff notifications and client events to an app or chat: only those that you have access to, and only as"
        " long as you have it."
    ),
    done=_("Webhook added. Copy its secret now: it isn't shown again."),
    staff=COMPANY_PERMISSION,
    blocked=company_endpoint_blocked_reason,
    asks_password=True,
)
@transaction.atomic
def create_company_endpoint(
    *,
    address: Annotated[
        str, Line(_("Address"), most=MAX_URL, about=_("An HTTPS address of a program or chat."))
    ],
    description: Annotated[str, Line(_("Description"), most=MAX_DESCRIPTION, least=0)] = "",
    types: Annotated[list[str] | None, COMPANY_TYPES] = None,
    ctx: Context,
) -> SecretEndpoint:
    """A new endpoint of the company, which is sent a test at once, and its secret: the person who acts is its maker.

    Raises ``BusinessError`` (a bad address), ``PermissionDenied``, or ``StateConflict`` (too many).
    """
    staff = _person(ctx)
    _check_address(address)
    lock_name("webhook endpoints of the company")
    if blocked := company_endpoint_blocked_reason(None, ctx):
        raise blocked
    endpoint = WebhookEndpoint(
        maker=staff.user,
        address=address,
        description=description,
        types=types or [],
        created_at=ctx.at,
    )
    follow_clients(endpoint)
    return _begin(endpoint, ctx)


def _check_address(address: str) -> None:
    try:
        host = read_target(address).host
    except ValueError as error:
        raise BusinessError("webhook_endpoint.address_not_valid", field="address") from error
    own = [one for one in settings.ALLOWED_HOSTS if one not in _NAMES_OF_ANYTHING]
    if validate_host(host, own):
        raise BusinessError("webhook_endpoint.address_is_ours", field="address")


def check_event_types(types: Sequence[str]) -> list[str]:
    """The types in the order of the table, each once. Raises ``BusinessError``."""
    for one in types:
        if one not in CLIENT_EVENT_TYPES:
            raise BusinessError("webhook_endpoint.type_unknown", type=one[:60], field="types")
    return [one for one in CLIENT_EVENT_TYPES if one in types]


def _require_right(client: Client, maker: User) -> None:
    member = Membership.objects.filter(client=client, user=maker, user__is_active=True).first()
    if member is None or ENDPOINTS_RIGHT not in rights_of(member.role, member.rights):
        raise PermissionDenied(ENDPOINTS_RIGHT)
