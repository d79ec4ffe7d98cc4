"""Money that belongs to no invoice as it came, and what becomes of it (payments.md 2.3)."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.locale import client_text
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.billing.changes.plan_changes.finding import find_what_is_paid
from commerce.billing.models import Invoice, PlanChange
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line, Reference
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.attempts import fail_attempt
from commerce.payments.actions.booking import (
    ReceivedMoney,
    check_received_amount,
    lock_transaction,
    record_payment,
)
from commerce.payments.actions.plan_change_payments import record_plan_change_payment
from commerce.payments.events import PaymentUnallocated
from commerce.payments.models import Attempt, Payment, UnallocatedPayment
from commerce.payments.rules import (
    UNALLOCATED_PAYMENT_MOVES,
    UnallocatedPaymentReason,
    UnallocatedPaymentStatus,
)

OTHER_CURRENCY_TEXT = _(
    "We received your payment, but in a different currency than the invoice. We'll contact you about the next steps."
)


def record_reported_money(
    *, money: ReceivedMoney, invoice: Invoice | None, attempt: Attempt | None, ctx: Context
) -> UnallocatedPayment:
    """Keep money that is reported and cannot be booked: of nothing of ours, or in another currency than what it is for.

    An attempt whose money is kept has ended, so that it keeps nobody from paying anew.
    """
    bound_to = attempt or invoice
    if attempt is not None and attempt.is_live:
        why = client_text(attempt.client, OTHER_CURRENCY_TEXT)
        fail_attempt(attempt=attempt, reason=why, ctx=ctx)
    reason = UnallocatedPaymentReason.CURRENCY if bound_to else UnallocatedPaymentReason.REFERENCE
    return record_unallocated_payment(
        gateway=money.gateway,
        transaction_id=money.transaction_id,
        amount=money.amount,
        currency_code=money.currency_code,
        received_on=money.received_on,
        reason=reason,
        reference=money.reference,
        note=_meant_for(attempt) if attempt and not invoice else "",
        invoice=invoice,
        plan_change=attempt.plan_change if attempt else None,
        client_id=bound_to.client_id if bound_to else None,
        raw=money.raw,
        ctx=ctx,
    )


def _meant_for(attempt: Attempt) -> str:
    """What staff read of money that came for no single invoice."""
    if attempt.plan_change is not None:
        return f"For plan change {attempt.plan_change.reference} of {attempt.client}"[:500]
    invoices = ", ".join(str(each) for each in attempt.invoices())
    return f"For {invoices or 'added funds'} of {attempt.client}"[:500]


@transaction.atomic
def record_unallocated_payment(
    *,
    gateway: str,
    transaction_id: str,
    amount: int,
    currency_code: str,
    received_on: date,
    reason: str,
    ctx: Context,
    reference: str = "",
    note: str = "",
    invoice: Invoice | None = None,
    plan_change: PlanChange | None = None,
    client_id: int | None = None,
    raw: Mapping[str, Any] | None = None,
) -> UnallocatedPayment:
    """Keep money that cannot be booked; staff decide. The same transaction again is the same row.

    ``invoice``, ``plan_change`` and ``client_id`` say for what and whom it was meant, where that is known.

    Raises ``BusinessError`` for a transaction that is booked as a payment (U1).
    """
    check_received_amount(amount, received_on, ctx.at)
    if reason not in UnallocatedPaymentReason:
        raise BusinessError("unallocated_payment.reason_unknown")
    lock_transaction(gateway, transaction_id)
    if Payment.objects.filter(gateway=gateway, transaction_id=transaction_id).exists():
        raise BusinessError("unallocated_payment.already_booked")
    if kept := UnallocatedPayment.objects.filter(
        gateway=gateway, transaction_id=transaction_id
    ).first():
        return kept
    meant = invoice or plan_change
    concerns = meant.client_id if meant else client_id
    unallocated = UnallocatedPayment.objects.create(
        gateway=gateway,
        transaction_id=transaction_id,
        amount=amount,
        currency_code=currency_code,
        received_on=received_on,
        reason=reason,
        reference=reference,
        note=note,
        invoice=invoice,
        plan_change=plan_change,
        raw=dict(raw or {}),
        recorded_by=ctx.actor.name,
        created_at=ctx.at,
    )
    write_audit_entry(
        ctx=ctx,
        action="unallocated_payment.kept",
        record=("unallocated_payment", unallocated.pk),
        name=str(unallocated),
        client_id=concerns,
        after={"amount": amount, "currency": currency_code, "reason": reason},
        staff_only=True,
    )
    publish(PaymentUnallocated(unallocated.pk), at=ctx.at, client_id=concerns)
    return unallocated


def allocation_blocked_reason(
    unallocated: UnallocatedPayment, ctx: Context
) -> StateConflict | None:
    """Why money without an invoice cannot be assigned or returned any more."""
    is_open = unallocated.status == UnallocatedPaymentStatus.OPEN
    return None if is_open else StateConflict("unallocated_payment.ended")


def _assigned_text(payment: Payment, _row: UnallocatedPayment) -> Any:
    if payment.invoice is None:
        return _("The payment was assigned to the plan change.")
    text = _("The payment was assigned to invoice %(number)s.")
    return text % {"number": payment.invoice.number}


@act(
    "unallocated_payment.assign",
    UnallocatedPayment,
    label=_("Assign"),
    intro=_(
        "Recorded as a payment of that invoice or plan change, which must be in the same currency."
    ),
    done=_assigned_text,
    staff=StaffPermission.PAYMENTS_MANAGE,
    blocked=allocation_blocked_reason,
    example="payment unallocated assign 7 --to INV-0042",
)
@transaction.atomic
def assign_unallocated_payment(
    *,
    unallocated: UnallocatedPayment,
    to: Annotated[
        Invoice | PlanChange,
        Reference(
            _("Invoice or plan change"),
            about=_(
                "Number, payment reference, or ID of an invoice, or reference of a plan change."
            ),
            find=find_what_is_paid,
        ),
    ],
    ctx: Context,
) -> Payment:
    """Book an open unallocated payment on an invoice of its currency, or on the request of a plan change; from then on
    the transaction is that payment's.

    Raises ``BusinessError`` for another currency, ``StateConflict`` for a draft, and when it was assigned or returned
    already.
    """
    if isinstance(to, PlanChange):
        money = _assigned(unallocated, to.service.currency_id, ctx, plan_change=to)
        payment = record_plan_change_payment(change=to, money=money, ctx=ctx)
    else:
        money = _assigned(unallocated, to.currency_id, ctx, invoice=to)
        payment = record_payment(invoice=to, money=money, ctx=ctx)
    UnallocatedPayment.objects.filter(pk=unallocated.pk).update(payment=payment)
    unallocated.refresh_from_db()
    return payment


def _assigned(
    unallocated: UnallocatedPayment, currency_code: str, ctx: Context, **to: Any
) -> ReceivedMoney:
    """Give the transaction of an open unallocated payment away: what is booked of it."""
    row = lock(unallocated)
    if reason := allocation_blocked_reason(row, ctx):
        raise reason
    if row.currency_code != currency_code:
        raise BusinessError(
            "unallocated_payment.currency_differs",
            invoice_currency=currency_code,
            payment_currency=row.currency_code,
        )
    meant = {"invoice": None, "plan_change": None, **to}
    _move(unallocated, UnallocatedPaymentStatus.ASSIGNED, ctx, transaction_id=None, **meant)
    assert row.transaction_id is not None  # it is open
    return ReceivedMoney(
        gateway=row.gateway,
        transaction_id=row.transaction_id,
        amount=row.amount,
        currency_code=row.currency_code,
        received_on=row.received_on,
        note=row.note,
        reference=row.reference,
    )


@act(
    "unallocated_payment.return",
    UnallocatedPayment,
    label=_("Mark as returned"),
    done=_("The payment was marked as returned."),
    staff=StaffPermission.PAYMENTS_MANAGE,
    blocked=allocation_blocked_reason,
)
@transaction.atomic
def return_unallocated_payment(
    *,
    unallocated: UnallocatedPayment,
    note: Annotated[str, Line(_("Return details"))],
    ctx: Context,
) -> None:
    """The money went back to where it came from; ``note`` says how. Raises ``StateConflict`` when it is not open."""
    if reason := allocation_blocked_reason(lock(unallocated), ctx):
        raise reason
    _move(unallocated, UnallocatedPaymentStatus.RETURNED, ctx, note=note)


def _move(
    unallocated: UnallocatedPayment, to: UnallocatedPaymentStatus, ctx: Context, **changes: Any
) -> None:
    move(
        unallocated,
        to,
        allowed=UNALLOCATED_PAYMENT_MOVES,
        ctx=ctx,
        client_id=None,
        ended_at=ctx.at,
        **changes,
    )
