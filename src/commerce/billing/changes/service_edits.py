"""What staff do with services where their bills have a say (services-and-provisioning.md 1, billing.md 1 and 7)."""

from datetime import date
from operator import attrgetter
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.locale import client_text
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.billing.changes.cancellations.actions import (
    close_requests_of_service,
    withdraw_cancellation,
)
from commerce.billing.changes.cancellations.rules import CancellationStatus
from commerce.billing.changes.plan_changes.actions.carrying_out import forget_given_days
from commerce.billing.changes.plan_changes.unused_time import days_of_documents
from commerce.billing.changes.price_changes.actions import (
    drop_planned_price_changes,
    drop_price_change,
)
from commerce.billing.invoices.actions.corrections import credit_open_period
from commerce.billing.invoices.actions.states import lock_service
from commerce.billing.models import BilledPeriod, CancellationRequest, PriceChange
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.hosting import provisioning
from commerce.hosting.actions.editing import (
    live_only_blocked_reason,
    running_only_blocked_reason,
    schedule_service_end,
)
from commerce.hosting.actions.staff import edit_service, override_service_status
from commerce.hosting.actions.suspensions import STAFF_SUSPENSION_LABELS
from commerce.hosting.models import Service
from commerce.hosting.rules import (
    LIVE_SERVICE_STATUSES,
    SERVICE_OVERRIDE_MOVES,
    ServiceStatus,
    SuspensionReason,
)
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Amount, Choice, Day
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.presentation.labels import CYCLE_LABELS, Text, status_labels

VOID_OPEN_PERIOD, KEEP_OPEN_PERIOD = "void", "keep"


def open_periods_of_service(service: Service) -> list[BilledPeriod]:
    """The periods of a service that are invoiced and not paid: one at most."""
    rows = service.billed_periods.filter(status=BilledPeriodStatus.OPEN).select_related("invoice")
    return list(rows.order_by("pk"))


def _about_open_period(service: Service) -> str:
    period = open_periods_of_service(service)[0]
    return gettext("Invoice %(number)s bills the period from %(day)s.") % {
        "number": period.invoice,
        "day": period.period_start,
    }


@act(
    "service.terminate",
    Service,
    label=_("Terminate"),
    intro=_("The service ends now. Its account is deleted with all data."),
    done=_("The service is being terminated, and its account deleted."),
    staff=StaffPermission.SERVICES_TERMINATE,
    blocked=running_only_blocked_reason,
    asks_password=True,
    is_danger=True,
    example='service terminate 55 --open-period void --reason "moved away"',
)
@transaction.atomic
def force_termination(
    *,
    service: Service,
    reason: Annotated[str, REASON],
    ctx: Context,
    open_period: Annotated[
        str,
        Choice(
            _("Open renewal invoice"),
            labels={
                VOID_OPEN_PERIOD: _("Void the invoice"),
                KEEP_OPEN_PERIOD: _("Keep the invoice due"),
            },
            about=_about_open_period,
            asked_if=open_periods_of_service,
        ),
    ] = "",
) -> None:
    """End a running service by force. An open period needs a decision: ``void`` takes it back, ``keep`` leaves it owed.

    Raises ``BusinessError`` without that decision.
    """
    row = lock_service(service, ctx)
    if blocked := running_only_blocked_reason(row, ctx):
        raise blocked
    for billed_period in open_periods_of_service(row):
        if open_period not in (VOID_OPEN_PERIOD, KEEP_OPEN_PERIOD):
            raise BusinessError(
                "service.open_period_undecided",
                invoice=billed_period.invoice,
                day=billed_period.period_start,
                field="open_period",
            )
        if open_period == VOID_OPEN_PERIOD:
            why = client_text(row.client, _("%(service)s has ended."), service=row.label)
            credit_open_period(period=billed_period, reason=why, ctx=ctx)
    provisioning.request_termination(
        service=row, ctx=ctx, suspension_reason=SuspensionReason.STAFF, reason=reason
    )
    service.refresh_from_db()


