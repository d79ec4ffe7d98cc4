"""Plan changes: asked for, paid, carried out or lapsed (billing.md 8, invariants R24).

Everything here locks the client's row first, so that a change, its payment and a renewal come one after the other.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_text
from commerce.accounts.models import Client, User
from commerce.audit.states import move
from commerce.billing.changes.plan_changes.emails import tell_of_plan_change
from commerce.billing.changes.plan_changes.offers import (
    PlanOffer,
    find_plan_offer,
    recount_plan_offer,
    unpaid_invoice_reason,
)
from commerce.billing.changes.plan_changes.rules import PLAN_CHANGE_MOVES, PlanChangeStatus
from commerce.billing.changes.plan_changes.service_lines import service_lines
from commerce.billing.changes.price_changes.actions import drop_planned_price_changes
from commerce.billing.credit.actions import apply_credit, post_credit
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.corrections import (
    credit_invoice,
    credit_invoice_parts,
    void_invoice,
)
from commerce.billing.invoices.actions.drafts import draft_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.states import lock_service
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES, InvoiceKind
from commerce.billing.models import Invoice, PlanChange
from commerce.billing.periods.actions.periods import release_paid_periods
from commerce.billing.tax.notices import tax_notice
from commerce.billing.tax.queries import taxation_for_client
from commerce.db.locks import lock
from commerce.hosting.actions.pricing import change_service_plan
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, ServiceStatus, first_due_date
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings import current


@transaction.atomic
def move_plan_change(
    *, change: PlanChange, to: PlanChangeStatus, ctx: Context, reason: str = "", **changes: Any
) -> None:
    """Move a change along its table. Raises ``StateConflict`` if that is not allowed."""
    bump_revision(change.client_id)
    move(
        change,
        to,
        allowed=PLAN_CHANGE_MOVES,
        ctx=ctx,
        client_id=change.client_id,
        reason=reason,
        **changes,
    )


@transaction.atomic
def request_plan_change(
    *,
    service: Service,
    product_id: int,
    billing_cycle: str,
    figures_shown: tuple[int, int, int],
    ctx: Context,
    requested_by: User | None = None,
    losses_accepted: bool = False,
) -> PlanChange:
    """A service shall move to another plan: at once when nothing is to be paid, otherwise when its invoice is paid.

    ``figures_shown`` is what the person confirmed (``PlanOffer.figures_shown``); it is counted again under lock, and a
    difference is ``BusinessError``, as are losses that nobody accepted and a service whose plan cannot change.
    """
    row = lock_service(service)
    offer = find_plan_offer(row, product_id, billing_cycle, current.business_date(ctx.at))
    if figures_shown != offer.figures_shown:
        raise BusinessError("plan_change.price_changed")
    if offer.losses and not losses_accepted:
        raise BusinessError(
            "plan_change.losses_not_confirmed", losses=", ".join(offer.losses), field="losses"
        )
    change = PlanChange.objects.create(
        client_id=row.client_id,
        service=row,
        requested_by=requested_by,
        product=offer.product,
        billing_cycle=offer.billing_cycle,
        amount=offer.amount,
        parts=offer.parts,
        options=offer.options,
        credit=offer.figures.credit,
        charge=offer.figures.charge,
        total=offer.today.total,
        coverage=offer.today.coverage,
        created_at=ctx.at,
    )
    if current.get_setting("plan_changes.require_approval"):
        tell_of_plan_change(change=change, old_name=row.product.name, at=ctx.at)
    else:
        _proceed(change, row, offer, ctx)
    return change


@transaction.atomic
def approve_plan_change(*, change: PlanChange, ctx: Context, note: str = "") -> None:
    """Staff let a change go on, at today's figures. Raises ``BusinessError`` when they are dearer than what was
    confirmed.
    """
    service = lock_service(change.service)
    row = lock(change)
    if row.status != PlanChangeStatus.PENDING:
        raise StateConflict("plan_change.wrong_status", status=row.status)
    if service.status != ServiceStatus.ACTIVE or service.cancel_at:
        raise BusinessError("plan_change.not_possible_now")
    if reason := unpaid_invoice_reason(service):
        raise reason
    offer = recount_plan_offer(
        service, row.product_id, row.billing_cycle, current.business_date(ctx.at)
    )
    known = row.charge - row.credit if row.total is None else row.total
    now = offer.figures.net if row.total is None else offer.today.total
    if now > known or offer.amount != row.amount:
        raise BusinessError("plan_change.dearer_than_confirmed")
    PlanChange.objects.filter(pk=row.pk).update(
        credit=offer.figures.credit,
        charge=offer.figures.charge,
        total=offer.today.total,
        coverage=offer.today.coverage,
        options=offer.options,
        parts=offer.parts,
        note=note,
    )
    change.refresh_from_db()
    _proceed(change, service, offer, ctx)


@transaction.atomic
def reject_plan_change(*, change: PlanChange, note: str, ctx: Context) -> None:
    """Staff say no to a change that awaits approval, with a note to the client."""
    if not note.strip():
        raise BusinessError("reason.missing", field="note")
    move_plan_change(
        change=change, to=PlanChangeStatus.REJECTED, ctx=ctx, note=note.strip(), ended_at=ctx.at
    )
    tell_of_plan_change(change=change, old_name=change.service.product.name, at=ctx.at)


@transaction.atomic
def withdraw_plan_change(*, change: PlanChange, ctx: Context, reason: str = "") -> None:
    """Nobody wants it any more; its invoice is voided. Raises ``StateConflict`` once it was carried out."""
    reason = reason or client_text(change.client, _("The plan change was withdrawn."))
    _end(change, PlanChangeStatus.WITHDRAWN, reason, ctx)


@transaction.atomic
def lapse_plan_change(*, change: PlanChange, day: date, ctx: Context, reason: str = "") -> bool:
    """Its invoice was not paid by its due date: it is voided, and the plan stays. False when it is not to lapse."""
    bump_revision(change.client_id)
    row = PlanChange.objects.select_related("invoice").get(pk=change.pk)
    late = row.invoice and row.invoice.due_date and row.invoice.due_date < day
    if row.status != PlanChangeStatus.AWAITING_PAYMENT or not late:
        return False
    reason = reason or client_text(row.client, _("The plan change wasn't paid in time."))
    _end(row, PlanChangeStatus.LAPSED, reason, ctx)
    return True


def unpaid_plan_changes(day: date) -> QuerySet[PlanChange]:
    """Changes whose invoice was not paid by its due date (billing.md 10, step 11)."""
    return PlanChange.objects.filter(
        status=PlanChangeStatus.AWAITING_PAYMENT, invoice__due_date__lt=day
    )


def lapse_for_renewal(*, service_ids: Iterable[int], ctx: Context) -> None:
    """The renewal of these services is issued first: changes of them that are not paid lapse. The client is locked."""
    rows = PlanChange.objects.filter(
        status=PlanChangeStatus.AWAITING_PAYMENT, service_id__in=list(service_ids)
    )
    for change in rows.order_by("pk"):
        renewed = _("The service was renewed before the plan change was paid.")
        _end(change, PlanChangeStatus.LAPSED, client_text(change.client, renewed), ctx)


def lapse_voided_plan_change(*, invoice: Invoice, ctx: Context) -> None:
    """Its invoice was taken back: there is nothing more to wait for."""
    change = _awaiting(invoice)
    if change is not None:
        move_plan_change(change=change, to=PlanChangeStatus.LAPSED, ctx=ctx, ended_at=ctx.at)


def apply_paid_plan_change(*, invoice: Invoice, ctx: Context) -> None:
    """Its invoice is paid, in this transaction: the service moves to its new plan.

    A service that has ended meanwhile stays as it is, as does one of which something that the invoice deducts was taken
    back since it was issued; what was paid becomes credit.
    """
    change = _awaiting(invoice)
    if change is None:
        return
    service = lock_service(change.service)
    reason = ""
    if service.status not in RUNNING_SERVICE_STATUSES:
        reason = client_text(change.client, _("The service has ended."))
    elif _deducts_too_much(change, service):
        reversed_ = _("The payment that the plan change credits was reversed.")
        reason = client_text(change.client, reversed_)
    if not reason:
        _apply(change, service, ctx)
        return
    move_plan_change(
        change=change, to=PlanChangeStatus.LAPSED, ctx=ctx, reason=reason, ended_at=ctx.at
    )
    credit_invoice(invoice=invoice, reason=reason, ctx=ctx, release_periods=True)


def _deducts_too_much(change: PlanChange, service: Service) -> bool:
    """Whether less is left of what the service paid than when the change's invoice deducted the unused part of it."""
    assert change.invoice is not None
    earlier = [pk for pk in change.coverage.get("invoices", ()) if pk != change.invoice_id]
    for invoice in Invoice.objects.filter(pk__in=earlier):
        then = service_lines(service, invoice, before=change.invoice.issued_at)
        now = service_lines(service, invoice)
        if sum(line.net for line in now) < sum(line.net for line in then):
            return True
    return False


