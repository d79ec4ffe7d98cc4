"""What staff do with services where their bills have a say (services-and-provisioning.md 1, billing.md 1 and 7)."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.audit.reasons import said
from commerce.billing.actions.cancellations import close_requests, withdraw_cancellation
from commerce.billing.actions.corrections import take_back_claim
from commerce.billing.actions.price_changes import drop_planned, drop_price_change
from commerce.billing.actions.states import locked_service
from commerce.billing.models import CancellationRequest, Claim, Invoice, PriceChange
from commerce.billing.paid_periods import order_invoice
from commerce.hosting import actions as hosting
from commerce.hosting import provisioning
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE, RUNNING, first_due_date
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused

VOID, KEEP = "void", "keep"


@transaction.atomic
def terminate_by_staff(
    *, service: Service, reason: str, at: datetime, actor: Actor, claims: str = ""
) -> None:
    """End a running service by force. An open period needs a decision: ``void`` takes it back, ``keep`` leaves it owed.

    Raises ``Moved`` for a service that does not run, ``Refused`` without a reason or that decision.
    """
    row = locked_service(service)
    if row.status not in RUNNING:
        raise Moved(_("This service is %s.") % row.status)
    reason = said(reason)
    for claim in open_periods(row):
        if claims not in (VOID, KEEP):
            about = {"invoice": claim.invoice, "day": claim.period_start}
            text = _("Invoice %(invoice)s for the period from %(day)s is open: say void or keep.")
            raise Refused(text % about, field="claims")
        if claims == VOID:
            why = _("%s has ended.") % row.label
            take_back_claim(claim=claim, reason=why, at=at, actor=actor)
    say = {"cause": Service.SuspensionReason.STAFF, "reason": reason}
    provisioning.request_termination(service=row, at=at, actor=actor, **say)
    service.refresh_from_db()


@transaction.atomic
def keep_by_staff(*, service: Service, reason: str, at: datetime, actor: Actor) -> None:
    """Take back a scheduled end, with the request that led to it. Raises ``Refused`` when none is scheduled."""
    row = locked_service(service)
    if row.cancel_at is None or row.status not in LIVE:
        raise Refused(_("No end of this service is scheduled."))
    reason = said(reason)
    approved = CancellationRequest.objects.filter(service=row, status="approved").first()
    if approved is not None:
        withdraw_cancellation(request=approved, at=at, actor=actor, reason=reason)
    else:
        hosting.schedule_cancellation(
            service=row, cancel_at=None, at=at, actor=actor, reason=reason
        )
    service.refresh_from_db()


@transaction.atomic
def edit_by_staff(
    *,
    service: Service,
    reason: str,
    at: datetime,
    actor: Actor,
    next_due_date: date | None = None,
    amount: int | None = None,
    billing_cycle: str = "",
) -> None:
    """Change when a running service is due and what it costs (``hosting.edit_service``), but bill no day twice.

    Raises ``Refused`` for a next due date in or before a claimed period, and for another cycle while one is open.
    """
    row = locked_service(service)
    before = row.amount, row.billing_cycle
    if next_due_date is not None:
        _free_from(row, next_due_date)
    if billing_cycle not in ("", row.billing_cycle) and open_periods(row):
        text = _("Its renewal is invoiced and open. Void that first, and bill it again afterwards.")
        raise Refused(text, field="billing_cycle")
    hosting.edit_service(
        service=row,
        reason=reason,
        at=at,
        actor=actor,
        next_due_date=next_due_date,
        amount=amount,
        billing_cycle=billing_cycle,
    )
    if (row.amount, row.billing_cycle) != before:
        _drop_announced(row, at, actor)
    service.refresh_from_db()


def _drop_announced(service: Service, at: datetime, actor: Actor) -> None:
    """The price to come was that of the terms before; its client, who was told of it, is told."""
    for change in PriceChange.objects.planned().filter(service=service):
        reason = _("Its price was changed otherwise.")
        drop_price_change(change=change, reason=reason, at=at, actor=actor)


@transaction.atomic
def override_by_staff(
    *,
    service: Service,
    to: str,
    reason: str,
    at: datetime,
    actor: Actor,
    next_due_date: date | None = None,
    cause: str = Service.SuspensionReason.STAFF,
) -> None:
    """Set the state of a service by hand (``hosting.override_status``); what was asked of one that ended is closed."""
    row = locked_service(service)
    if next_due_date is not None:
        _free_from(row, next_due_date)
    hosting.override_status(
        service=row,
        to=to,
        reason=reason,
        at=at,
        actor=actor,
        next_due_date=next_due_date,
        cause=cause,
    )
    close_requests(service=row, at=at, actor=actor)
    if to not in LIVE:  # by hand, so that no event tells of it
        why = _("The service has ended.")
        drop_planned(of=("service", row.pk), reason=why, at=at, actor=actor)
    service.refresh_from_db()


def open_periods(service: Service) -> list[Claim]:
    """The periods of a service that are invoiced and not paid: one at most."""
    rows = service.claims.filter(status=Claim.Status.OPEN).select_related("invoice")
    return list(rows.order_by("pk"))


def _free_from(service: Service, day: date) -> None:
    """Raise ``Refused`` when a period that reaches beyond a day is claimed, or is the first, billed by the order."""
    claims = service.claims.exclude(status=Claim.Status.RELEASED)
    spans = claims.order_by("-period_end").values_list("period_start", "period_end")
    last = spans.first() or _ordered_period(service)
    if last is not None and last[1] > day:
        text = _("The period from %(start)s to %(end)s is billed already: %(end)s or later.")
        raise Refused(text % {"start": last[0], "end": last[1]}, field="next_due_date")


def _ordered_period(service: Service) -> tuple[date, date] | None:
    """The period that the order billed, unless that was given back, or the service counts from another day since."""
    start, invoice = service.registration_date, order_invoice(service)
    if start is None or start != service.anchor_date or invoice is None:
        return None
    end = first_due_date(start, service.billing_cycle)
    closed = invoice.status in (Invoice.Status.CANCELLED, Invoice.Status.REFUNDED)
    return None if closed or end is None else (start, end)
