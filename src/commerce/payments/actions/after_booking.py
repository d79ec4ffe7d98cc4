"""What a booking ends: its attempt, the transfer notice that announced it, tries that are pointless now."""

from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.payments.actions.states import decide_transfer_notice, move_attempt
from commerce.payments.gateways import registry
from commerce.payments.job_names import POLL_ATTEMPT
from commerce.payments.models import Attempt, Payment, TransferNotice
from commerce.payments.rules import AttemptStatus, TransferNoticeStatus


def complete_booking(*, payment: Payment, invoice: Invoice, ctx: Context) -> None:
    """In the transaction of a booking, after its settlement."""
    attempt = payment.attempt or _open_attempt(payment)
    if attempt is not None and attempt.status != AttemptStatus.SUCCEEDED:
        Payment.objects.filter(pk=payment.pk).update(attempt=attempt)
        payment.attempt = attempt
        move_attempt(attempt, AttemptStatus.SUCCEEDED, ctx, ended_at=ctx.at)
    notice = TransferNotice.objects.open().filter(invoice=invoice).first()
    if notice is not None and registry.capabilities_of(payment.gateway).by_transfer:
        decide_transfer_notice(notice, TransferNoticeStatus.CONFIRMED, ctx, payment=payment)
        notice = None
    if Invoice.objects.filter(pk=invoice.pk, status__in=OPEN_INVOICE_STATUSES).exists():
        return
    if notice is not None:
        decide_transfer_notice(notice, TransferNoticeStatus.LAPSED, ctx)
    for idle in Attempt.objects.filter(invoice=invoice, status=AttemptStatus.OPEN):
        # What was made at a provider is not closed before it is asked.
        if registry.capabilities_of(idle.gateway).can_be_polled:
            enqueue(("attempt", idle.pk), POLL_ATTEMPT, f"payment {payment.pk}", ctx.at)
        else:
            move_attempt(idle, AttemptStatus.CLOSED, ctx, ended_at=ctx.at)


def _open_attempt(payment: Payment) -> Attempt | None:
    """The attempt that the client began and the payment ends, where no provider names it."""
    if registry.capabilities_of(payment.gateway).can_be_polled:
        return None
    return Attempt.objects.filter(
        invoice_id=payment.invoice_id, gateway=payment.gateway, status=AttemptStatus.OPEN
    ).first()
