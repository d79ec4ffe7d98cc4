"""Cancellations: asked for by clients, decided by staff, carried out now or with the period (billing.md 8, R23)."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_text
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.billing.changes.cancellations.emails import send_cancellation_email
from commerce.billing.changes.cancellations.rules import (
    CANCELLATION_MOVES,
    CancellationKind,
    CancellationStatus,
    is_decided_by_staff,
    kind_in_effect,
)
from commerce.billing.changes.plan_changes.actions.requests import withdraw_plan_change
from commerce.billing.invoices.actions.corrections import credit_open_period, void_invoice
from commerce.billing.invoices.actions.states import lock_service
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.labels import CANCELLATION_KIND_LABELS
from commerce.billing.models import BilledPeriod, CancellationRequest, Invoice, PlanChange
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.db.locks import lock
from commerce.hosting import provisioning
from commerce.hosting.actions.editing import (
    live_only_blocked_reason,
    running_only_blocked_reason,
    schedule_service_end,
)
from commerce.hosting.events import ServiceCancelled, ServiceTerminated
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Text
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.site_settings import current


@transaction.atomic
def move_cancellation(
    *, request: CancellationRequest, to: CancellationStatus, ctx: Context, **changes: Any
) -> None:
    """Move a request along its table. Raises ``StateConflict`` if that is not allowed."""
    bump_revision(request.client_id, ctx)
    move(
        request,
        to,
        allowed=CANCELLATION_MOVES,
        ctx=ctx,
        client_id=request.client_id,
        **changes,
    )


def cancellation_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """A service that runs is cancelled once."""
    if reason := running_only_blocked_reason(service, ctx):
        return reason
    asked = CancellationRequest.objects.open().filter(service=service)
    return StateConflict("cancellation.already_open") if asked.exists() else None


def _asked_text(request: CancellationRequest, _service: Service) -> Promise:
    if request.status == CancellationStatus.PENDING:
        return _("Cancellation requested. We'll reply soon.")
    return _("Cancellation confirmed.")


@act(
    "service.ask_to_cancel",
    Service,
    label=_("Cancel service"),
    done=_asked_text,
    member="services.manage",
    blocked=cancellation_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def request_cancellation(
    *,
    service: Service,
    kind: Annotated[str, Choice(_("When"), labels=CANCELLATION_KIND_LABELS)],
    ctx: Context,
    reason: Annotated[str, Text(_("Reason"), most=2000, least=0)] = "",
) -> CancellationRequest:
    """A client asks for the end of a running service. One at the end of its period needs nobody; where it would be
    today it counts as immediate, about which staff decide unless ``cancellations.auto_approve`` is on.
    """
    row = lock_service(service, ctx)
    if blocked := cancellation_blocked_reason(row, ctx):
        raise blocked
    today = current.business_date(ctx.at)
    in_effect = kind_in_effect(kind, next_due_date=row.next_due_date, today=today)
    request = CancellationRequest.objects.create(
        client_id=row.client_id,
        service=row,
        requested_by_id=ctx.actor.member_id,
        kind=in_effect,
        reason=reason,
        created_at=ctx.at,
    )
    auto_approve = current.get_setting("cancellations.auto_approve")
    if is_decided_by_staff(in_effect, auto_approve=auto_approve):
        send_cancellation_email(request=request, at=ctx.at)
    else:
        approve_cancellation(request=request, ctx=ctx)
    return request


def decide_cancellation_blocked_reason(
    request: CancellationRequest, ctx: Context
) -> StateConflict | None:
    """Staff decide once, and only what a client asked them."""
    waits = request.status == CancellationStatus.PENDING
    return None if waits else StateConflict("cancellation.not_pending")


def _approval_intro(request: CancellationRequest) -> Any:
    if request.kind == CancellationKind.IMMEDIATE:
        return _("The service ends now. Its account is deleted.")
    return _("The service ends with the paid period.")


@act(
    "cancellation.approve",
    CancellationRequest,
    label=_("Approve"),
    intro=_approval_intro,
    done=_("Cancellation approved."),
    staff=StaffPermission.SERVICES_MANAGE,
    blocked=decide_cancellation_blocked_reason,
    asks_password=lambda request, _values: request.kind == CancellationKind.IMMEDIATE,
    password_hint=_("Only needed to end the service now."),
)
@transaction.atomic
def approve_cancellation(
    *,
    request: CancellationRequest,
    ctx: Context,
    note: Annotated[str, Text(_("Note to the client"), most=2000, least=0)] = "",
) -> None:
    """The service ends now, or with what is paid."""
    service = lock_service(request.service, ctx)
    if blocked := decide_cancellation_blocked_reason(lock(request), ctx):
        raise blocked
    move_cancellation(request=request, to=CancellationStatus.APPROVED, ctx=ctx, note=note)
    request.service = service
    if request.kind == CancellationKind.END_OF_PERIOD:
        _end_with_period(service, request.reason, ctx)
    send_cancellation_email(request=request, at=ctx.at)
    if request.kind == CancellationKind.IMMEDIATE:
        carry_out_cancellation(service=service, ctx=ctx, reason=request.reason)
        request.refresh_from_db()


@act(
    "cancellation.reject",
    CancellationRequest,
    label=_("Decline"),
    intro=_("The service continues."),
    done=_("Cancellation declined. The client is notified."),
    staff=StaffPermission.SERVICES_MANAGE,
    blocked=decide_cancellation_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def reject_cancellation(
    *,
    request: CancellationRequest,
    note: Annotated[str, Text(_("Note to the client"), most=2000)],
    ctx: Context,
) -> None:
    """Staff say no, with a note to the client; the service goes on."""
    bump_revision(request.client_id, ctx)
    if blocked := decide_cancellation_blocked_reason(lock(request), ctx):
        raise blocked
    move_cancellation(
        request=request,
        to=CancellationStatus.REJECTED,
        ctx=ctx,
        note=note,
        ended_at=ctx.at,
    )
    send_cancellation_email(request=request, at=ctx.at)


def withdraw_cancellation_blocked_reason(
    request: CancellationRequest, ctx: Context
) -> StateConflict | None:
    """It can be taken back until the service has ended, or staff have said no."""
    is_open = request.status in (CancellationStatus.PENDING, CancellationStatus.APPROVED)
    return None if is_open else StateConflict("cancellation.has_ended")


@act(
    "cancellation.withdraw",
    CancellationRequest,
    label=_("Keep service"),
    done=_("Cancellation withdrawn. Your service continues."),
    member="services.manage",
    blocked=withdraw_cancellation_blocked_reason,
)
@transaction.atomic
def withdraw_cancellation(*, request: CancellationRequest, ctx: Context, reason: str = "") -> None:
    """The client keeps the service after all; its day of end is taken back."""
    service = lock_service(request.service, ctx)
    if blocked := withdraw_cancellation_blocked_reason(lock(request), ctx):
        raise blocked
    move_cancellation(
        request=request, to=CancellationStatus.WITHDRAWN, ctx=ctx, reason=reason, ended_at=ctx.at
    )
    if service.ends_on is not None and service.status in LIVE_SERVICE_STATUSES:
        schedule_service_end(service=service, ends_on=None, ctx=ctx, reason=reason)


def _ends_now(_service: Service, values: Mapping[str, Any]) -> bool:
    """Whether the account goes at once, as by a termination."""
    return bool(values.get("kind") == CancellationKind.IMMEDIATE)


def _cancelled_text(_result: None, service: Service) -> Any:
    if service.ends_on and service.status in LIVE_SERVICE_STATUSES:
        return _("The service ends with the paid period.")
    return _("Service canceled.")


@act(
    "service.cancel",
    Service,
    label=_("Cancel service"),
    done=_cancelled_text,
    staff=StaffPermission.SERVICES_TERMINATE,
    blocked=live_only_blocked_reason,
    asks_password=_ends_now,
    password_hint=_("Only needed to end the service now."),
    is_danger=True,
    example='service cancel 55 --kind end_of_period --reason "asked by phone"',
)
@transaction.atomic
def cancel_service_without_request(
    *,
    service: Service,
    kind: Annotated[str, Choice(_("When"), labels=CANCELLATION_KIND_LABELS)],
    reason: Annotated[str, REASON],
    ctx: Context,
) -> None:
    """Staff end a service without a request, with a reason; one whose period is over ends now."""
    row = lock_service(service, ctx)
    if blocked := live_only_blocked_reason(row, ctx):
        raise blocked
    today = current.business_date(ctx.at)
    in_effect = kind_in_effect(kind, next_due_date=row.next_due_date, today=today)
    if in_effect == CancellationKind.END_OF_PERIOD:
        _end_with_period(row, reason, ctx)
    else:
        carry_out_cancellation(service=row, ctx=ctx, reason=reason)
    service.refresh_from_db()


@transaction.atomic
def end_service_on(*, service: Service, day: date, reason: str, ctx: Context) -> None:
    """End a service on ``day``, now if that has come: a contract that was ended (support-and-content.md 9)."""
    row = lock_service(service, ctx)
    if blocked := live_only_blocked_reason(row, ctx):
        raise blocked
    today = current.business_date(ctx.at)
    schedule_service_end(service=row, ends_on=max(day, today), ctx=ctx, reason=reason)
    if day <= today:
        carry_out_cancellation(service=row, ctx=ctx, reason=reason)
    else:
        _void_renewals(row, day, ctx)
        _drop_plan_change(row, ctx)
    service.refresh_from_db()


def services_to_cancel(day: date) -> QuerySet[Service]:
    """Services whose day of end has come (billing.md 10, step 2)."""
    return Service.objects.filter(ends_on__lte=day, status__in=LIVE_SERVICE_STATUSES)


@transaction.atomic
def carry_out_cancellation(
    *,
    service: Service,
    ctx: Context,
    reason: str = "",
    include_begun_period: bool = False,
) -> bool:
    """End the service now; its account is removed by a job, and its request is done. False when it has ended.

    Open renewals of periods from now on are voided; ``include_begun_period``: also that of a period which has begun.
    """
    row = lock_service(service, ctx)
    if row.status not in LIVE_SERVICE_STATUSES:
        return False
    today = current.business_date(ctx.at)
    from_day = date.min if include_begun_period else min(row.ends_on or today, today)
    _void_renewals(row, from_day, ctx)
    _drop_plan_change(row, ctx)
    request = _open_request(row)
    idempotency_key = f"cancellation {request.pk}" if request else ""
    provisioning.request_cancellation(
        service=row, ctx=ctx, idempotency_key=idempotency_key, reason=reason
    )
    _finish_request(row, ctx)
    service.refresh_from_db()
    return True


@transaction.atomic
def close_requests_of_service(*, service: Service, ctx: Context) -> None:
    """The service has ended, whoever ended it: nothing that was asked of it stays open. Nothing while it lives.

    A cancelled one owes no period that begins on that day or later.
    """
    row = lock_service(service, ctx)
    if row.status in LIVE_SERVICE_STATUSES:
        return
    if row.cancelled_at is not None:
        _void_renewals(row, current.business_date(row.cancelled_at), ctx)
    _drop_plan_change(row, ctx, client_text(row.client, _("The service has ended.")))
    _finish_request(row, ctx)


def _open_request(service: Service) -> CancellationRequest | None:
    return CancellationRequest.objects.open().filter(service=service).first()


def _finish_request(service: Service, ctx: Context) -> None:
    """What the client wanted has happened, also where staff or the run were first: their request was not rejected."""
    request = _open_request(service)
    if request is None:
        return
    if request.status == CancellationStatus.PENDING:
        move_cancellation(request=request, to=CancellationStatus.APPROVED, ctx=ctx)
    move_cancellation(request=request, to=CancellationStatus.DONE, ctx=ctx, ended_at=ctx.at)


def _end_with_period(service: Service, reason: str, ctx: Context) -> None:
    today = current.business_date(ctx.at)
    ends = max(service.next_due_date or today, today)
    schedule_service_end(service=service, ends_on=ends, ctx=ctx, reason=reason)
    _void_renewals(service, ends, ctx)
    _drop_plan_change(service, ctx)


def _void_renewals(service: Service, from_day: date, ctx: Context) -> None:
    """Open renewals for periods that the service does not live to see; what else an invoice bills stays on it."""
    billed_periods = BilledPeriod.objects.filter(
        service=service, status=BilledPeriodStatus.OPEN, period_start__gte=from_day
    )
    ends_before = _("%(service)s ends before this period.")
    reason = client_text(service.client, ends_before, service=service.label)
    for billed_period in billed_periods.order_by("pk"):
        invoice = Invoice.objects.filter(
            billed_periods=billed_period, status__in=OPEN_INVOICE_STATUSES
        ).first()
        if invoice is None:
            continue
        if (
            invoice.billed_periods.filter(status=BilledPeriodStatus.OPEN)
            .exclude(pk=billed_period.pk)
            .exists()
        ):
            credit_open_period(period=billed_period, reason=reason, ctx=ctx)
        else:
            void_invoice(invoice=invoice, reason=reason, ctx=ctx, release_periods=True)


def _drop_plan_change(service: Service, ctx: Context, reason: str = "") -> None:
    for change in PlanChange.objects.open().filter(service=service):
        withdraw_plan_change(change=change, ctx=ctx, reason=reason)


def close_requests_of_ended_service(
    event: ServiceCancelled | ServiceTerminated, ctx: Context
) -> None:
    """Nothing that was asked of a service outlives it."""
    service = Service.objects.get(pk=event.service_id)
    close_requests_of_service(service=service, ctx=ctx)