def _awaiting(invoice: Invoice) -> PlanChange | None:
    rows = PlanChange.objects.filter(invoice=invoice, status=PlanChangeStatus.AWAITING_PAYMENT)
    return rows.select_related("service").first()


def _proceed(change: PlanChange, service: Service, offer: PlanOffer, ctx: Context) -> None:
    """The figures are settled: have the rest paid, or change at once."""
    if not offer.today.lines:
        _apply(change, service, ctx)
        _give_back(change, offer, ctx)
    else:
        _give_back(change, offer, ctx)
        _invoice(change, service, offer, ctx)


def _give_back(change: PlanChange, offer: PlanOffer, ctx: Context) -> None:
    """What is left over becomes credit, on the lines that paid for it; plainly only where no invoice is known."""
    reason = client_text(change.client, _("Plan change to %(plan)s."), plan=change.product.name)
    notes = [
        credit_invoice_parts(
            invoice=draft.invoice,
            parts=draft.parts,
            service=change.service,
            reason=reason,
            ctx=ctx,
        )
        for draft in offer.today.credit_back.notes
    ]
    if notes:
        PlanChange.objects.filter(pk=change.pk).update(credit_note=notes[0])
        change.refresh_from_db()
    if offer.today.credit_back.without_note:
        post_credit(
            client_id=change.client_id,
            currency_code=change.service.currency_id,
            reason=CreditReason.DOWNGRADE,
            source=f"plan_change:{change.pk}",
            amount=offer.today.credit_back.without_note,
            note=reason,
            ctx=ctx,
        )


