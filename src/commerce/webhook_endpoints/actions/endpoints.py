"""Webhook endpoints: made, tested, paused, given other secrets, ended (client-api-v2.md 7)."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.events.client_event_types import CLIENT_EVENT_TYPES
from commerce.events.company_feed import feed_end
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line, Words
from commerce.kit.acts.lists import Many
from commerce.kit.acts.shown import ShownOnce
from commerce.kit.context import Context
from commerce.kit.crypto import DecryptionError
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.kit.ids import random_key
from commerce.site_settings.encryption import key_ring
from commerce.webhook_endpoints.access import (
    COMPANY_PERMISSION,
    ENDPOINTS_RIGHT,
    right_missing_for_secret,
)
from commerce.webhook_endpoints.labels import STAFF_NOTICE_TYPES, event_heading
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint, WebhookSecret
from commerce.webhook_endpoints.rules import (
    ENDPOINT_MOVES,
    OLD_SECRET_WORKS,
    TEST_TYPE,
    WebhookEndpointStatus,
    generate_webhook_secret,
)

MAX_DESCRIPTION = 100
ROTATION_REST = timedelta(hours=1)
"""How long an endpoint keeps its new secret at least."""


_LABELS = {**STAFF_NOTICE_TYPES, **{one: one for one in CLIENT_EVENT_TYPES}}
_ABOUT_TYPES = _("Select nothing for all events, also those of later releases.")
_ABOUT_TYPES_OF_COMPANY = _(
    "Select nothing for all staff notifications. Client events are sent only if you select them."
)


def _types_of(endpoint: WebhookEndpoint | None) -> Collection[str]:
    return CLIENT_EVENT_TYPES if endpoint is None or endpoint.client_id else _LABELS


def _about_types(endpoint: WebhookEndpoint | None) -> Words:
    is_of_client = endpoint is None or endpoint.client_id
    return _ABOUT_TYPES if is_of_client else _ABOUT_TYPES_OF_COMPANY


TYPES = Many(
    _("Events"),
    labels=_LABELS,
    offered=_types_of,
    group_of=event_heading,
    about=_about_types,
    edits="types",
)
COMPANY_TYPES = Many(
    _("Events"), labels=_LABELS, group_of=event_heading, about=_ABOUT_TYPES_OF_COMPANY
)


@dataclass(frozen=True)
class SecretEndpoint(ShownOnce):
    """An endpoint and its new secret in plain text: show it once."""

    endpoint: WebhookEndpoint

    @property
    def made(self) -> WebhookEndpoint:
        """The endpoint."""
        return self.endpoint


def give_secret(endpoint: WebhookEndpoint, ctx: Context) -> str:
    """A new secret of an endpoint, stored encrypted."""
    secret = generate_webhook_secret()
    WebhookSecret.objects.create(
        endpoint=endpoint, encrypted=key_ring().encrypt(secret), created_at=ctx.at
    )
    return secret


def follow_clients(endpoint: WebhookEndpoint) -> None:
    """Have one of the company that wants events of clients begin with what comes from now on; unsaved."""
    if endpoint.client_id is not None or CLIENT_EVENT_TYPES.keys().isdisjoint(endpoint.types):
        endpoint.feed_transaction = endpoint.feed_row = None
    elif endpoint.feed_row is None:
        _counter, endpoint.feed_transaction, endpoint.feed_row = feed_end()


def queue_test(endpoint: WebhookEndpoint, ctx: Context) -> None:
    """Have it sent a test at once."""
    WebhookDelivery.objects.create(
        endpoint=endpoint,
        event_id=f"test_{random_key()}",
        type=TEST_TYPE,
        created_at=ctx.at,
        next_try_at=ctx.at,
    )
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(next_try_at=ctx.at, resumes_at=None)


def note_endpoint(action: str, endpoint: WebhookEndpoint, ctx: Context, **after: object) -> None:
    """Write in the audit log what was done with it."""
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("webhook_endpoint", endpoint.pk),
        name=str(endpoint),
        client_id=endpoint.client_id,
        after=after,
    )


def _held(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The stored endpoint, with its client held."""
    if endpoint.client_id is not None:
        lock_client(endpoint.client_id)
    return lock(endpoint)


def ended_blocked_reason(endpoint: WebhookEndpoint, ctx: Context) -> StateConflict | None:
    """Why nothing can be done with it any more."""
    is_over = endpoint.status == WebhookEndpointStatus.ENDED
    return StateConflict("webhook_endpoint.ended") if is_over else None


