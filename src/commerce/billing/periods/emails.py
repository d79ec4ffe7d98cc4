"""Mails about services that are late: suspended, and soon to be ended (notifications.md 3)."""

from datetime import date, datetime, timedelta

from commerce.billing.invoices.emails import invoice_url
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice
from commerce.events.publish import at_event_time
from commerce.hosting.emails import send_service_email
from commerce.hosting.events import ServiceSuspended
from commerce.hosting.labels import SUSPENSION_REASON_LABELS
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.kit.context import Context
from commerce.site_settings.current import business_date, get_setting


def _invoice_of(service: Service) -> str:
    """The page of the oldest open invoice that bills it; empty if there is none."""
    open_ones = Invoice.objects.open().filter(subjects__service=service).order_by("due_date", "pk")
    invoice_id = open_ones.values_list("pk", flat=True).first()
    return invoice_url(invoice_id) if invoice_id else ""


def _is_late(service: Service) -> bool:
    return Invoice.objects.filter(subjects__service=service, status=InvoiceStatus.OVERDUE).exists()


def _suspended_on(service: Service) -> date:
    assert service.suspended_at is not None
    return business_date(service.suspended_at)


@at_event_time
def send_service_suspended_email(event: ServiceSuspended, ctx: Context) -> None:
    """A service was suspended, whoever did it; one that runs again by now was not worth a mail."""
    service = Service.objects.select_related("client").get(pk=event.service_id)
    if service.status != ServiceStatus.SUSPENDED:
        return
    overdue = service.suspension_reason == SuspensionReason.OVERDUE
    ends = timedelta(days=get_setting("billing.termination_days"))
    more = {
        "reason": SUSPENSION_REASON_LABELS[service.suspension_reason],
        # On that day it is suspended again for what is late then, so nothing is promised.
        "resume_date": None if _is_late(service) else service.suspended_until,
        "invoice_url": _invoice_of(service) if overdue else "",
        "termination_date": _suspended_on(service) + ends if overdue and ends else None,
    }
    send_service_email(
        service=service,
        event="service_suspended",
        idempotency_key=f"{service.pk} {service.suspended_at}",
        values=more,
        at=ctx.at,
        with_others=True,
    )


def warn_of_termination(*, service: Service, on: date, at: datetime) -> None:
    """3 days before a suspended service is deleted; ``on`` is the day of that."""
    more = {"date": on, "invoice_url": _invoice_of(service)}
    send_service_email(
        service=service,
        event="service_terminating",
        idempotency_key=f"{service.pk} {service.suspended_at}",
        values=more,
        at=at,
    )
