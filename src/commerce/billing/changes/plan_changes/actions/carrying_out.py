"""Plan changes carried out: what is given back, what is charged, what pays it, in one transaction (billing.md 8)."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.api_writes.spending import give_back_spending
from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_text
from commerce.accounts.models import Client
from commerce.accounts.rules import SpendingRecord
from commerce.audit.states import move
from commerce.billing.changes.plan_changes.emails import (
    send_plan_change_email,
    send_plan_change_not_carried_out_email,
)
from commerce.billing.changes.plan_changes.offers import PlanOffer, recount_plan_offer
from commerce.billing.changes.plan_changes.rules import (
    OPEN_PLAN_CHANGE_STATUSES,
    PLAN_CHANGE_MOVES,
    DateRange,
    DecisionTotals,
    PlanChangeStatus,
    credit_that_pays,
    free_days,
)
from commerce.billing.changes.price_changes.actions import drop_planned_price_changes
from commerce.billing.credit.actions import apply_credit, post_credit
from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import (
    PlanChangeApplied,
    PlanChangeLapsed,
    PlanChangeRequestEnded,
)
from commerce.billing.invoices.actions.corrections import credit_unused_days
from commerce.billing.invoices.actions.drafts import draft_invoice
from commerce.billing.invoices.actions.issuing import due_date_by_settings, issue_locked_draft
from commerce.billing.invoices.actions.states import lock_service
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import InvoiceKind
from commerce.billing.models import Invoice, PaidElsewhere, PlanChange
from commerce.billing.periods.actions.periods import release_paid_periods
from commerce.billing.tax.notices import tax_notice
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.hosting.actions.pricing import change_service_plan
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current


@transaction.atomic
def move_plan_change(
    *, change: PlanChange, to: PlanChangeStatus, ctx: Context, reason: str = "", **changes: Any
) -> None:
    """Move a change along its table. Raises ``StateConflict`` if that is not allowed."""
    bump_revision(change.client_id, ctx)
    left = move(
        change,
        to,
        allowed=PLAN_CHANGE_MOVES,
        ctx=ctx,
        client_id=change.client_id,
        reason=reason,
        **changes,
    )
    if to not in (*OPEN_PLAN_CHANGE_STATUSES, PlanChangeStatus.APPLIED):
        give_back_spending(kind=SpendingRecord.PLAN_CHANGE, record_id=change.pk, ctx=ctx)
    if left == PlanChangeStatus.AWAITING_PAYMENT:
        publish(PlanChangeRequestEnded(change.pk), at=ctx.at, client_id=change.client_id)


def require_as_confirmed(change: PlanChange, offer: PlanOffer) -> None:
    """Raise ``BusinessError`` unless all but the days is as the client confirmed it."""
    if offer.differs_from(change):
        raise BusinessError("plan_change.differs_from_confirmed")


def carry_out_or_ask_for_payment(
    change: PlanChange, service: Service, offer: PlanOffer, ctx: Context
) -> None:
    """The figures are settled: change at once where nothing is to be paid, otherwise have the request paid."""
    if offer.difference <= usable_credit(change):
        carry_out(change, service, offer, ctx)
        return
    move_plan_change(
        change=change, to=PlanChangeStatus.AWAITING_PAYMENT, ctx=ctx, **_figures(offer)
    )
    ask_for_payment(change, ctx)


def ask_for_payment(change: PlanChange, ctx: Context) -> None:
    """Tell the client what a request asks for by now, once all money that came for it is booked."""
    send_plan_change_email(change=change, to_pay=amount_to_pay(change), at=ctx.at)


def decision_totals(change: PlanChange, offer: PlanOffer) -> DecisionTotals:
    """What staff see of a change before they decide about it today."""
    due = max(offer.due_today - usable_credit(change), 0)
    return DecisionTotals(offer.unused.total, offer.charge.total, offer.difference, due)


def usable_credit(change: PlanChange) -> int:
    """Credit that may pay for a change today."""
    balance = credit_balance(change.client_id, change.service.currency_id)
    return credit_that_pays(
        balance, uses_credit=change.uses_credit, paid_to_credit=change.paid_to_credit
    )


def amount_to_pay(change: PlanChange) -> int:
    """What a request asks for, in minor units: the difference less the credit that pays for it; credit is not
    reserved.
    """
    return max((change.total or 0) - usable_credit(change), 0)


@transaction.atomic
def carry_out_with_money(*, change: PlanChange, money: int, ctx: Context) -> Invoice | None:
    """Money came for a request: carry it out, and give the invoice that the money is to be settled on, at once.

    None where all of the money becomes credit: it is too little, so that the request asks for the rest, or the change
    cannot be carried out as it was confirmed, or not any more. Of one that was carried out it is its invoice, paid or
    not.
    """
    service = lock_service(change.service, ctx)
    row = lock(change, "client", "service")
    if row.status == PlanChangeStatus.PENDING:
        _count_as_credit(row, money)
    if row.status != PlanChangeStatus.AWAITING_PAYMENT:
        return row.invoice
    offer = _offer_for(row, service, money + usable_credit(row), ctx)
    if isinstance(offer, BusinessError):
        lapse_as_not_confirmed(row, offer, ctx, money=money)
        return None
    if offer.difference > money + usable_credit(row):
        PlanChange.objects.filter(pk=row.pk).update(**_figures(offer))
        _count_as_credit(row, money)
        return None
    carry_out(row, service, offer, ctx, money=money)
    return row.invoice


def _count_as_credit(change: PlanChange, money: int) -> None:
    """Too little, or too early: it becomes credit, which pays for this request."""
    paid = change.paid_to_credit + money
    PlanChange.objects.filter(pk=change.pk).update(paid_to_credit=paid)


def _offer_for(
    change: PlanChange, service: Service, available: int, ctx: Context
) -> PlanOffer | BusinessError:
    """The change as of today, or why it is not the one that was confirmed.

    Where only days that passed since the request make it dearer than what is there, those are given back, too, as many
    as a bank transfer takes.
    """
    today = current.business_date(ctx.at)
    asked_on = current.business_date(change.created_at)
    held = timedelta(days=current.get_setting("payments.bank_hold_days"))
    try:
        offer = recount_plan_offer(change, service, today)
        require_as_confirmed(change, offer)
        if offer.difference > available and change.billing_cycle != service.billing_cycle:
            since = max(asked_on, today - held)
            earlier = recount_plan_offer(change, service, today, unused_from=since)
            return earlier if earlier.difference <= available else offer
    except BusinessError as error:
        return error
    return offer


def lapse(change: PlanChange, reason: str, ctx: Context, *, money: int = 0) -> None:
    """It ends without effect, for a reason that its client reads; what was paid for it before, and the ``money`` that
    comes now, is credit.
    """
    move_plan_change(
        change=change, to=PlanChangeStatus.LAPSED, ctx=ctx, reason=reason, ended_at=ctx.at
    )
    lapsed = PlanChangeLapsed(change.pk, reason, credited=change.paid_to_credit + money)
    publish(lapsed, at=ctx.at, client_id=change.client_id)


def lapse_as_not_confirmed(
    change: PlanChange, why: BusinessError, ctx: Context, *, money: int = 0
) -> None:
    """On the day of the money or of staff's decision it is not what was confirmed: it ends, and both sides read why."""
    lapse(change, client_text(change.client, lazy(str, str)(why)), ctx, money=money)
    send_plan_change_not_carried_out_email(change=change, reason=lazy(str, str)(why), at=ctx.at)


