"""Mails about the end of a service: asked for, decided, come (notifications.md 3)."""

from datetime import date, datetime
from typing import Any

from commerce.accounts.recipients import send_staff_email
from commerce.billing.changes.cancellations.rules import CancellationKind, CancellationStatus
from commerce.billing.labels import CANCELLATION_KIND_LABELS
from commerce.billing.models import CancellationRequest
from commerce.events.publish import at_event_time
from commerce.hosting.emails import send_service_email
from commerce.hosting.events import ServiceCancelled
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.site_settings.current import business_date


@at_event_time
def send_service_cancelled_email(event: ServiceCancelled, ctx: Context) -> None:
    """A service has ended, as the client asked or by staff; of one that never began its order's mail tells."""
    service = Service.objects.select_related("client").get(pk=event.service_id)
    if service.activated_on is None:
        return
    requested = CancellationRequest.objects.filter(
        service=service, status__in=[CancellationStatus.APPROVED, CancellationStatus.DONE]
    )
    send_service_email(
        service=service,
        event="service_cancelled",
        idempotency_key=f"{service.pk}",
        values={"asked": requested.exists()},
        at=ctx.at,
    )


def send_cancellation_email(*, request: CancellationRequest, at: datetime) -> None:
    """What became of a request: received, approved or rejected; at each state once. Staff hear of a new one."""
    event = {
        CancellationStatus.PENDING: "cancellation_received",
        CancellationStatus.APPROVED: "cancellation_approved",
        CancellationStatus.REJECTED: "cancellation_rejected",
    }.get(CancellationStatus(request.status))
    if event is None:
        return
    service = request.service
    more: dict[str, Any] = {"cancel_date": _last_day(request, at), "note": request.note}
    if event == "cancellation_received":
        more["kind"] = CANCELLATION_KIND_LABELS[request.kind]
        if request.kind == CancellationKind.IMMEDIATE:
            more["cancel_date"] = None  # the day on which staff agree
    elif event == "cancellation_approved":
        at_once = request.kind == CancellationKind.IMMEDIATE
        more |= {"at_once": at_once, "at_end": not at_once}
    send_service_email(
        service=service,
        event=event,
        idempotency_key=f"{request.pk} {request.status}",
        values=more,
        at=at,
    )
    if request.status == CancellationStatus.PENDING:
        send_staff_email(
            event="cancellation_requested",
            idempotency_key=f"{request.pk}",
            page=f"cancellations/{request.pk}",
            client=service.client,
            values={
                "service_name": service.label,
                "kind": CANCELLATION_KIND_LABELS[request.kind],
                "reason": request.reason,
            },
            at=at,
            about=("service", service.pk),
        )


def _last_day(request: CancellationRequest, at: datetime) -> date:
    """The day on which the service ends: as it is scheduled, or as the kind of the request asks for at this moment."""
    service, today = request.service, business_date(at)
    if request.kind == CancellationKind.IMMEDIATE:
        return today
    return service.ends_on or max(service.next_due_date or today, today)
