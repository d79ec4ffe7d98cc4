"""Money that was booked and taken back from us: a check that bounced, a transfer that was returned (payments.md 8)."""

from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry
from commerce.audit.reasons import REASON
from commerce.billing.invoices.actions.reversals import PaymentReversal
from commerce.db.locks import lock
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import JobStatus
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.payments.actions.payment_parts import (
    amount_at_gateway,
    take_back,
    taken_back,
    taken_for,
)
from commerce.payments.actions.states import move_payment
from commerce.payments.job_names import UNRECOVERED_AMOUNT
from commerce.payments.models import Dispute, Payment
from commerce.payments.rules import DisputeStatus, PaymentStatus
from commerce.presentation.amounts import format_money

DISPUTE_CAUSE = ":dispute:"
"""Between a payment's source and the dispute that took it, in the source of a reversal."""
TAKEN_AFTER_REFUND = "payment.taken_after_refund"
"""The audit entry of a reversal that leaves its payment refunded."""


def reversal_blocked_reason(payment: Payment, ctx: Context) -> StateConflict | None:
    """Why there is no money of a payment to lose."""
    is_here = payment.status in (PaymentStatus.COMPLETED, PaymentStatus.DISPUTED)
    if is_here or (payment.status == PaymentStatus.REFUNDED and amount_to_reverse(payment)):
        return None
    return StateConflict("payment.not_reversible")


def _reversed_text(taken: PaymentReversal, payment: Payment) -> Any:
    if not taken.short:
        return _("The payment was reversed. What it paid is due again.")
    text = _(
        "The payment was reversed. %(amount)s couldn't be recovered because it was already spent. See the jobs."
    )
    return text % {"amount": format_money(taken.short, payment.currency_id)}


@act(
    "payment.reverse",
    Payment,
    label=_("Reverse payment"),
    intro=_(
        "For a check that bounced or a transfer that was returned. The invoice is due again,"
        " and credit that came from the payment is removed."
    ),
    done=_reversed_text,
    staff=StaffPermission.PAYMENTS_MANAGE,
    blocked=reversal_blocked_reason,
    is_danger=True,
    example='payment reverse 7 --reason "the check bounced"',
)
@transaction.atomic
def reverse_payment(
    *, payment: Payment, reason: Annotated[str, REASON], ctx: Context
) -> PaymentReversal:
    """The money of a payment is gone again: its invoice is open, what had become credit is taken from credit, and then
    from the invoices that credit paid since. Of a refunded payment that is what was refunded to credit; it stays so.

    What is in none of them is a to-do for staff. Raises ``StateConflict`` unless there is money of it to lose, so that
    a second time changes nothing.
    """
    lock_client(payment.client_id)
    row = lock(payment, "invoice")
    if reason_against := reversal_blocked_reason(row, ctx):
        raise reason_against
    taken = reverse_locked_payment(
        row,
        amount=amount_to_reverse(row),
        reason=reason,
        cause=_cause_without_dispute(row),
        ctx=ctx,
    )
    payment.refresh_from_db()
    return taken


def reverse_locked_payment(
    row: Payment, *, amount: int, reason: str, cause: str, ctx: Context
) -> PaymentReversal:
    """``reverse_payment`` of so much, for a caller who has locked client and payment and looked at its state.

    Of one that is reversed in part so much more goes. ``cause`` tells one reversal of the payment from the next.
    """
    taken = take_back(row, amount, cause, ctx)
    if row.status == PaymentStatus.REFUNDED:
        after = {"source": f"payment:{row.pk}{cause}", "amount": amount, "short": taken.short}
        write_audit_entry(
            ctx=ctx,
            action=TAKEN_AFTER_REFUND,
            record=("payment", row.pk),
            name=str(row),
            client_id=row.client_id,
            after=after,
            reason=reason,
        )
    elif row.status != PaymentStatus.REVERSED:
        move_payment(payment=row, to=PaymentStatus.REVERSED, ctx=ctx, reason=reason)
    if taken.short:
        short = {"short": taken.short, "cause": cause}
        enqueue(("payment", row.pk), UNRECOVERED_AMOUNT, f"reversed{cause}", ctx.at, short)
    return taken


def amount_to_reverse(payment: Payment) -> int:
    """What of a payment can still be lost: what its gateway has not sent back; of a refunded one less what reversals
    took of it, or said that it was short.
    """
    kept = amount_at_gateway(payment)
    if payment.status != PaymentStatus.REFUNDED:
        return kept
    cause = causes_without_dispute(payment)[0]
    told = AuditEntry.objects.filter(
        record_kind="payment", record_id=payment.pk, action=TAKEN_AFTER_REFUND
    )
    is_told = told.filter(after__source=f"payment:{payment.pk}{cause}").exists()
    if is_told or taken_for(payment, cause) is not None:
        return 0
    lost = payment.disputes.filter(status=DisputeStatus.LOST).values_list("amount", flat=True)
    return max(kept - max(sum(lost), gone_of_reversed(payment)), 0)


def cause_of(dispute: Dispute) -> str:
    """What the entries of the reversal by a lost dispute have after the payment's source."""
    return f"{DISPUTE_CAUSE}{dispute.pk}"


def causes_without_dispute(payment: Payment) -> list[str]:
    """The same of all that staff may have reversed: after each dispute that was won, the latest first, and before."""
    won = payment.disputes.filter(status=DisputeStatus.WON).order_by("-closed_at", "-pk")
    return [*(f":after:{pk}" for pk in won.values_list("pk", flat=True)), ""]


def _cause_without_dispute(payment: Payment) -> str:
    """What the next reversal by staff has there: after one that was won back it is another one."""
    causes = causes_without_dispute(payment)
    return next(cause for cause in causes if taken_for(payment, cause) is None)


def gone_of_reversed(payment: Payment) -> int:
    """What reversals took of a payment that is reversed or refunded, and what staff were told theirs could not."""
    by_staff = [
        f"reversed{cause}"
        for cause in causes_without_dispute(payment)
        if taken_for(payment, cause) != 0
    ]
    told = Job.objects.of(("payment", payment.pk)).filter(
        action=UNRECOVERED_AMOUNT, idempotency_key__in=by_staff
    )
    told = told.exclude(status=JobStatus.DROPPED)
    short: int = sum(job.args["short"] for job in told)
    return taken_back(payment) + short
