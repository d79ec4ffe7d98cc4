"""The life of a gateway's message: kept once, processed once, tried again, parked, forgotten (payments.md 4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.fast_paths import insert_if_new
from commerce.db.locks import lock, lock_name
from commerce.db.retention import delete_in_bites
from commerce.db.retry import retry_on_deadlock
from commerce.jobs.models import Job
from commerce.jobs.queue import drop_obsolete, enqueue
from commerce.jobs.rules import UNFINISHED_STATES
from commerce.kit import ids
from commerce.kit.acts.act import act
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.disputes import dispute_lock
from commerce.payments.actions.refund_results import refund_lock
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.gateways.contract import (
    DisputeReport,
    GatewayReport,
    RefundReport,
    VerifiedEvent,
)
from commerce.payments.job_names import PROCESS_GATEWAY_EVENT
from commerce.payments.models import GatewayEvent, RefusedMessage
from commerce.payments.rules import (
    ENDED_EVENT_STATUSES,
    EVENT_TRIES,
    GATEWAY_EVENT_MOVES,
    GatewayEventStatus,
    next_event_try,
)

SUBJECT = "gatewayevent"
KEPT_BYTES_OF_REFUSED, KEPT_BYTES_OF_ITS_HEADERS = 4096, 1024
REFUSED_DAYS = 7
REFUSED_PER_HOUR = 100
"""Refused messages that are kept of one gateway in an hour: whoever sends more of them fills no disk."""


@transaction.atomic
def store_gateway_event(
    *, gateway: str, event: VerifiedEvent, headers: Mapping[str, str], ctx: Context
) -> bool:
    """Keep a verified message and queue its processing; False for one that was here before, which changes nothing."""
    row = GatewayEvent(
        gateway=gateway,
        event_id=event.id,
        kind=event.kind[:80],
        headers=dict(headers),
        body=event.body,
        received_at=ctx.at,
    )
    if not insert_if_new(row):
        return False
    enqueue((SUBJECT, row.pk), PROCESS_GATEWAY_EVENT, "received", ctx.at)
    return True


def store_refused_message(
    *, gateway: str, reason: str, headers: Mapping[str, str], body: bytes, ctx: Context
) -> None:
    """Keep the first 4 KiB of a message that was not verified, for 7 days; at most 100 of a gateway in an hour."""
    lately = RefusedMessage.objects.filter(
        gateway=gateway, received_at__gt=ctx.at - timedelta(hours=1)
    )
    if lately.count() >= REFUSED_PER_HOUR:
        return
    RefusedMessage.objects.create(
        gateway=gateway,
        address=ctx.actor.address or "",
        reason=reason[:255],
        headers={name: text[:KEPT_BYTES_OF_ITS_HEADERS] for name, text in headers.items()},
        body=body[:KEPT_BYTES_OF_REFUSED],
        received_at=ctx.at,
    )


def process_gateway_event(
    *, event: GatewayEvent, reports: Sequence[GatewayReport], ctx: Context
) -> None:
    """Make true here what an event tells; one that tells nothing about us is ignored.

    Under the event's lock, and ended in the same transaction: it acts once. One that has ended and is run again by
    staff keeps its state; what it tells is booked already, or is booked now by the same rules. Raises the first
    ``BusinessError`` of its reports once all others are booked: a refund that cannot be hides no chargeback.
    """
    if refused := _apply_reports(event, reports, ctx):
        raise refused


@retry_on_deadlock
def _apply_reports(
    event: GatewayEvent, reports: Sequence[GatewayReport], ctx: Context
) -> BusinessError | None:
    row, refused = lock(event), None
    # Names come before clients (``db.locks``), also when one event tells of several.
    names = {refund_lock(row.gateway, each) for each in reports if isinstance(each, RefundReport)}
    disputes = [each.dispute_reference for each in reports if isinstance(each, DisputeReport)]
    for name in sorted(names.union(dispute_lock(row.gateway, each) for each in disputes)):
        lock_name(name)
    for report in reports:
        try:
            with transaction.atomic():
                apply_gateway_report(gateway=row.gateway, report=report, ctx=ctx)
        except BusinessError as error:
            refused = refused or error
    if refused is None and row.status not in ENDED_EVENT_STATUSES:
        to = GatewayEventStatus.PROCESSED if reports else GatewayEventStatus.IGNORED
        known: dict[str, Any] = {
            "reports": len(reports),
            "tries": row.tries + 1,
            "ended_at": ctx.at,
        }
        _move(row, to, ctx, error="", **known)
    return refused


@transaction.atomic
def fail_gateway_event(*, event: GatewayEvent, text: str, ctx: Context) -> timedelta | None:
    """A try failed, as ``text`` says: how long the event waits for the next one; ``None`` once it is parked."""
    row = lock(event)
    if row.status in ENDED_EVENT_STATUSES:
        return None
    tries = row.tries + 1
    changes: dict[str, Any] = {"tries": min(tries, EVENT_TRIES), "error": text}
    if row.status == GatewayEventStatus.RECEIVED:
        _move(row, GatewayEventStatus.WAITING, ctx, **changes)
    wait = next_event_try(tries)
    if wait is None:
        _move(row, GatewayEventStatus.PARKED, ctx, reason=text, **changes)
    else:
        GatewayEvent.objects.filter(pk=row.pk).update(**changes)
    return wait


@transaction.atomic
def resume_gateway_event(*, event: GatewayEvent, ctx: Context) -> None:
    """Its job runs again though the event is parked: one more try. Raises ``StateConflict`` unless it is parked."""
    _move(lock(event), GatewayEventStatus.WAITING, ctx, tries=EVENT_TRIES - 1)


def retry_blocked_reason(event: GatewayEvent, ctx: Context) -> StateConflict | None:
    """Why an event is not run again: its job waits. One whose job was dropped can be."""
    if event.status not in (GatewayEventStatus.RECEIVED, GatewayEventStatus.WAITING):
        return None
    is_queued = Job.objects.of((SUBJECT, event.pk)).filter(status__in=UNFINISHED_STATES).exists()
    return StateConflict("gateway_event.already_queued") if is_queued else None


@act(
    "gateway_event.retry",
    GatewayEvent,
    label=_("Process again"),
    intro=_("Payments that are already recorded stay as they are."),
    done=_("The event was queued again."),
    staff=StaffPermission.PAYMENTS_MANAGE,
    blocked=retry_blocked_reason,
    for_many=True,
)
@transaction.atomic
def retry_gateway_event(*, event: GatewayEvent, ctx: Context) -> None:
    """Have an event processed again, by the same rules: a parked one with all its tries, an ended one once more."""
    row, subject = lock(event), (SUBJECT, event.pk)
    if reason := retry_blocked_reason(row, ctx):
        raise reason
    drop_obsolete(subject, [PROCESS_GATEWAY_EVENT], at=ctx.at, reason="Staff run the event again.")
    if row.status == GatewayEventStatus.PARKED:
        _move(row, GatewayEventStatus.WAITING, ctx, tries=0, error="")
    else:
        write_audit_entry(
            ctx=ctx,
            action="gateway_event.retried",
            record=("gateway_event", row.pk),
            name=str(row),
            staff_only=True,
        )
    enqueue(subject, PROCESS_GATEWAY_EVENT, f"again {ids.random_key()}", ctx.at, {"again": True})


def delete_old_gateway_events(*, before: datetime, refused_before: datetime) -> int:
    """Forget events that were received ``before``, unless their work waits, and refused messages; how many."""
    open_work = Job.objects.filter(
        subject_kind=SUBJECT, subject_id=OuterRef("pk"), status__in=UNFINISHED_STATES
    )
    events = GatewayEvent.objects.filter(~Exists(open_work), received_at__lt=before)
    refused = RefusedMessage.objects.filter(received_at__lt=refused_before)
    return delete_in_bites(events) + delete_in_bites(refused)


def _move(
    row: GatewayEvent, to: GatewayEventStatus, ctx: Context, reason: str = "", **changes: Any
) -> None:
    """Move an event along its table. What a worker does all day is not in the audit log: the row says it."""
    silent = ctx.actor is SYSTEM and to != GatewayEventStatus.PARKED
    move(
        row,
        to,
        allowed=GATEWAY_EVENT_MOVES,
        ctx=ctx,
        client_id=None,
        reason=reason,
        without_audit=silent,
        **changes,
    )