def test_blocked_reason(endpoint: WebhookEndpoint, ctx: Context) -> StateConflict | None:
    """Why no test can be sent now."""
    if blocked := ended_blocked_reason(endpoint, ctx):
        return blocked
    if endpoint.status == WebhookEndpointStatus.OFF:
        return StateConflict("webhook_endpoint.not_active")
    is_waiting = endpoint.deliveries.waiting().filter(type=TEST_TYPE).exists()
    return StateConflict("webhook_endpoint.test_is_waiting") if is_waiting else None


@act(
    "webhook_endpoint.test",
    WebhookEndpoint,
    label=_("Send test"),
    done=_("A test is on its way."),
    staff=COMPANY_PERMISSION,
    member=ENDPOINTS_RIGHT,
    blocked=test_blocked_reason,
)
@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, ctx: Context) -> None:
    """Send a test; a new endpoint is active once one was answered well. Raises ``StateConflict``."""
    row = _held(endpoint)
    if blocked := test_blocked_reason(row, ctx):
        raise blocked
    queue_test(row, ctx)
    note_endpoint("webhook_endpoint.tested", row, ctx)


@act(
    "webhook_endpoint.change",
    WebhookEndpoint,
    label=_("Edit"),
    done=_("Changes saved."),
    staff=COMPANY_PERMISSION,
    member=ENDPOINTS_RIGHT,
    blocked=ended_blocked_reason,
)
@transaction.atomic
def change_endpoint(
    *,
    endpoint: WebhookEndpoint,
    ctx: Context,
    description: Annotated[
        str | None,
        Line(_("Description"), most=MAX_DESCRIPTION, least=0, edits="description"),
    ] = None,
    types: Annotated[
        list[str] | None,
        TYPES,
    ] = None,
) -> None:
    """Describe it otherwise, and send it events of other ``types``. Its address stays: another one is another endpoint.

    Raises ``StateConflict`` if it has ended, and ``BusinessError`` for a type that its kind has not.
    """
    row = _held(endpoint)
    if blocked := ended_blocked_reason(row, ctx):
        raise blocked
    if unknown := [one for one in types or () if one not in _types_of(row)]:
        raise BusinessError("webhook_endpoint.type_unknown", type=unknown[0], field="types")
    before: dict[str, Any] = {"description": row.description, "types": row.types}
    after: dict[str, Any] = {
        "description": row.description if description is None else description,
        "types": row.types if types is None else types,
    }
    if before == after:
        return
    row.description, row.types = after["description"], after["types"]
    follow_clients(row)
    row.save(update_fields=["description", "types", "feed_transaction", "feed_row"])
    write_audit_entry(
        ctx=ctx,
        action="webhook_endpoint.changed",
        record=("webhook_endpoint", row.pk),
        name=str(row),
        client_id=row.client_id,
        before=before,
        after=after,
    )


def rotate_endpoint_blocked_reason(endpoint: WebhookEndpoint, ctx: Context) -> StateConflict | None:
    """Why an endpoint cannot have a new secret now."""
    if blocked := ended_blocked_reason(endpoint, ctx):
        return blocked
    if endpoint.rotated_at is not None and ctx.at < endpoint.rotated_at + ROTATION_REST:
        return StateConflict("webhook_endpoint.rotated_recently")
    return None


@act(
    "webhook_endpoint.rotate",
    WebhookEndpoint,
    label=_("Change secret"),
    intro=_("Deliveries are signed with both secrets for 24 hours, then with the new one alone."),
    done=_("The webhook endpoint has a new secret."),
    staff=COMPANY_PERMISSION,
    member=ENDPOINTS_RIGHT,
    while_suspended=True,
    reveals=True,
    blocked=rotate_endpoint_blocked_reason,
    asks_password=True,
)
@transaction.atomic
def rotate_endpoint_secret(*, endpoint: WebhookEndpoint, ctx: Context) -> SecretEndpoint:
    """A new secret; the one before works beside it for a day, and one that still worked beside that ends now.

    Raises ``StateConflict`` if the endpoint has ended or has a new secret since an hour, and ``PermissionDenied`` for a
    member who may not see all that it is told.
    """
    row = _held(endpoint)
    if blocked := rotate_endpoint_blocked_reason(row, ctx):
        raise blocked
    if right := right_missing_for_secret(row, ctx):
        raise PermissionDenied(right)
    secrets = WebhookSecret.objects.filter(endpoint=row)
    secrets.exclude(works_until=None).delete()
    secrets.update(works_until=ctx.at + OLD_SECRET_WORKS)
    secret = give_secret(row, ctx)
    row.rotated_at = ctx.at
    row.save(update_fields=["rotated_at"])
    note_endpoint("webhook_endpoint.rotated", row, ctx)
    return SecretEndpoint(secret, row)


