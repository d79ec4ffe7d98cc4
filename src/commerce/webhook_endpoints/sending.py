"""One visit to an endpoint: what is due there is brought to it, one after the other, over one connection."""

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, cast

import msgspec
from django.db import transaction
from django.db.models import Q

from commerce import __version__
from commerce.accounts.models import RecordMetadata
from commerce.events.client_feed import event_body, event_path, staff_path
from commerce.events.models import ClientEvent
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.crypto import DecryptionError
from commerce.kit.errors import StateConflict
from commerce.kit.remote.guarded import GuardedConnection, read_target
from commerce.kit.remote.http import NoAnswerError
from commerce.kit.remote.pauses import heeding_pauses, note_pause
from commerce.site_settings import current
from commerce.site_settings.encryption import key_ring
from commerce.webhook_endpoints.access import events_told, scopes_seen_by
from commerce.webhook_endpoints.actions import deliveries as acts
from commerce.webhook_endpoints.actions.endpoints import end_endpoint
from commerce.webhook_endpoints.emails import send_ended_endpoint_mail
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from commerce.webhook_endpoints.rules import (
    ANSWER_BYTES,
    ANSWER_SECONDS,
    WebhookEndpointStatus,
    signature_header,
)

log = logging.getLogger(__name__)

VISIT_SECONDS = 20
"""After these a visit takes nothing new, so that others come in turn; its last answer comes before its lease ends."""
AT_ONCE = 50
"""Deliveries that a visit reads together."""
USER_AGENT = f"Commerce/{__version__} (webhooks)"


def visit_endpoint(endpoint_id: int, claim: datetime, stopping: threading.Event) -> None:
    """Bring what is due to an endpoint that was claimed, for a while, and give it back."""
    ends_at = time.monotonic() + VISIT_SECONDS
    try:
        endpoint = WebhookEndpoint.objects.select_related(
            "client", "token", "maker__staff__role"
        ).get(pk=endpoint_id)
        scopes = scopes_seen_by(endpoint, clock.now())
        if scopes is None:
            end_for_nobody(endpoint, clock.now())
            return
        with GuardedConnection(read_target(endpoint.address), allowed=_allowed()) as connection:
            while not stopping.is_set() and time.monotonic() < ends_at:
                if not _bring(endpoint, scopes, connection, stopping, ends_at):
                    break
    finally:
        acts.release_endpoint(endpoint_id=endpoint_id, claim=claim, at=clock.now())


def end_for_nobody(endpoint: WebhookEndpoint, at: datetime) -> None:
    """End what belongs to nobody any more, if no other has; of one of the company staff are told."""
    ctx = Context(at, SYSTEM)
    with suppress(StateConflict), transaction.atomic():
        end_endpoint(endpoint=endpoint, ctx=ctx, reason="Who made it has no access any more.")
        if endpoint.client_id is None:
            send_ended_endpoint_mail(endpoint=endpoint, ctx=ctx)


def end_endpoints_of_nobody(*, at: datetime) -> int:
    """End endpoints whose maker or token is gone, or whose client is closed; how many."""
    ended = 0
    for endpoint in WebhookEndpoint.objects.open().select_related(
        "client", "token", "maker__staff__role"
    ):
        if scopes_seen_by(endpoint, at) is None:
            end_for_nobody(endpoint, at)
            ended += 1
    return ended


def _allowed() -> list[Any]:
    return [ip_network(text) for text in current.get_setting("api.webhook_networks")]


def _bring(
    endpoint: WebhookEndpoint,
    scopes: frozenset[str],
    connection: GuardedConnection,
    stopping: threading.Event,
    ends_at: float,
) -> bool:
    """Bring what waits and what is new, up to a number; whether to go on now. One who fails is not asked twice."""
    has_more, batch = True, _due(endpoint)
    if len(batch) < AT_ONCE:
        has_more = acts.make_deliveries(endpoint=endpoint, scopes=scopes, at=clock.now())
        batch = _due(endpoint)
    bodies, secrets = _bodies(endpoint, scopes, batch), _secrets(endpoint)
    for one in batch:
        if stopping.is_set() or time.monotonic() >= ends_at:
            return False
        if one.pk not in bodies:
            acts.drop_delivery(delivery=one)
            continue
        tried = _tried(connection, one, bodies[one.pk], secrets)
        left = acts.record_try(delivery=one, tried=tried, at=clock.now())
        if not tried.is_well or left.status not in WebhookEndpointStatus.sent_to():
            return False
        if left.status != endpoint.status:
            endpoint.refresh_from_db(fields=["status"])
            has_more = True
    return has_more or len(batch) == AT_ONCE


