"""What a booking ends: its attempt, the transfer notice that announced it, tries that are pointless now."""

from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.payments.actions.states import decide_transfer_notice, move_attempt
from commerce.payments.job_names import POLL_ATTEMPT
from commerce.payments.models import Attempt, Payment, TransferNotice
from commerce.payments.rules import AttemptStatus, TransferNoticeStatus

BANK_TRANSFER = "bank_transfer"


def complete_booking(*, payment: Payment, invoice: Invoice, ctx: Context) -> None:
    """In the transaction of a booking, after its settlement."""
    attempt = payment.attempt or _open_attempt(payment)
    if attempt is not None and attempt.status != AttemptStatus.SUCCEEDED:
        Payment.objects.filter(pk=payment.pk).update(attempt=attempt)
        payment.attempt = attempt
        move_attempt(attempt, AttemptStatus.SUCCEEDED, ctx, ended_at=ctx.at)
    notice = TransferNotice.objects.open().filter(invoice=invoice).first()
    if notice is not None and BANK_TRANSFER in (payment.gateway, payment.method):
        decide_transfer_notice(notice, TransferNoticeStatus.CONFIRMED, ctx, payment=payment)
        notice = None
    if Invoice.objects.filter(pk=invoice.pk, status__in=OPEN_INVOICE_STATUSES).exists():
        return
    if notice is not None:
        decide_transfer_notice(notice, TransferNoticeStatus.LAPSED, ctx)
    for idle in Attempt.objects.filter(invoice=invoice, status=AttemptStatus.OPEN):
        # Nothing was made outside for a bank transfer; elsewhere the gateway is asked before it is closed.
        if idle.gateway == BANK_TRANSFER:
            move_attempt(idle, AttemptStatus.CLOSED, ctx, ended_at=ctx.at)
        else:
            enqueue(("attempt", idle.pk), POLL_ATTEMPT, f"payment {payment.pk}", ctx.at)


def _open_attempt(payment: Payment) -> Attempt | None:
    if payment.gateway != BANK_TRANSFER:
        return None
    return Attempt.objects.filter(
        invoice_id=payment.invoice_id, gateway=BANK_TRANSFER, status=AttemptStatus.OPEN
    ).first()
