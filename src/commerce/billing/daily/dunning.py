"""Steps about late invoices: overdue, late fee, reminders, suspension, termination (billing.md 8)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from commerce.accounts.actions.clients import hold
from commerce.billing import actions, rules
from commerce.billing.daily.step import Counts, Day
from commerce.billing.models import (
    Billed,
    Invoice,
    Reminder,
    TerminationNotice,
)
from commerce.billing.reading import due_for_fee
from commerce.billing.service_emails import tell_of_termination_to_come
from commerce.hosting import provisioning
from commerce.hosting.models import Service
from commerce.kit.errors import Moved
from commerce.preferences import current


def find_overdue(day: Day) -> QuerySet[Invoice]:
    """Unpaid invoices whose due date has passed."""
    return Invoice.objects.filter(status=Invoice.Status.UNPAID, due_date__lt=day.date)


def make_overdue(invoice_id: int, day: Day) -> Counts:
    """Say that one is overdue; nothing if it was paid just now."""
    try:
        invoice = Invoice.objects.get(pk=invoice_id)
        actions.mark_overdue(invoice=invoice, at=day.at, actor=day.actor)
    except Moved:
        return {}
    return {"invoices": 1}


def find_without_fee(day: Day) -> QuerySet[Invoice]:
    """Overdue invoices that a late fee is due for, and that have none."""
    return due_for_fee(Invoice.objects.filter(status=Invoice.Status.OVERDUE), day.date)


def find_taxed_fees(day: Day) -> QuerySet[Invoice]:
    """Late invoices for which this run charges a fee with tax: overdue ones, and those that it makes overdue."""
    late = Invoice.objects.open().filter(due_date__lt=day.date)
    if not current.get("billing.late_fee_tax"):
        return late.none()
    return due_for_fee(late, day.date)


def charge_fee(invoice_id: int, day: Day) -> Counts:
    """Invoice the fee for one of them."""
    invoice = Invoice.objects.get(pk=invoice_id)
    fee = actions.add_late_fee(invoice=invoice, at=day.at, actor=day.actor)
    return {"invoices": 1} if fee else {}


def find_to_remind(day: Day) -> QuerySet[Invoice]:
    """Open invoices with a step of the ladder that has come and was neither sent nor skipped, nor a later one."""
    steps = current.get("billing.reminder_days")
    if not steps:
        return Invoice.objects.none()
    said = Reminder.objects.filter(invoice=OuterRef("pk"))
    come = reduce(
        or_,
        (
            Q(due_date__lte=day.date - timedelta(days=step)) & ~Exists(said.filter(step__gte=step))
            for step in steps
        ),
    )
    return Invoice.objects.open().filter(come).not_spared(day.date)


def remind(invoice_id: int, day: Day) -> Counts:
    """Send the one reminder that is due for one of them."""
    invoice = Invoice.objects.get(pk=invoice_id)
    step = actions.remind(invoice=invoice, day=day.date, at=day.at, actor=day.actor)
    return {} if step is None else {"reminders": 1}


def _suspending(day: date) -> QuerySet[Invoice]:
    grace = timedelta(days=current.get("billing.grace_period_days"))
    late = Invoice.objects.filter(
        kind__in=rules.SUSPENDING,
        status=Invoice.Status.OVERDUE,
        overdue_at__isnull=False,
        due_date__lte=day - grace,
    )
    return late.suspending(day)


def is_late_for(service: Service, day: date) -> bool:
    """Whether an invoice of this service is past its grace and nothing spares it: reason enough to be off."""
    return _suspending(day).filter(billed__service=service).exists()


def find_to_suspend(day: Day) -> QuerySet[Service]:
    """Active services with a line on an overdue order or renewal invoice that is past its grace."""
    billed = Billed.objects.filter(
        service=OuterRef("pk"), invoice__in=_suspending(day.date).values("pk")
    )
    return Service.objects.filter(Exists(billed), status=Service.Status.ACTIVE)


def suspend(service_id: int, day: Day) -> Counts:
    """Switch one of them off, once for each (service, invoice, instant it became overdue)."""
    service = Service.objects.get(pk=service_id)
    hold(service.client_id)
    late = _suspending(day.date).filter(billed__service=service).order_by("pk")
    for invoice in _causes(late, day):
        if provisioning.request_suspension(
            service=service,
            cause=Service.SuspensionReason.OVERDUE,
            once=f"invoice {invoice.pk} {_text(invoice.overdue_at)}",
            invoice_id=invoice.pk,
            reason=f"Invoice {invoice.number} is overdue.",
            at=day.at,
            actor=day.actor,
        ):
            return {"services": 1}
    return {}


def _causes(invoices: Iterable[Invoice], day: Day) -> Iterator[Invoice]:
    """The invoices whose owner heard before today that they are late (never in the run that said so)."""
    grace = current.get("billing.grace_period_days")
    for invoice in invoices:
        assert invoice.due_date and invoice.overdue_at  # noqa: PT018 - as the query has it
        said_on = current.business_date(invoice.overdue_at)
        if rules.suspends(due=invoice.due_date, overdue_on=said_on, grace=grace, day=day.date):
            yield invoice


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def still_overdue(service_id: int, args: Mapping[str, Any]) -> bool:
    """Whether a suspension for an overdue invoice, or a termination, still has its reason (S8)."""
    late = Billed.objects.filter(
        service_id=service_id,
        invoice__status=Invoice.Status.OVERDUE,
        invoice__kind__in=rules.SUSPENDING,
    )
    if invoice := args.get("invoice"):
        late = late.filter(invoice_id=invoice)
    return late.exists()


def find_to_terminate(day: Day) -> QuerySet[Service]:
    """Services suspended as overdue that must be told of their end, or whose end has come."""
    days = current.get("billing.termination_days")
    told = TerminationNotice.objects.filter(
        service=OuterRef("pk"), suspended_at=OuterRef("suspended_at")
    )
    warned = told.filter(told_on__lte=day.date - timedelta(days=rules.NOTICE_DAYS))
    # A day more than needed: the business date of an instant depends on the zone, and ``terminate`` looks exactly.
    over = day.at - timedelta(days=days - 1), day.at - timedelta(days=days - rules.NOTICE_DAYS - 1)
    return Service.objects.filter(
        Q(suspended_at__lte=over[0]) & Exists(warned)
        | Q(suspended_at__lte=over[1]) & ~Exists(told),
        status=Service.Status.SUSPENDED,
        suspension_reason=Service.SuspensionReason.OVERDUE,
        client__dunning=True,
    )


def terminate(service_id: int, day: Day) -> Counts:
    """Tell the client 3 days before, then end the service; never sooner than 3 days after that.

    Nothing while a hold spares each invoice that switched it off.
    """
    service = Service.objects.select_related("client").get(pk=service_id)
    hold(service.client_id)
    service.refresh_from_db()
    if service.status != Service.Status.SUSPENDED or service.suspended_at is None:
        return {}
    if not is_late_for(service, day.date):  # paid, or spared: its data is not deleted meanwhile
        return {}
    days = current.get("billing.termination_days")
    suspended_on = current.business_date(service.suspended_at)
    notice = TerminationNotice.objects.filter(service=service, suspended_at=service.suspended_at)
    told_on = notice.values_list("told_on", flat=True).first()
    if told_on is None:
        if rules.termination_warning_day(suspended_on=suspended_on, days=days) > day.date:
            return {}
        # The day on which the mail really goes out, also in a run for a day that has passed.
        told_on = current.business_date(day.at)
        TerminationNotice.objects.create(
            service=service, suspended_at=service.suspended_at, told_on=told_on
        )
        end = rules.termination_day(suspended_on=suspended_on, days=days, told_on=told_on)
        tell_of_termination_to_come(service=service, on=end, at=day.at)
        return {"notices": 1}
    if rules.termination_day(suspended_on=suspended_on, days=days, told_on=told_on) > day.date:
        return {}
    done = provisioning.request_termination(
        service=service,
        cause=Service.SuspensionReason.OVERDUE,
        once=f"suspension {_text(service.suspended_at)}",
        reason="Not paid.",
        at=day.at,
        actor=day.actor,
    )
    return {"services": 1} if done else {}