def pause_blocked_reason(endpoint: WebhookEndpoint, ctx: Context) -> StateConflict | None:
    """Why there is nothing to pause."""
    if endpoint.status == WebhookEndpointStatus.ACTIVE:
        return None
    return ended_blocked_reason(endpoint, ctx) or StateConflict("webhook_endpoint.not_active")


@act(
    "webhook_endpoint.pause",
    WebhookEndpoint,
    label=_("Pause"),
    done=_("Webhook endpoint paused. Events wait until you resume it."),
    staff=COMPANY_PERMISSION,
    member=ENDPOINTS_RIGHT,
    while_suspended=True,
    blocked=pause_blocked_reason,
)
@transaction.atomic
def pause_endpoint(*, endpoint: WebhookEndpoint, ctx: Context) -> None:
    """Send it nothing for now; what happens meanwhile waits. Raises ``StateConflict``."""
    row = _held(endpoint)
    if blocked := pause_blocked_reason(row, ctx):
        raise blocked
    _move(row, WebhookEndpointStatus.OFF, ctx)


def resume_blocked_reason(endpoint: WebhookEndpoint, ctx: Context) -> StateConflict | None:
    """Why there is nothing to resume."""
    if endpoint.status == WebhookEndpointStatus.OFF:
        return None
    return ended_blocked_reason(endpoint, ctx) or StateConflict("webhook_endpoint.not_off")


@act(
    "webhook_endpoint.resume",
    WebhookEndpoint,
    label=_("Resume"),
    done=_("Webhook endpoint resumed. What waited is sent now."),
    staff=COMPANY_PERMISSION,
    member=ENDPOINTS_RIGHT,
    blocked=resume_blocked_reason,
)
@transaction.atomic
def resume_endpoint(*, endpoint: WebhookEndpoint, ctx: Context) -> None:
    """Go on from where it stopped, at once. Raises ``StateConflict``."""
    row = _held(endpoint)
    if blocked := resume_blocked_reason(row, ctx):
        raise blocked
    row.deliveries.waiting().update(next_try_at=ctx.at)
    _move(
        row,
        WebhookEndpointStatus.ACTIVE,
        ctx,
        failures=0,
        failing_since=None,
        resumes_at=None,
        next_try_at=ctx.at,
    )


@act(
    "webhook_endpoint.end",
    WebhookEndpoint,
    label=_("Remove"),
    intro=_("It is sent nothing more, and what waits is dropped."),
    done=_("Webhook endpoint removed."),
    staff=COMPANY_PERMISSION,
    member=ENDPOINTS_RIGHT,
    while_suspended=True,
    blocked=ended_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def end_endpoint(*, endpoint: WebhookEndpoint, ctx: Context, reason: str = "") -> None:
    """Send it nothing any more, for good; what waits is dropped, and its secrets go. Raises ``StateConflict``."""
    row = _held(endpoint)
    if blocked := ended_blocked_reason(row, ctx):
        raise blocked
    row.deliveries.waiting().update(next_try_at=None)
    row.secrets.all().delete()
    _move(row, WebhookEndpointStatus.ENDED, ctx, reason, ended_at=ctx.at, next_try_at=None)


def _move(
    row: WebhookEndpoint, to: WebhookEndpointStatus, ctx: Context, reason: str = "", **changes: Any
) -> None:
    move(
        row,
        to,
        allowed=ENDPOINT_MOVES,
        ctx=ctx,
        client_id=row.client_id,
        reason=reason,
        **changes,
    )


def reencrypt_webhook_secrets() -> int:
    """Put every secret under the first key of the ring; how many."""
    done = 0
    for stored in WebhookSecret.objects.order_by("pk"):
        with suppress(DecryptionError):
            row = WebhookSecret.objects.filter(pk=stored.pk, encrypted=stored.encrypted)
            done += row.update(encrypted=key_ring().rotate(stored.encrypted))
    return done
