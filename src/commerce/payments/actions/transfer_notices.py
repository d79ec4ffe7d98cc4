"""Transfer notices: a client says that the transfer was made; staff say whether it came (payments.md 6)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.actions.paying import (
    hold_for_transfer,
    pay_plan_change_blocked_reason,
    takes_money,
)
from commerce.billing.invoices.actions.states import payable_only_blocked_reason
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice, PlanChange
from commerce.billing.periods.actions.dunning import hold_suspension
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.payments.actions.manual import record_received
from commerce.payments.actions.states import decide_transfer_notice
from commerce.payments.events import TransferNoticeRejected, TransferNoticeSubmitted
from commerce.payments.gateways import registry
from commerce.payments.models import Payment, TransferNotice
from commerce.payments.rules import PaymentMethod, TransferNoticeStatus
from commerce.site_settings import current


def declaration_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why nobody can say that they have sent the money for an invoice."""
    if reason := payable_only_blocked_reason(invoice, ctx):
        return reason
    offered = registry.offered_gateways(invoice.currency_id, invoice.amount_due)
    if any(gateway.capabilities.by_transfer for gateway in offered):
        return None
    return StateConflict("payment.gateway_not_offered")


_THANKS = _("Thank you. We'll email you when your transfer arrives. This can take a few days.")


@act(
    "invoice.declare_transfer",
    Invoice,
    label=_("I've sent the transfer"),
    done=_THANKS,
    member="invoices.pay",
    while_suspended=True,
    blocked=declaration_blocked_reason,
)
@transaction.atomic
def submit_transfer_notice(*, invoice: Invoice, ctx: Context) -> TransferNotice:
    """The client has sent what is due; books nothing, and once for each invoice holds suspension for some days.

    One open at a time: again, it is the same. Raises ``StateConflict`` for an invoice that is not open or
    stopped, and where no bank transfers are taken.
    """
    lock_client(invoice.client_id)
    row = lock(invoice)
    if reason := declaration_blocked_reason(row, ctx):
        raise reason
    if open_notice := TransferNotice.objects.open().filter(invoice=row).first():
        return open_notice
    until = _hold_until(row, ctx.at)
    if until is not None:
        hold_suspension(invoice=row, until=until, reason="bank transfer declared", ctx=ctx)
    return _submitted(
        ctx,
        {"invoice": row.number},
        client_id=row.client_id,
        invoice=row,
        amount=row.amount_due,
        held_until=until,
    )


@act(
    "plan_change.declare_transfer",
    PlanChange,
    label=_("I've sent the transfer"),
    done=_THANKS,
    member="invoices.pay",
    blocked=pay_plan_change_blocked_reason,
)
@transaction.atomic
def submit_transfer_notice_for_plan_change(*, change: PlanChange, ctx: Context) -> TransferNotice:
    """The client has sent what a request asks for; books nothing, and holds the request, once, for some days but not
    beyond the renewal.

    One open at a time: again, it is the same. Raises ``StateConflict`` for a request that cannot be paid any more.
    """
    lock_client(change.client_id)
    row = lock(change, "client", "service")
    if reason := pay_plan_change_blocked_reason(row, ctx):
        raise reason
    if open_notice := TransferNotice.objects.open().filter(plan_change=row).first():
        return open_notice
    if not (amount := amount_to_pay(row)):
        raise StateConflict("plan_change.nothing_to_pay")
    held = TransferNotice.objects.filter(plan_change=row, held_until__isnull=False)
    until = None if held.exists() else hold_for_transfer(change=row, ctx=ctx)
    return _submitted(
        ctx,
        {"plan_change": row.reference},
        client_id=row.client_id,
        plan_change=row,
        amount=amount,
        held_until=until,
    )


