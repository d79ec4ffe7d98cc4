"""New webhook endpoints (client-api-v2.md 7)."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.http.request import validate_host

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client, Membership, User
from commerce.accounts.rules import rights_of
from commerce.events.client_event_types import CLIENT_EVENT_TYPES
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.kit.remote.guarded import read_target
from commerce.kit.text import clean_line
from commerce.webhook_endpoints.access import ENDPOINTS_RIGHT
from commerce.webhook_endpoints.actions.endpoints import (
    MAX_DESCRIPTION,
    SecretEndpoint,
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
    _check_address(address)
    checked = check_event_types(types)
    if len(description) > MAX_DESCRIPTION:
        raise BusinessError(
            "webhook_endpoint.description_too_long", maximum=MAX_DESCRIPTION, field="description"
        )
    client = lock_client(client.pk)
    _require_right(client, maker)
    endpoints = WebhookEndpoint.objects.for_client(client)
    if idempotency_key and (made := endpoints.filter(idempotency_key=idempotency_key).first()):
        raise StateConflict("webhook_endpoint.already_made", address=made.address)
    if blocked := create_endpoint_blocked_reason(client, ctx):
        raise blocked
    endpoint = WebhookEndpoint.objects.create(
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
    secret = give_secret(endpoint, ctx)
    queue_test(endpoint, ctx)
    note_endpoint(
        "webhook_endpoint.created", endpoint, ctx, host=read_target(address).place, types=checked
    )
    return SecretEndpoint(endpoint, secret)


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