def _figures(offer: PlanOffer) -> dict[str, Any]:
    return {
        "credit": offer.unused.total,
        "charge": offer.charge.total,
        "total": offer.difference,
        "options": offer.options,
        "price_parts": offer.price_parts,
    }


def carry_out(
    change: PlanChange, service: Service, offer: PlanOffer, ctx: Context, *, money: int = 0
) -> None:
    """Give back what is unused, charge the new plan, and change the service, whose row is locked.

    What is given back pays the invoice first, then ``money``, which the caller settles on what is left due, then credit
    that may be used.
    """
    applied = _applied(change, service)
    today = current.business_date(ctx.at)
    _give_back(change, offer, ctx)
    invoice = _invoice(change, service, offer, ctx)
    if invoice is not None:
        _pay_from_credit(change, invoice, offer.unused.total, money, ctx)
    new_period, given_days = None, []
    if change.billing_cycle != service.billing_cycle:
        new_period = today, offer.next_due_date
        release_paid_periods(service=service, day=today, ctx=ctx)
        forget_given_days(service)
    else:
        given_days = _given_days(service, offer, today)
    change_service_plan(
        service=service,
        product=change.product,
        billing_cycle=change.billing_cycle,
        amount=change.amount,
        options=offer.options,
        price_parts=offer.price_parts,
        new_period=new_period,
        ctx=ctx,
    )
    move_plan_change(
        change=change,
        to=PlanChangeStatus.APPLIED,
        ctx=ctx,
        ended_at=ctx.at,
        invoice=invoice,
        given_days=given_days,
        **_figures(offer),
    )
    changed = _("The plan has changed.")
    drop_planned_price_changes(subject=("service", service.pk), reason=changed, ctx=ctx)
    change.service = service
    publish(applied, at=ctx.at, client_id=change.client_id)