def _invoice(change: PlanChange, service: Service, offer: PlanOffer, ctx: Context) -> None:
    """Its invoice: to be paid first, or paid by what was just given back."""
    client = Client.objects.get(pk=change.client_id)
    taxation = taxation_for_client(client, current.business_date(ctx.at))
    invoice = draft_invoice(
        client=client,
        kind=InvoiceKind.PLAN_CHANGE,
        currency_code=service.currency_id,
        lines=offer.today.lines,
        prices_include_tax=taxation.prices_include_tax,
        tax_evidence=taxation.evidence,
        notes=tax_notice(taxation, client),
        billed_services=[service.pk],
        ctx=ctx,
    )
    change.coverage["invoices"].insert(0, invoice.pk)
    move_plan_change(
        change=change,
        to=PlanChangeStatus.AWAITING_PAYMENT,
        ctx=ctx,
        invoice=invoice,
        coverage=change.coverage,
    )
    # Credit may pay it, and with that carry out the change.
    issue_invoice(invoice=invoice, ctx=ctx)
    if offer.today.total <= 0 and invoice.amount_due:
        apply_credit(invoice=invoice, amount=invoice.amount_due, ctx=ctx)
    change.refresh_from_db()
    if change.status == PlanChangeStatus.AWAITING_PAYMENT:
        tell_of_plan_change(change=change, old_name=service.product.name, at=ctx.at)


def _apply(change: PlanChange, service: Service, ctx: Context) -> None:
    old_name, today = service.product.name, current.business_date(ctx.at)
    new_period = None
    if change.billing_cycle != service.billing_cycle:
        due = first_due_date(today, change.billing_cycle)
        assert due is not None
        new_period = today, due
        for period in change.coverage.get("periods", ()):
            period |= {"start": str(today), "end": str(due)}
        release_paid_periods(service=service, day=today, ctx=ctx)
    change_service_plan(
        service=service,
        product=change.product,
        billing_cycle=change.billing_cycle,
        amount=change.amount,
        options=change.options,
        parts=change.parts,
        new_period=new_period,
        ctx=ctx,
    )
    move_plan_change(
        change=change,
        to=PlanChangeStatus.APPLIED,
        ctx=ctx,
        ended_at=ctx.at,
        coverage=change.coverage,
    )
    reason = _("The plan has changed.")
    drop_planned_price_changes(subject=("service", service.pk), reason=reason, ctx=ctx)
    change.service = service
    tell_of_plan_change(change=change, old_name=old_name, at=ctx.at)


def _end(change: PlanChange, to: PlanChangeStatus, reason: str, ctx: Context) -> None:
    """End it without effect; an open invoice of it is voided, and what was paid on it becomes credit."""
    move_plan_change(change=change, to=to, ctx=ctx, reason=reason, ended_at=ctx.at)
    if change.invoice_id is None:
        return
    invoice = Invoice.objects.get(pk=change.invoice_id)
    if invoice.status in OPEN_INVOICE_STATUSES:
        void_invoice(invoice=invoice, reason=reason, ctx=ctx, release_periods=True)
