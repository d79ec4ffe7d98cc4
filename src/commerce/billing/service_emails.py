"""Mails about services that name an invoice, or answer what a client asked for (notifications.md 3)."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.accounts.recipients import tell, tell_staff
from commerce.billing.emails import invoice_url
from commerce.billing.models import CancellationRequest, Invoice, PlanChange
from commerce.hosting.emails import about
from commerce.hosting.events import ServiceCancelled, ServiceSuspended
from commerce.hosting.models import Service
from commerce.jobs.events import as_of_event
from commerce.kit.actor import Actor
from commerce.kit.money import Money
from commerce.preferences.current import business_date, get

REASONS = {
    "overdue": _("its invoice is overdue"),
    "staff": _("by our staff"),
    "abuse": _("it was used against our rules"),
    "fraud": _("its order is under review"),
}
"""Why a service is suspended, as the mail says it."""

KINDS = {"immediate": _("at once"), "end_of_period": _("at the end of the period")}
"""When a service is to end, as the mail says it."""


def _invoice_of(service: Service) -> str:
    """The page of the oldest open invoice that bills it; empty if there is none."""
    open_ones = Invoice.objects.open().filter(billed__service=service).order_by("due_date", "pk")
    found = open_ones.values_list("pk", flat=True).first()
    return invoice_url(found) if found else ""


def _suspended_on(service: Service) -> date:
    assert service.suspended_at is not None
    return business_date(service.suspended_at)


@as_of_event
def tell_of_suspension(event: ServiceSuspended, at: datetime, actor: Actor) -> None:
    """A service was suspended, whoever did it; one that runs again by now was not worth a mail."""
    service = Service.objects.select_related("client").get(pk=event.service_id)
    if service.status != Service.Status.SUSPENDED:
        return
    overdue = service.suspension_reason == Service.SuspensionReason.OVERDUE
    ends = timedelta(days=get("billing.termination_days"))
    more = {
        "reason": REASONS[service.suspension_reason],
        "invoice_url": _invoice_of(service) if overdue else "",
        "termination_date": _suspended_on(service) + ends if overdue and ends else None,
    }
    _tell(service, "service_suspended", f"{service.pk} {service.suspended_at}", at, more)


def tell_of_termination_to_come(*, service: Service, on: date, at: datetime) -> None:
    """3 days before a suspended service is deleted; ``on`` is the day of that."""
    more = {"date": on, "invoice_url": _invoice_of(service)}
    _tell(service, "service_terminating", f"{service.pk} {service.suspended_at}", at, more)


def _tell(service: Service, event: str, once: str, at: datetime, more: dict[str, Any]) -> None:
    tell(
        client=service.client,
        event=event,
        once=once,
        values={**about(service), **more},
        at=at,
        about=("service", service.pk),
    )


@as_of_event
def tell_of_end(event: ServiceCancelled, at: datetime, actor: Actor) -> None:
    """A service has ended, as the client asked or by staff; of one that never began its order's mail tells."""
    service = Service.objects.select_related("client").get(pk=event.service_id)
    if service.registration_date is None:
        return
    wished = CancellationRequest.objects.filter(service=service, status__in=["approved", "done"])
    _tell(service, "service_cancelled", f"{service.pk}", at, {"asked": wished.exists()})


def tell_of_cancellation(*, request: CancellationRequest, at: datetime) -> None:
    """What became of a request: received, approved or rejected; at each state once. Staff hear of a new one."""
    event = {
        "pending": "cancellation_received",
        "approved": "cancellation_approved",
        "rejected": "cancellation_rejected",
    }.get(request.status)
    if event is None:
        return
    service = request.service
    more: dict[str, Any] = {"cancel_date": _last_day(request, at), "note": request.note}
    if event == "cancellation_received":
        more["kind"] = KINDS[request.kind]
    elif event == "cancellation_approved":
        at_once = request.kind == CancellationRequest.Kind.IMMEDIATE
        more |= {"at_once": at_once, "at_end": not at_once}
    _tell(service, event, f"{request.pk} {request.status}", at, more)
    if request.status == "pending":
        tell_staff(
            permission="services.manage",
            event="cancellation_requested",
            once=f"{request.pk}",
            client=service.client,
            values={
                "service_name": service.label,
                "kind": KINDS[request.kind],
                "reason": request.reason,
            },
            at=at,
            about=("service", service.pk),
        )


def _last_day(request: CancellationRequest, at: datetime) -> date:
    """The day on which the service ends: as it is scheduled, or as the kind of the request asks for at this moment."""
    service, today = request.service, business_date(at)
    if request.kind == CancellationRequest.Kind.IMMEDIATE:
        return today
    return service.cancel_at or max(service.next_due_date or today, today)


def tell_of_plan_change(*, change: PlanChange, old_name: str, at: datetime) -> None:
    """What became of a change of plan: received, applied or rejected; ``old_name`` is the plan that it leaves."""
    event = {
        "pending": "plan_change_received",
        "awaiting_payment": "plan_change_received",
        "applied": "plan_change_applied",
        "rejected": "plan_change_rejected",
    }.get(change.status)
    if event is None:
        return
    service, net = change.service, change.charge - change.credit
    total = net if change.total is None else change.total
    plans = {"from": old_name, "to": change.product.name}
    more: dict[str, Any] = {
        **plans,
        "net": Money(net, service.currency_id),
        "note": change.note,
    }
    if event != "plan_change_rejected":
        more["to_pay"] = Money(total, service.currency_id) if total > 0 else None
        more["credited"] = Money(-total, service.currency_id) if total < 0 else None
    if event == "plan_change_received":
        more["invoice_url"] = invoice_url(change.invoice_id) if change.invoice_id else ""
    _tell(service, event, f"{change.pk} {change.status}", at, more)
    if change.status == "pending":
        tell_staff(
            permission="services.manage",
            event="plan_change_requested",
            once=f"{change.pk}",
            client=service.client,
            values={"service_name": service.label, **plans},
            at=at,
            about=("service", service.pk),
        )
