"""Money that was booked and taken back from us: a cheque that bounced, a transfer that was returned (payments.md 8)."""

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.billing.invoices.actions.reversals import PaymentReversal
from commerce.db.locks import lock
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.payment_parts import take_back
from commerce.payments.actions.states import move_payment
from commerce.payments.job_names import UNRECOVERED_AMOUNT
from commerce.payments.models import Dispute, Payment
from commerce.payments.rules import DisputeStatus, PaymentStatus

REVERSIBLE_STATUSES = (PaymentStatus.COMPLETED, PaymentStatus.DISPUTED)


@transaction.atomic
def reverse_payment(*, payment: Payment, reason: str, ctx: Context) -> PaymentReversal:
    """The money of a payment is gone again: its invoice is open, what had become credit is taken from credit.

    What the credit does not hold any more is a to-do for staff. Raises ``StateConflict`` unless the payment is
    completed or disputed, so that a second time changes nothing, and ``BusinessError`` without a reason.
    """
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise BusinessError("payment.no_reversal_reason", field="reason")
    lock_client(payment.client_id)
    row = lock(payment, "invoice")
    if row.status not in REVERSIBLE_STATUSES:
        raise StateConflict("payment.not_reversible", status=row.status)
    taken = reverse_locked_payment(
        row, amount=row.amount, reason=reason, cause=cause_without_dispute(row), ctx=ctx
    )
    payment.refresh_from_db()
    return taken


def reverse_locked_payment(
    row: Payment, *, amount: int, reason: str, cause: str, ctx: Context
) -> PaymentReversal:
    """``reverse_payment`` of so much, for a caller who has locked client and payment and looked at its state.

    ``cause`` tells one reversal of the payment from the next.
    """
    taken = take_back(row, amount, cause, ctx)
    move_payment(payment=row, to=PaymentStatus.REVERSED, ctx=ctx, reason=reason)
    if taken.short:
        short = {"short": taken.short}
        enqueue(("payment", row.pk), UNRECOVERED_AMOUNT, f"reversed{cause}", ctx.at, short)
    return taken


def cause_of(dispute: Dispute) -> str:
    """What the entries of the reversal by a lost dispute have after the payment's source."""
    return f":dispute:{dispute.pk}"


def cause_without_dispute(payment: Payment) -> str:
    """The same of a reversal by staff; after one that was won back it is another one."""
    won = payment.disputes.filter(status=DisputeStatus.WON).order_by("-closed_at", "-pk").first()
    return f":after:{won.pk}" if won else ""
