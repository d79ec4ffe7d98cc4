"""Plan changes: asked for, decided, withdrawn or lapsed (billing.md 8, invariants R24). ``carrying_out`` has the rest.

Everything here locks the client's row first, so that a change, its payment and a renewal come one after the other.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_text
from commerce.accounts.models import User
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.billing.changes.plan_changes.actions.carrying_out import (
    carry_out,
    carry_out_or_ask_for_payment,
    decision_totals,
    lapse,
    lapse_as_not_confirmed,
    move_plan_change,
    require_as_confirmed,
)
from commerce.billing.changes.plan_changes.emails import (
    send_plan_change_email,
    send_plan_change_requested_email,
)
from commerce.billing.changes.plan_changes.figures_today import (
    approval_in_words,
    on_account_in_words,
)
from commerce.billing.changes.plan_changes.offers import (
    PlanOffer,
    PlanPrice,
    find_plan_offer,
    last_day_of_request,
    recount_plan_offer,
)
from commerce.billing.changes.plan_changes.rules import (
    OPEN_PLAN_CHANGE_STATUSES,
    DecisionTotals,
    PlanChangeStatus,
    PlanTotals,
)
from commerce.billing.invoices.actions.states import lock_service
from commerce.billing.invoices.rules import plan_change_reference
from commerce.billing.models import PlanChange
from commerce.billing.tax.rules import VatRefresh, check_vat_refresh
from commerce.db.locks import lock
from commerce.hosting.models import Service
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Text
from commerce.kit.acts.shown import Seen
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.site_settings import current
from commerce.support.consumers.actions import record_begin_consent


@transaction.atomic
def request_plan_change(
    *,
    service: Service,
    product_id: int,
    billing_cycle: str,
    vat_refresh: VatRefresh | None,
    ctx: Context,
    expected: PlanTotals | None = None,
    requested_by: User | None = None,
    losses_accepted: bool = False,
    use_credit: bool = False,
    begin_at_once: bool = False,
    kept_price: PlanPrice | None = None,
) -> PlanChange:
    """A service shall move to another plan: at once when nothing is to be paid or credit covers it, otherwise when the
    request is paid.

    ``expected`` is what the person confirmed (``PlanOffer.totals``); it is counted again under lock, and a difference
    is ``BusinessError``, as are losses that nobody accepted and a service whose plan cannot change.
    ``kept_price``: what a quote keeps of the new plan, for as long as the request stands.
    ``use_credit``: the client's credit pays first. ``begin_at_once``: what a consumer asks for where there is a charge.
    """
    row = lock_service(service, ctx)
    check_vat_refresh(vat_refresh, client_id=row.client_id, ctx=ctx)
    today = current.business_date(ctx.at)
    offer = find_plan_offer(row, product_id, billing_cycle, today, kept=kept_price)
    _check_expected(expected, offer.totals)
    if offer.losses and not losses_accepted:
        raise BusinessError(
            "plan_change.losses_not_confirmed", losses=", ".join(offer.losses), field="losses"
        )
    change = _create(
        row,
        offer,
        requested_by,
        ctx,
        uses_credit=use_credit,
        keeps_price=kept_price is not None,
    )
    if offer.charge.total:
        record_begin_consent(
            client=row.client, record=("planchange", change.pk), given=begin_at_once, ctx=ctx
        )
    if current.get_setting("plan_changes.require_approval"):
        send_plan_change_email(change=change, at=ctx.at)
        send_plan_change_requested_email(change=change, at=ctx.at)
    else:
        carry_out_or_ask_for_payment(change, row, offer, ctx)
    return change


def _check_expected[Totals: PlanTotals](expected: Totals | None, now: Totals) -> None:
    """Raises ``BusinessError`` unless the figures of now are what a person saw."""
    if expected not in (None, now):
        raise BusinessError("plan_change.price_changed")


def _create(
    service: Service,
    offer: PlanOffer,
    requested_by: User | None,
    ctx: Context,
    **how: bool,
) -> PlanChange:
    change = PlanChange.objects.create(
        client_id=service.client_id,
        service=service,
        requested_by=requested_by,
        product=offer.product,
        billing_cycle=offer.billing_cycle,
        amount=offer.amount,
        price_parts=offer.price_parts,
        options=offer.options,
        credit=offer.unused.total,
        charge=offer.charge.total,
        total=offer.difference,
        taxed_as=offer.charge.taxed_as,
        **how,
        last_day=last_day_of_request(service, current.business_date(ctx.at)),
        created_at=ctx.at,
    )
    change.reference = plan_change_reference(change.pk)
    change.save(update_fields=["reference"])
    return change


def decide_plan_change_blocked_reason(change: PlanChange, ctx: Context) -> StateConflict | None:
    """Staff decide once, and only about what waits for them."""
    waits = change.status == PlanChangeStatus.PENDING
    return None if waits else StateConflict("plan_change.not_pending")


def open_plan_change_blocked_reason(change: PlanChange, ctx: Context) -> StateConflict | None:
    """Of all that is done with a change before it is carried out."""
    is_open = change.status in OPEN_PLAN_CHANGE_STATUSES
    return None if is_open else StateConflict("plan_change.has_ended")


NOTE_TO_CLIENT = Text(_("Note to the client"), most=2000, least=0)
APPROVED = Seen(
    _("Effect"),
    of_key=DecisionTotals.of_key,
    offers=approval_in_words,
    currency=attrgetter("service.currency_id"),
)


def _approved_text(_result: None, change: PlanChange) -> Any:
    if change.status == PlanChangeStatus.LAPSED:
        return _("The plan change is no longer what was confirmed, so it expired.")
    if change.status == PlanChangeStatus.AWAITING_PAYMENT:
        return _("Plan change approved. The client is asked to pay.")
    return _("Plan change approved. The plan has changed.")


@act(
    "plan_change.approve",
    PlanChange,
    label=_("Approve"),
    done=_approved_text,
    staff=StaffPermission.SERVICES_MANAGE,
    blocked=decide_plan_change_blocked_reason,
)
@transaction.atomic
def approve_plan_change(
    *,
    change: PlanChange,
    ctx: Context,
    note: Annotated[str, NOTE_TO_CLIENT] = "",
    expected: Annotated[DecisionTotals | None, APPROVED] = None,
) -> None:
    """Staff let a change go on, at the figures of today, which they ``expected``; nothing is charged by that.

    It lapses when the plan is not offered any more, or at another price, rate or tax than was confirmed.
    """
    service = lock_service(change.service, ctx)
    row = lock(change)
    if blocked := decide_plan_change_blocked_reason(row, ctx):
        raise blocked
    try:
        offer = recount_plan_offer(row, service, current.business_date(ctx.at))
        require_as_confirmed(row, offer)
    except BusinessError as error:
        lapse_as_not_confirmed(row, error, ctx)
        change.refresh_from_db()
        return
    _check_expected(expected, decision_totals(row, offer))
    PlanChange.objects.filter(pk=row.pk).update(note=note)
    change.refresh_from_db()
    carry_out_or_ask_for_payment(change, service, offer, ctx)


def _on_account_text(_result: None, change: PlanChange) -> str:
    invoice = change.invoice
    if invoice is None or not invoice.amount_due:
        return gettext("The plan has changed.")
    text = gettext("The plan has changed. Invoice %(number)s over %(amount)s is due on %(day)s.")
    return text % {
        "number": invoice.number,
        "amount": format_money(invoice.amount_due, invoice.currency_id),
        "day": format_day(invoice.due_date) if invoice.due_date else "",
    }


@act(
    "plan_change.on_account",
    PlanChange,
    label=_("Change on account"),
    done=_on_account_text,
    staff=(StaffPermission.SERVICES_MANAGE, StaffPermission.INVOICES_CREATE),
    blocked=open_plan_change_blocked_reason,
    example="plan-change on-account RF15PC0000000001 --expect 36.00",
)
@transaction.atomic
def carry_out_on_account(
    *,
    change: PlanChange,
    ctx: Context,
    note: Annotated[str, NOTE_TO_CLIENT] = "",
    expected: Annotated[
        DecisionTotals | None, replace(APPROVED, offers=on_account_in_words)
    ] = None,
) -> None:
    """Staff carry an open change out before it is paid, at the figures that they ``expected``: its invoice is due as
    any other, less the credit that was ticked.

    Raises ``BusinessError`` when it is not offered any more as it was confirmed.
    """
    service = lock_service(change.service, ctx)
    row = lock(change)
    if blocked := open_plan_change_blocked_reason(row, ctx):
        raise blocked
    offer = recount_plan_offer(row, service, current.business_date(ctx.at))
    require_as_confirmed(row, offer)
    _check_expected(expected, decision_totals(row, offer))
    if note:
        PlanChange.objects.filter(pk=row.pk).update(note=note)
    change.refresh_from_db()
    carry_out(change, service, offer, ctx)


@act(
    "plan_change.reject",
    PlanChange,
    label=_("Decline"),
    done=_("Plan change declined. The client is notified."),
    staff=StaffPermission.SERVICES_MANAGE,
    blocked=decide_plan_change_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def reject_plan_change(
    *,
    change: PlanChange,
    note: Annotated[str, Text(_("Note to the client"), most=2000)],
    ctx: Context,
) -> None:
    """Staff say no to a change that awaits approval, with a note to the client."""
    bump_revision(change.client_id, ctx)
    if blocked := decide_plan_change_blocked_reason(lock(change), ctx):
        raise blocked
    move_plan_change(
        change=change, to=PlanChangeStatus.REJECTED, ctx=ctx, note=note, ended_at=ctx.at
    )
    send_plan_change_email(change=change, at=ctx.at)


@act(
    "plan_change.cancel",
    PlanChange,
    label=_("Cancel plan change"),
    done=_("Plan change canceled. Your plan stays the same."),
    member="services.manage",
    blocked=open_plan_change_blocked_reason,
)
@transaction.atomic
def withdraw_plan_change(*, change: PlanChange, ctx: Context, reason: str = "") -> None:
    """Nobody wants it any more; money that comes for it later is credit."""
    bump_revision(change.client_id, ctx)
    if blocked := open_plan_change_blocked_reason(lock(change), ctx):
        raise blocked
    reason = reason or client_text(change.client, _("The plan change was withdrawn."))
    move_plan_change(
        change=change,
        to=PlanChangeStatus.WITHDRAWN,
        ctx=ctx,
        reason=reason,
        ended_at=ctx.at,
    )


@act(
    "plan_change.withdraw",
    PlanChange,
    label=pgettext_lazy("change", "Withdraw"),
    intro=_("The plan stays the same. Money that still comes in becomes credit."),
    done=_("Plan change withdrawn. The plan stays the same."),
    staff=StaffPermission.SERVICES_MANAGE,
    blocked=open_plan_change_blocked_reason,
    is_danger=True,
)
def withdraw_plan_change_for_staff(
    *, change: PlanChange, reason: Annotated[str, REASON], ctx: Context
) -> None:
    """Staff withdraw it, and say why."""
    withdraw_plan_change(change=change, reason=reason, ctx=ctx)


@transaction.atomic
def lapse_plan_change(*, change: PlanChange, day: date, ctx: Context) -> bool:
    """Its last day is over: it is dropped, and the plan stays. False when it is not to lapse, and while its money is
    on the way.
    """
    bump_revision(change.client_id, ctx)
    row = PlanChange.objects.select_related("service__product", "client").get(pk=change.pk)
    late = row.last_day is not None and row.last_day < day
    is_expected = row.payment_expected_until is not None and row.payment_expected_until > ctx.at
    if row.status not in OPEN_PLAN_CHANGE_STATUSES or not late or is_expected:
        return False
    waited_for_staff = row.status == PlanChangeStatus.PENDING
    text = (
        _("The plan change wasn't approved in time.")
        if waited_for_staff
        else _("The plan change wasn't paid in time.")
    )
    lapse(row, client_text(row.client, text), ctx)
    return True


def late_plan_changes(day: date) -> QuerySet[PlanChange]:
    """Open changes whose last day is over (billing.md 10, step 11)."""
    return PlanChange.objects.open().filter(last_day__lt=day)


def lapse_for_renewal(*, service_ids: Iterable[int], ctx: Context) -> None:
    """The renewal of these services is issued first: their open changes lapse. The client is locked."""
    rows = PlanChange.objects.open().filter(service_id__in=list(service_ids))
    for change in rows.select_related("service__product", "client").order_by("pk"):
        renewed = _("The service was renewed before the plan change was complete.")
        lapse(change, client_text(change.client, renewed), ctx)


@transaction.atomic
def expect_payment(*, change: PlanChange, until: datetime | None, ctx: Context) -> None:
    """Money for a request is on its way: the renewal of its service waits until then; with None no longer."""
    bump_revision(change.client_id, ctx)
    PlanChange.objects.filter(pk=change.pk, status=PlanChangeStatus.AWAITING_PAYMENT).update(
        payment_expected_until=until
    )
