"""Steps about late invoices: overdue, late fee, reminders, suspension, termination (billing.md 8)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from commerce.accounts.actions.client_locks import lock_client
from commerce.billing.invoices.queries import without_due_late_fee
from commerce.billing.invoices.rules import SUSPENDING_INVOICE_KINDS, InvoiceStatus
from commerce.billing.models import Invoice, InvoiceSubject, Reminder, TerminationNotice
from commerce.billing.periods.actions.dunning import add_late_fee, mark_overdue, send_reminder
from commerce.billing.periods.emails import warn_of_termination
from commerce.billing.periods.rules import (
    TERMINATION_NOTICE_DAYS,
    suspends_on,
    termination_day,
    termination_warning_day,
)
from commerce.hosting import provisioning
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.runs.step import RunDay, StepCounts
from commerce.site_settings import current


def find_overdue(day: RunDay) -> QuerySet[Invoice]:
    """Unpaid invoices whose due date has passed."""
    return Invoice.objects.filter(status=InvoiceStatus.UNPAID, due_date__lt=day.date)


def mark_invoice_overdue(invoice_id: int, day: RunDay) -> StepCounts:
    """Say that one is overdue; nothing if it was paid just now."""
    try:
        invoice = Invoice.objects.get(pk=invoice_id)
        mark_overdue(invoice=invoice, ctx=Context(day.at, day.actor))
    except StateConflict:
        return {}
    return {"invoices": 1}


def find_invoices_without_fee(day: RunDay) -> QuerySet[Invoice]:
    """Overdue invoices that a late fee is due for, and that have none."""
    return without_due_late_fee(Invoice.objects.filter(status=InvoiceStatus.OVERDUE), day.date)


def find_invoices_for_taxed_fees(day: RunDay) -> QuerySet[Invoice]:
    """Late invoices for which this run charges a fee with tax: overdue ones, and those that it makes overdue."""
    late = Invoice.objects.open().filter(due_date__lt=day.date)
    if not current.get_setting("billing.late_fee_tax"):
        return late.none()
    return without_due_late_fee(late, day.date)


def charge_late_fee(invoice_id: int, day: RunDay) -> StepCounts:
    """Invoice the fee for one of them."""
    invoice = Invoice.objects.get(pk=invoice_id)
    fee = add_late_fee(invoice=invoice, ctx=Context(day.at, day.actor))
    return {"invoices": 1} if fee else {}


def find_invoices_to_remind(day: RunDay) -> QuerySet[Invoice]:
    """Open invoices with a step of the ladder that has come and was neither sent nor skipped, nor a later one."""
    steps = current.get_setting("billing.reminder_days")
    if not steps:
        return Invoice.objects.none()
    reminders = Reminder.objects.filter(invoice=OuterRef("pk"))
    come = reduce(
        or_,
        (
            Q(due_date__lte=day.date - timedelta(days=step))
            & ~Exists(reminders.filter(step__gte=step))
            for step in steps
        ),
    )
    return Invoice.objects.open().filter(come).dunnable_on(day.date)


def remind_of_invoice(invoice_id: int, day: RunDay) -> StepCounts:
    """Send the one reminder that is due for one of them."""
    invoice = Invoice.objects.get(pk=invoice_id)
    step = send_reminder(invoice=invoice, day=day.date, ctx=Context(day.at, day.actor))
    return {} if step is None else {"reminders": 1}


def _suspending(day: date, due: date) -> QuerySet[Invoice]:
    late = Invoice.objects.filter(
        kind__in=SUSPENDING_INVOICE_KINDS,
        status=InvoiceStatus.OVERDUE,
        overdue_at__isnull=False,
        due_date__lte=due,
    )
    return late.suspending_on(day)


def _past_grace(day: date) -> date:
    """Until which day an invoice must have been due, to be past its grace on ``day``."""
    return day - timedelta(days=current.get_setting("billing.grace_period_days"))


def _suspending_of(service: Service, day: date) -> list[Invoice]:
    late = _suspending(day, _past_grace(day))
    return list(late.filter(subjects__service=service).order_by("pk"))


def has_suspending_invoice(service: Service, day: date) -> bool:
    """Whether an invoice of this service is past its grace and nothing spares it: reason enough to be off."""
    return bool(_suspending_of(service, day))


def find_services_to_suspend(day: RunDay) -> QuerySet[Service]:
    """Active services with a line on an overdue order or renewal invoice that is past its grace."""
    billed = InvoiceSubject.objects.filter(
        service=OuterRef("pk"),
        invoice__in=_suspending(day.date, _past_grace(day.date)).values("pk"),
    )
    return Service.objects.filter(Exists(billed), status=ServiceStatus.ACTIVE)


def suspend_overdue_service(service_id: int, day: RunDay) -> StepCounts:
    """Switch one of them off, once for each (service, invoice, instant it became overdue)."""
    service = Service.objects.get(pk=service_id)
    lock_client(service.client_id)
    for invoice in _causes(_suspending_of(service, day.date), day):
        if provisioning.request_suspension(
            service=service,
            suspension_reason=SuspensionReason.OVERDUE,
            idempotency_key=f"invoice {invoice.pk} {_text(invoice.overdue_at)}",
            invoice_id=invoice.pk,
            reason=f"Invoice {invoice.number} is overdue.",
            ctx=Context(day.at, day.actor),
        ):
            return {"services": 1}
    return {}


def _causes(invoices: Iterable[Invoice], day: RunDay) -> Iterator[Invoice]:
    """The invoices whose owner heard before today that they are late (never in the run that said so)."""
    grace = current.get_setting("billing.grace_period_days")
    for invoice in invoices:
        assert invoice.due_date and invoice.overdue_at  # noqa: PT018 - as the query has it
        said_on = current.business_date(invoice.overdue_at)
        if suspends_on(due=invoice.due_date, overdue_on=said_on, grace=grace, day=day.date):
            yield invoice


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def is_still_overdue(service_id: int, args: Mapping[str, Any]) -> bool:
    """Whether a suspension for an overdue invoice, or a termination, still has its reason (S8)."""
    late = InvoiceSubject.objects.filter(
        service_id=service_id,
        invoice__status=InvoiceStatus.OVERDUE,
        invoice__kind__in=SUSPENDING_INVOICE_KINDS,
    )
    if invoice := args.get("invoice"):
        late = late.filter(invoice_id=invoice)
    return late.exists()


def find_services_to_terminate(day: RunDay) -> QuerySet[Service]:
    """Services suspended as overdue that must be told of their end, or whose end has come."""
    days = current.get_setting("billing.termination_days")
    notices = TerminationNotice.objects.filter(
        service=OuterRef("pk"), suspended_at=OuterRef("suspended_at")
    )
    warned = notices.filter(notified_on__lte=day.date - timedelta(days=TERMINATION_NOTICE_DAYS))
    # A day more than needed: the business date of an instant depends on the zone, and ``terminate`` looks exactly.
    over = (
        day.at - timedelta(days=days - 1),
        day.at - timedelta(days=days - TERMINATION_NOTICE_DAYS - 1),
    )
    return Service.objects.filter(
        Q(suspended_at__lte=over[0]) & Exists(warned)
        | Q(suspended_at__lte=over[1]) & ~Exists(notices),
        status=ServiceStatus.SUSPENDED,
        suspension_reason=SuspensionReason.OVERDUE,
        client__dunning=True,
    )


def terminate_overdue_service(service_id: int, day: RunDay) -> StepCounts:
    """Tell the client 3 days before, then end the service; never sooner than 3 days after that.

    Nothing while a hold spares each invoice that switched it off.
    """
    lock_client(Service.objects.get(pk=service_id).client_id)
    service = Service.objects.select_related("client").get(pk=service_id)
    if service.status != ServiceStatus.SUSPENDED or service.suspended_at is None:
        return {}
    if not has_suspending_invoice(
        service, day.date
    ):  # paid, or spared: its data is not deleted meanwhile
        return {}
    days = current.get_setting("billing.termination_days")
    suspended_on = current.business_date(service.suspended_at)
    notice = TerminationNotice.objects.filter(service=service, suspended_at=service.suspended_at)
    told_on = notice.values_list("notified_on", flat=True).first()
    if told_on is None:
        if termination_warning_day(suspended_on=suspended_on, days=days) > day.date:
            return {}
        # The day on which the mail really goes out, also in a run for a day that has passed.
        told_on = current.business_date(day.at)
        TerminationNotice.objects.create(
            service=service, suspended_at=service.suspended_at, notified_on=told_on
        )
        end = termination_day(suspended_on=suspended_on, days=days, notified_on=told_on)
        warn_of_termination(service=service, on=end, at=day.at)
        return {"notices": 1}
    if termination_day(suspended_on=suspended_on, days=days, notified_on=told_on) > day.date:
        return {}
    done = provisioning.request_termination(
        service=service,
        suspension_reason=SuspensionReason.OVERDUE,
        idempotency_key=f"suspension {_text(service.suspended_at)}",
        reason="Not paid.",
        ctx=Context(day.at, day.actor),
    )
    return {"services": 1} if done else {}