def _submitted(ctx: Context, about: dict[str, Any], **columns: Any) -> TransferNotice:
    """The row of a notice; ``about`` says in the audit log what it is for."""
    notice = TransferNotice.objects.create(
        submitted_at=ctx.at, submitted_by_id=ctx.actor.member_id, **columns
    )
    write_audit_entry(
        ctx=ctx,
        action="transfer_notice.open",
        record=("transfer_notice", notice.pk),
        name=str(notice),
        client_id=notice.client_id,
        after={"amount": notice.amount, **about},
    )
    publish(TransferNoticeSubmitted(notice.pk), at=ctx.at, client_id=notice.client_id)
    return notice


def _hold_until(invoice: Invoice, at: datetime) -> date | None:
    days = current.get_setting("payments.bank_hold_days")
    held = TransferNotice.objects.filter(invoice=invoice, held_until__isnull=False)
    if not days or held.exists():
        return None
    return current.business_date(at) + timedelta(days=days)


def decision_blocked_reason(notice: TransferNotice, ctx: Context) -> StateConflict | None:
    """Why a notice can neither be confirmed nor rejected."""
    is_open = notice.status == TransferNoticeStatus.OPEN
    return None if is_open else StateConflict("transfer_notice.ended")


@transaction.atomic
def confirm_transfer_notice(
    *,
    notice: TransferNotice,
    amount: int,
    received_on: date,
    reference: str,
    ctx: Context,
    note: str = "",
    confirmed: frozenset[str] = frozenset(),
) -> Payment:
    """The transfer came: book what was received. Confirmed twice it is one payment.

    Raises what ``record_manual_payment`` raises, and ``StateConflict`` for a notice that was decided otherwise.
    """
    paid = notice.plan_change or notice.invoice
    assert paid is not None

    def refuse_ended() -> None:
        if reason := decision_blocked_reason(TransferNotice.objects.get(pk=notice.pk), ctx):
            raise reason

    payment = record_received(
        paid,
        check=refuse_ended,
        amount=amount,
        method=PaymentMethod.BANK_TRANSFER,
        received_on=received_on,
        idempotency_key=f"transfer-notice-{notice.pk}",
        reference=reference,
        note=note,
        confirmed=confirmed,
        ctx=ctx,
    )
    notice.refresh_from_db()
    return payment


@act(
    "transfer_notice.reject",
    TransferNotice,
    label=_("Reject"),
    intro=_("The client sees the reason."),
    done=_("The reported transfer was rejected."),
    staff=StaffPermission.INVOICES_RECORD_PAYMENT,
    blocked=decision_blocked_reason,
)
@transaction.atomic
def reject_transfer_notice(
    *, notice: TransferNotice, reason: Annotated[str, REASON], ctx: Context
) -> None:
    """No such transfer came; the client reads ``reason``. Raises ``StateConflict`` when it was decided already."""
    lock_client(notice.client_id)
    if reason_against := decision_blocked_reason(lock(notice), ctx):
        raise reason_against
    decide_transfer_notice(notice, TransferNoticeStatus.REJECTED, ctx, note=reason)
    publish(TransferNoticeRejected(notice.pk), at=ctx.at, client_id=notice.client_id)


def lapse_transfer_notices(*, day: date, ctx: Context) -> int:
    """End notices of which nothing was heard for the days that they hold, and those of closed invoices and requests.

    Says how many ended; books nothing, and the client may give notice again.
    """
    days = timedelta(days=current.get_setting("payments.bank_hold_days") or 1)
    ended = 0
    rows = TransferNotice.objects.open().select_related("invoice", "plan_change__invoice")
    for notice in rows.order_by("pk"):
        is_old = current.business_date(notice.submitted_at) + days < day
        if is_old or not _waits_for_money(notice):
            try:
                decide_transfer_notice(notice, TransferNoticeStatus.LAPSED, ctx)
            except StateConflict:
                continue
            ended += 1
    return ended


def _waits_for_money(notice: TransferNotice) -> bool:
    if notice.plan_change is not None:
        return takes_money(notice.plan_change)
    return notice.invoice is not None and notice.invoice.status in OPEN_INVOICE_STATUSES