def _due(endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
    due = endpoint.deliveries.filter(next_try_at__lte=clock.now())
    return list(due.order_by("next_try_at", "pk")[:AT_ONCE])


def _secrets(endpoint: WebhookEndpoint) -> list[str]:
    works = Q(works_until=None) | Q(works_until__gt=clock.now())
    stored = endpoint.secrets.filter(works).order_by("-pk").values_list("encrypted", flat=True)
    try:
        return [key_ring().decrypt(one) for one in stored]
    except DecryptionError:
        log.exception("The secret of webhook endpoint %s can't be read.", endpoint.pk)
        return []


def _bodies(
    endpoint: WebhookEndpoint, scopes: frozenset[str], batch: Sequence[WebhookDelivery]
) -> Mapping[int, bytes]:
    """What is sent, by delivery; none where the event is kept no longer, or not to be seen any more."""
    stored = ClientEvent.objects.filter(_of_deliveries(endpoint, batch))
    told = events_told(endpoint, scopes, stored)
    events = {one.public_id: one for one in told}
    references = RecordMetadata.objects.references_of(
        {(one.resource_kind, one.resource_id) for one in told}
    )
    path = staff_path if endpoint.client_id is None else event_path
    found: dict[int, bytes] = {}
    for one in batch:
        if one.sequence is None:
            found[one.pk] = msgspec.json.encode(own_body(one))
        elif event := events.get(one.event_id):
            reference = references.get((event.resource_kind, event.resource_id))
            found[one.pk] = msgspec.json.encode(event_body(event, reference, path))
    return found


def _of_deliveries(endpoint: WebhookEndpoint, batch: Iterable[WebhookDelivery]) -> Q:
    """Which events these deliveries are of."""
    places: dict[int | None, list[int]] = {}
    for one in batch:
        if one.sequence is not None:
            places.setdefault(one.about_client_id or endpoint.client_id, []).append(one.sequence)
    found = Q(pk__in=())
    for client_id, sequences in places.items():
        found |= Q(client_id=client_id, sequence__in=sequences)
    return found


def own_body(delivery: WebhookDelivery) -> dict[str, Any]:
    """The body of what is no event of a client: a test, or what staff are told, with a text that chats show."""
    at = delivery.created_at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    body = {
        "id": delivery.event_id,
        "type": delivery.type,
        "timestamp": f"{at.isoformat()}Z",
        "data": {"webhook_endpoint_id": delivery.endpoint_id},
    }
    if not delivery.text:
        return body
    return {"text": delivery.text, **body, "data": {"url": delivery.url}}


def _tried(
    connection: GuardedConnection,
    delivery: WebhookDelivery,
    body: bytes,
    secrets: list[str],
) -> acts.TriedDelivery:
    if not secrets:
        return acts.TriedDelivery(None, "The secret can't be read.", 0)
    timestamp = int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature_header(delivery.event_id, timestamp, body, secrets),
    }
    began = time.monotonic()
    with heeding_pauses() as pause:
        try:
            answer = connection.post(headers, body, seconds=ANSWER_SECONDS, max_bytes=ANSWER_BYTES)
            note_pause(answer.status, answer.headers)
            status, text = cast("int | None", answer.status), _shown(answer.body)
        except NoAnswerError as silence:
            status, text = None, str(silence)
    return acts.TriedDelivery(status, text, int((time.monotonic() - began) * 1000), pause.seconds)


def _shown(body: bytes) -> str:
    """An answer as text that a database takes."""
    return body.decode("utf-8", "replace").replace("\0", "\ufffd")
