"""Cancellations: asked for by clients, decided by staff, carried out now or with the period (billing.md 8, R23)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commerce.accounts.actions import touch
from commerce.accounts.models import User
from commerce.audit.states import move
from commerce.billing.actions.corrections import take_back_claim, void_invoice
from commerce.billing.actions.plan_changes import withdraw_plan_change
from commerce.billing.actions.states import locked_service
from commerce.billing.models import CancellationRequest, Claim, Invoice, PlanChange
from commerce.billing.plan_changes import CANCELLATION_MOVES
from commerce.billing.rules import OPEN
from commerce.billing.service_emails import tell_of_cancellation
from commerce.hosting import provisioning
from commerce.hosting.actions import schedule_cancellation
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE, RUNNING
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.kit.text import clean
from commerce.preferences import current

Kind, Status = CancellationRequest.Kind, CancellationRequest.Status


@transaction.atomic
def move_cancellation(
    *, request: CancellationRequest, to: str, at: datetime, actor: Actor, **changes: Any
) -> None:
    """Move a request along its table. Raises ``Moved`` if that is not allowed."""
    touch(request.client_id)
    move(
        request,
        to,
        allowed=CANCELLATION_MOVES,
        at=at,
        actor=actor,
        client_id=request.client_id,
        **changes,
    )


@transaction.atomic
def request_cancellation(
    *,
    service: Service,
    kind: str,
    reason: str,
    at: datetime,
    actor: Actor,
    asked_by: User | None = None,
) -> CancellationRequest:
    """A client asks for the end of a running service; approved at once with ``cancellations.auto_approve``.

    Raises ``Refused`` for a service that does not run, for a second open request, and without a reason of up to 2,000.
    """
    reason = clean(reason)
    if not 1 <= len(reason) <= 2000:
        raise Refused(_("Say why, in up to 2,000 characters."), field="reason")
    if kind not in Kind.values:
        raise Refused(_("Choose when the service shall end."), field="kind")
    row = locked_service(service)
    if row.status not in RUNNING:
        raise Refused(_("Only a running service can be cancelled."))
    if CancellationRequest.objects.open().filter(service=row).exists():
        raise Refused(_("A cancellation of this service is under way already."))
    request = CancellationRequest.objects.create(
        client_id=row.client_id,
        service=row,
        asked_by=asked_by,
        kind=kind,
        reason=reason,
        created_at=at,
    )
    tell_of_cancellation(request=request, at=at)
    if current.get("cancellations.auto_approve"):
        approve_cancellation(request=request, at=at, actor=actor)
    return request


@transaction.atomic
def approve_cancellation(
    *, request: CancellationRequest, at: datetime, actor: Actor, note: str = ""
) -> None:
    """The service ends now, or with what is paid. Raises ``Moved`` when the request is not pending any more."""
    service = locked_service(request.service)
    move_cancellation(request=request, to=Status.APPROVED, at=at, actor=actor, note=note.strip())
    request.service = service
    if request.kind == Kind.END_OF_PERIOD:
        _end_with_period(service, request.reason, at, actor)
    tell_of_cancellation(request=request, at=at)
    if request.kind == Kind.IMMEDIATE:
        carry_out_cancellation(service=service, at=at, actor=actor, reason=request.reason)
        request.refresh_from_db()


@transaction.atomic
def reject_cancellation(
    *, request: CancellationRequest, note: str, at: datetime, actor: Actor
) -> None:
    """Staff say no, with a note to the client; the service goes on."""
    if not note.strip():
        raise Refused(_("Say why."), field="note")
    move_cancellation(
        request=request,
        to=Status.REJECTED,
        at=at,
        actor=actor,
        note=note.strip(),
        ended_at=at,
    )
    tell_of_cancellation(request=request, at=at)


@transaction.atomic
def withdraw_cancellation(
    *, request: CancellationRequest, at: datetime, actor: Actor, reason: str = ""
) -> None:
    """The client keeps the service after all; its day of end is taken back. Raises ``Moved`` once it ended."""
    service = locked_service(request.service)
    say: dict[str, Any] = {"at": at, "actor": actor, "reason": reason}
    move_cancellation(request=request, to=Status.WITHDRAWN, ended_at=at, **say)
    if service.cancel_at is not None and service.status in LIVE:
        schedule_cancellation(service=service, cancel_at=None, **say)


@transaction.atomic
def cancel_by_staff(
    *, service: Service, kind: str, reason: str, at: datetime, actor: Actor
) -> None:
    """Staff end a service without a request, with a reason. Raises ``Moved`` for one that has ended."""
    if not reason.strip():
        raise Refused(_("Say why."), field="reason")
    row = locked_service(service)
    if row.status not in LIVE:
        raise Moved(_("This service is %s.") % row.status)
    if kind == Kind.END_OF_PERIOD:
        _end_with_period(row, reason.strip(), at, actor)
    else:
        carry_out_cancellation(service=row, at=at, actor=actor, reason=reason.strip())


def cancel_due(day: date) -> QuerySet[Service]:
    """Services whose day of end has come (billing.md 10, step 2)."""
    return Service.objects.filter(cancel_at__lte=day, status__in=LIVE)


@transaction.atomic
def carry_out_cancellation(
    *, service: Service, at: datetime, actor: Actor, reason: str = "", begun: bool = False
) -> bool:
    """End the service now; its account is removed by a job, and its request is done. False when it has ended.

    Open renewals of periods from now on are voided; ``begun``: also that of a period which has begun.
    """
    row = locked_service(service)
    if row.status not in LIVE:
        return False
    today = current.business_date(at)
    from_day = date.min if begun else min(row.cancel_at or today, today)
    _void_renewals(row, from_day, at, actor)
    _drop_plan_change(row, at, actor)
    request = _open_request(row)
    once = f"cancellation {request.pk}" if request else ""
    provisioning.request_cancellation(service=row, at=at, actor=actor, once=once, reason=reason)
    _finish_request(row, at, actor)
    service.refresh_from_db()
    return True


@transaction.atomic
def close_requests(*, service: Service, at: datetime, actor: Actor) -> None:
    """The service has ended, whoever ended it: nothing that was asked of it stays open. Nothing while it lives.

    A cancelled one owes no period that begins on that day or later.
    """
    row = locked_service(service)
    if row.status in LIVE:
        return
    if row.cancelled_at is not None:
        _void_renewals(row, current.business_date(row.cancelled_at), at, actor)
    _drop_plan_change(row, at, actor, _("The service has ended."))
    _finish_request(row, at, actor)


def _open_request(service: Service) -> CancellationRequest | None:
    return CancellationRequest.objects.open().filter(service=service).first()


def _finish_request(service: Service, at: datetime, actor: Actor) -> None:
    """What the client wanted has happened, also where staff or the run were first: his request was not rejected."""
    request = _open_request(service)
    if request is None:
        return
    if request.status == Status.PENDING:
        move_cancellation(request=request, to=Status.APPROVED, at=at, actor=actor)
    move_cancellation(request=request, to=Status.DONE, at=at, actor=actor, ended_at=at)


def _end_with_period(service: Service, reason: str, at: datetime, actor: Actor) -> None:
    today = current.business_date(at)
    ends = max(service.next_due_date or today, today)
    schedule_cancellation(service=service, cancel_at=ends, at=at, actor=actor, reason=reason)
    _void_renewals(service, ends, at, actor)
    _drop_plan_change(service, at, actor)


def _void_renewals(service: Service, from_day: date, at: datetime, actor: Actor) -> None:
    """Open renewals for periods that the service does not live to see; what else an invoice bills stays on it."""
    claims = Claim.objects.filter(
        service=service, status=Claim.Status.OPEN, period_start__gte=from_day
    )
    reason = _("%s ends before this period.") % service.label
    for claim in claims.order_by("pk"):
        invoice = Invoice.objects.filter(claims=claim, status__in=OPEN).first()
        if invoice is None:
            continue
        if invoice.claims.filter(status=Claim.Status.OPEN).exclude(pk=claim.pk).exists():
            take_back_claim(claim=claim, reason=reason, at=at, actor=actor)
        else:
            void_invoice(invoice=invoice, reason=reason, at=at, actor=actor, release=True)


def _drop_plan_change(service: Service, at: datetime, actor: Actor, reason: str = "") -> None:
    for change in PlanChange.objects.open().filter(service=service):
        withdraw_plan_change(change=change, at=at, actor=actor, reason=reason)