def _applied(change: PlanChange, service: Service) -> PlanChangeApplied:
    """What will be told of a change, with what the service is called before it."""
    keeps_product = service.product_id == change.product_id
    return PlanChangeApplied(
        change.pk,
        label=service.label,
        from_plan=service.product.name,
        from_cycle=service.billing_cycle if keeps_product else "",
    )


def forget_given_days(service: Service) -> None:
    """Its periods begin anew: the days of the old ones that nobody billed have ended."""
    PlanChange.objects.filter(service=service).exclude(given_days=[]).update(given_days=[])


def _given_days(service: Service, offer: PlanOffer, today: date) -> list[list[Any]]:
    """Those up to the next due date that no document bills, as they are kept with the change."""
    left = DateRange(today, service.next_due_date or today)
    found = free_days(left, offer.unused.billed, offer.unused.given)
    return [[str(days.start), str(days.end), service.amount] for days in found]


def _give_back(change: PlanChange, offer: PlanOffer, ctx: Context) -> None:
    """A credit note on each invoice that paid, and a row of credit for what was paid elsewhere."""
    reason = client_text(change.client, _("Plan change to %(plan)s."), plan=change.new_plan)
    for credit in offer.unused.invoices:
        credit_unused_days(
            invoice=credit.invoice,
            credited=credit.credited,
            days=credit.days,
            plan_change=change,
            reason=reason,
            ctx=ctx,
        )
    for stated, amount in offer.unused.elsewhere:
        PaidElsewhere.objects.filter(pk=stated.pk).update(
            given_back_from=max(offer.unused.day, stated.period_start)
        )
        post_credit(
            client_id=change.client_id,
            currency_code=change.service.currency_id,
            reason=CreditReason.DOWNGRADE,
            source=f"plan_change:{change.pk}:{stated.pk}",
            amount=amount,
            note=reason,
            ctx=ctx,
        )


def _invoice(
    change: PlanChange, service: Service, offer: PlanOffer, ctx: Context
) -> Invoice | None:
    """The invoice of the charge, open; none over 0."""
    if not offer.charge.total:
        return None
    client = Client.objects.get(pk=change.client_id)
    invoice = draft_invoice(
        client=client,
        kind=InvoiceKind.PLAN_CHANGE,
        currency_code=service.currency_id,
        lines=offer.charge.lines,
        prices_include_tax=offer.taxation.prices_include_tax,
        tax_evidence=offer.taxation.evidence,
        notes=tax_notice(offer.taxation, client),
        ctx=ctx,
    )
    due = due_date_by_settings(current.business_date(ctx.at))
    issue_locked_draft(invoice=invoice, client=client, due_date=due, may_have_credit=False, ctx=ctx)
    return invoice


def _pay_from_credit(
    change: PlanChange, invoice: Invoice, given_back: int, money: int, ctx: Context
) -> None:
    if amount := min(given_back, invoice.amount_due):
        apply_credit(invoice=invoice, amount=amount, ctx=ctx)
        invoice.refresh_from_db()
    rest = max(invoice.amount_due - money, 0)
    if amount := min(rest, usable_credit(change)):
        apply_credit(invoice=invoice, amount=amount, ctx=ctx)
        invoice.refresh_from_db()