def withdraw_end_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Only an end that is to come can be taken back."""
    if reason := live_only_blocked_reason(service, ctx):
        return reason
    return None if service.ends_on else StateConflict("service.no_end_scheduled")


@act(
    "service.keep",
    Service,
    label=_("Keep service"),
    intro=_("Its scheduled end is withdrawn, with the cancellation behind it."),
    done=_("The service continues."),
    staff=StaffPermission.SERVICES_TERMINATE,
    blocked=withdraw_end_blocked_reason,
)
@transaction.atomic
def withdraw_scheduled_end(
    *, service: Service, reason: Annotated[str, REASON], ctx: Context
) -> None:
    """Take back a scheduled end, with the request that led to it."""
    row = lock_service(service, ctx)
    if blocked := withdraw_end_blocked_reason(row, ctx):
        raise blocked
    approved = CancellationRequest.objects.filter(
        service=row, status=CancellationStatus.APPROVED
    ).first()
    if approved is not None:
        withdraw_cancellation(request=approved, ctx=ctx, reason=reason)
    else:
        schedule_service_end(service=row, ends_on=None, ctx=ctx, reason=reason)
    service.refresh_from_db()


@act(
    "service.edit",
    Service,
    label=_("Price and dates"),
    done=_("Price and dates saved. Issued invoices don't change."),
    staff=StaffPermission.SERVICES_MANAGE,
    blocked=running_only_blocked_reason,
    example='service edit 55 --amount 12.50 --reason "agreed by phone"',
)
@transaction.atomic
def edit_price_and_dates(
    *,
    service: Service,
    reason: Annotated[str, REASON],
    ctx: Context,
    amount: Annotated[
        int | None,
        Amount(
            _("Price in %(currency)s"),
            about=_("For each billing cycle. A new amount removes the discounts it had."),
            currency=attrgetter("currency_id"),
            edits="amount",
        ),
    ] = None,
    billing_cycle: Annotated[
        str, Choice(_("Billing cycle"), labels=CYCLE_LABELS, edits="billing_cycle")
    ] = "",
    next_due_date: Annotated[
        date | None,
        Day(
            _("Next due date"),
            about=_("The first day that isn't paid yet."),
            edits="next_due_date",
        ),
    ] = None,
) -> None:
    """Change when a running service is due and what it costs (``hosting.edit_service``), but bill no day twice.

    Raises ``BusinessError`` for a next due date in or before a billed period, and for another cycle while one is open.
    """
    row = lock_service(service, ctx)
    if blocked := running_only_blocked_reason(row, ctx):
        raise blocked
    before = row.amount, row.billing_cycle
    if next_due_date is not None:
        _free_from(row, next_due_date)
    if billing_cycle not in ("", row.billing_cycle) and open_periods_of_service(row):
        raise BusinessError("service.renewal_open", field="billing_cycle")
    edit_service(
        service=row,
        reason=reason,
        ctx=ctx,
        next_due_date=next_due_date,
        amount=amount,
        billing_cycle=billing_cycle,
    )
    if (row.amount, row.billing_cycle) != before:
        _drop_announced(row, ctx)
    if row.billing_cycle != before[1]:
        forget_given_days(row)
    service.refresh_from_db()


def _drop_announced(service: Service, ctx: Context) -> None:
    """The price to come was that of the terms before; its client, who was told of it, is told."""
    for change in PriceChange.objects.planned().filter(service=service):
        reason = client_text(service.client, _("The price was changed separately."))
        drop_price_change(change=change, reason=reason, ctx=ctx)


_SETTABLE_STATUSES: dict[str, Text] = {
    status: words
    for status, words in status_labels("service").items()
    if status != ServiceStatus.PENDING
}


@act(
    "service.override",
    Service,
    label=_("Override status"),
    intro=_(
        "For accounts that were changed in the control panel. The server isn't contacted, and"
        " the client isn't notified."
    ),
    done=_("Status changed. The server wasn't contacted, and the client isn't notified."),
    staff=StaffPermission.SERVICES_OVERRIDE,
    is_danger=True,
    example=(
        'service override 7 --to active --next-due-date 2030-01-31 --reason "resumed in the panel"'
    ),
)
@transaction.atomic
def override_service(
    *,
    service: Service,
    to: Annotated[
        str,
        Choice(
            _("New status"),
            labels=_SETTABLE_STATUSES,
            offered=lambda service: SERVICE_OVERRIDE_MOVES[ServiceStatus(service.status)],
        ),
    ],
    reason: Annotated[str, REASON],
    ctx: Context,
    next_due_date: Annotated[
        date | None,
        Day(
            _("Next due date"),
            about=_("Needed to bring back a service that has ended."),
        ),
    ] = None,
    suspension_reason: Annotated[
        str, Choice(_("If suspended, the reason"), labels=STAFF_SUSPENSION_LABELS)
    ] = SuspensionReason.STAFF,
) -> None:
    """Set the state of a service by hand (``hosting.override_service_status``); what was asked of one that ended is
    closed.
    """
    row = lock_service(service, ctx)
    if next_due_date is not None:
        _free_from(row, next_due_date)
    override_service_status(
        service=row,
        to=ServiceStatus(to),
        reason=reason,
        ctx=ctx,
        next_due_date=next_due_date,
        suspension_reason=suspension_reason,
    )
    close_requests_of_service(service=row, ctx=ctx)
    if to not in LIVE_SERVICE_STATUSES:  # by hand, so that no event tells of it
        why = _("The service has ended.")
        drop_planned_price_changes(subject=("service", row.pk), reason=why, ctx=ctx)
    service.refresh_from_db()


def _free_from(service: Service, day: date) -> None:
    """Raise ``BusinessError`` when days beyond a day are billed: by a document, or by a period that was waived."""
    billed_periods = service.billed_periods.exclude(status=BilledPeriodStatus.RELEASED)
    spans = billed_periods.order_by("-period_end").values_list("period_start", "period_end")
    documents = [(each.start, each.end) for each in days_of_documents(service)]
    last = max([*spans[:1], *documents], key=lambda span: span[1], default=None)
    if last is not None and last[1] > day:
        start, end = last
        raise BusinessError("service.period_billed", start=start, end=end, field="next_due_date")
