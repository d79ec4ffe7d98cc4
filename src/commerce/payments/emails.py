"""Mails about money that came in (notifications.md 3): reactions to what happened."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.billing.changes.plan_changes.actions.paying import request_url
from commerce.billing.invoices.emails import credit_url, invoice_url, receipt_of_source
from commerce.billing.models import Invoice
from commerce.events.publish import at_event_time
from commerce.kit.context import Context
from commerce.kit.money import Money
from commerce.payments.events import (
    DisputeOpened,
    LatePaymentBooked,
    PaymentBooked,
    PaymentRefunded,
    PaymentShareBooked,
    PaymentUnallocated,
    TransferNoticeRejected,
    TransferNoticeSubmitted,
)
from commerce.payments.gateways.dispute_reasons import dispute_reason
from commerce.payments.gateways.method_names import payment_method_name
from commerce.payments.models import (
    Dispute,
    Payment,
    PaymentShare,
    Refund,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.payments.rules import (
    PaymentStatus,
    RefundMethod,
    TransferNoticeStatus,
    UnallocatedPaymentReason,
)
from commerce.presentation.labels import Text

UNALLOCATED_REASON_LABELS: dict[str, Text] = {
    UnallocatedPaymentReason.CURRENCY: _("The currency differs from the invoice"),
    UnallocatedPaymentReason.REFERENCE: _("The reference doesn't match an invoice"),
    UnallocatedPaymentReason.ACCOUNT: _("Received in a different bank account"),
}
"""Why money belongs to no invoice, as the mail says it."""


@at_event_time
def send_partial_payment_email(event: PaymentBooked, ctx: Context) -> None:
    """Money came that pays a part of an invoice; of the last part the mail of the paid invoice tells."""
    payment = Payment.objects.select_related("client", "invoice").get(pk=event.payment_id)
    assert payment.invoice is not None
    receipt = receipt_of_source(f"payment:{payment.pk}")
    _thank(payment, payment.invoice, payment.amount, event.amount_due, receipt, ctx)


@at_event_time
def send_payment_share_email(event: PaymentShareBooked, ctx: Context) -> None:
    """Of several invoices the last one has only a part of its sum."""
    share = PaymentShare.objects.select_related("payment__client", "invoice").get(pk=event.share_id)
    receipt = receipt_of_source(share.source)
    _thank(share.payment, share.invoice, share.amount, event.amount_due, receipt, ctx)


def _thank(
    payment: Payment,
    invoice: Invoice,
    amount: int,
    amount_due: int,
    receipt: list[tuple[str, int]],
    ctx: Context,
) -> None:
    if not amount_due or payment.status != PaymentStatus.COMPLETED:
        return
    send_client_email(
        client=payment.client,
        event="payment_received",
        idempotency_key=f"{payment.pk}",
        values={
            "amount": Money(amount, payment.currency_id),
            "amount_due": Money(amount_due, invoice.currency_id),
            "invoice_number": invoice.number,
            "invoice_url": invoice_url(invoice.pk),
            "receipt": bool(receipt),
        },
        at=ctx.at,
        about=("invoice", invoice.pk),
        attach=receipt,
    )


@at_event_time
def send_late_payment_email(event: LatePaymentBooked, ctx: Context) -> None:
    """Money came for an invoice that could not take it, and is credit: staff look whether the client meant that."""
    payment = Payment.objects.select_related("client", "invoice").get(pk=event.payment_id)
    send_staff_email(
        event="late_payment",
        idempotency_key=f"{payment.pk}",
        page=f"payments/{payment.pk}",
        client=payment.client,
        values={
            "amount": Money(payment.amount, payment.currency_id),
            "invoice_number": _invoice_numbers(payment),
            "plan": payment.plan_change.new_plan if payment.plan_change else "",
        },
        at=ctx.at,
        about=("payment", payment.pk),
    )


@at_event_time
def send_payment_refunded_email(event: PaymentRefunded, ctx: Context) -> None:
    """A gateway accepted to send money back; of a refund to credit the mail of the credit tells."""
    refund = Refund.objects.select_related("client", "payment__invoice").get(pk=event.refund_id)
    if refund.method != RefundMethod.GATEWAY:
        return
    payment = refund.payment
    if refund.is_paid_back:
        send_client_email(
            client=refund.client,
            event="credit_refunded",
            idempotency_key=f"{refund.pk}",
            values={
                "amount": Money(refund.amount, payment.currency_id),
                "credit_url": credit_url(),
                "gateway": payment_method_name(payment),
            },
            at=ctx.at,
            about=("refund", refund.pk),
        )
        return
    invoice = refund.invoice or payment.invoice
    if invoice is None:
        return  # the credit page says it of funds that were added
    send_client_email(
        client=refund.client,
        event="refund_sent",
        idempotency_key=f"{refund.pk}",
        values={
            "amount": Money(refund.amount, payment.currency_id),
            "invoice_number": invoice.number,
            "invoice_url": invoice_url(invoice.pk),
            "gateway": payment_method_name(payment),
        },
        at=ctx.at,
        about=("invoice", invoice.pk),
    )


@at_event_time
def send_dispute_opened_email(event: DisputeOpened, ctx: Context) -> None:
    """A payer's bank asks for money back: staff have until a day to answer."""
    dispute = Dispute.objects.select_related("client", "payment__invoice").get(pk=event.dispute_id)
    send_staff_email(
        event="dispute_opened",
        idempotency_key=f"{dispute.pk}",
        page=f"disputes/{dispute.pk}",
        client=dispute.client,
        values={
            "amount": Money(dispute.amount, dispute.payment.currency_id),
            "invoice_number": _invoice_numbers(dispute.payment),
            "reason": dispute_reason(dispute.reason),
            "due_by": dispute.due_by,
        },
        at=ctx.at,
        about=("payment", dispute.payment_id),
    )


@at_event_time
def send_payment_unallocated_email(event: PaymentUnallocated, ctx: Context) -> None:
    """Money came that belongs to no invoice as it is: staff decide."""
    unallocated = UnallocatedPayment.objects.select_related("invoice__client").get(
        pk=event.unallocated_payment_id
    )
    send_staff_email(
        event="unallocated_payment",
        idempotency_key=f"{unallocated.pk}",
        page=f"unallocated-payments/{unallocated.pk}",
        client=unallocated.invoice.client if unallocated.invoice else None,
        values={
            "amount": Money(unallocated.amount, unallocated.currency_code),
            "reason": UNALLOCATED_REASON_LABELS[unallocated.reason],
        },
        at=ctx.at,
        about=("unallocatedpayment", unallocated.pk),
    )


@at_event_time
def send_transfer_notice_email(event: TransferNoticeSubmitted, ctx: Context) -> None:
    """A client says that a transfer was made: staff look whether it came."""
    row = _notice(event.notice_id)
    if row.status != TransferNoticeStatus.OPEN:
        return
    send_staff_email(
        event="transfer_declared",
        idempotency_key=f"{row.pk}",
        page=f"transfer-notices/{row.pk}",
        client=row.client,
        values={
            "amount": Money(row.amount, row.currency_code),
            **_announced_for(row),
        },
        at=ctx.at,
        about=("transfernotice", row.pk),
    )


@at_event_time
def send_transfer_notice_rejected_email(event: TransferNoticeRejected, ctx: Context) -> None:
    """Staff did not find the transfer that a client declared: the client reads why."""
    row = _notice(event.notice_id)
    send_client_email(
        client=row.client,
        event="transfer_rejected",
        idempotency_key=f"{row.pk}",
        values={
            "amount": Money(row.amount, row.currency_code),
            **_announced_for(row),
            "invoice_url": invoice_url(row.invoice_id) if row.invoice_id else "",
            "pay_url": request_url(row.plan_change_id) if row.plan_change_id else "",
            "reason": row.note,
        },
        at=ctx.at,
        about=_about(row),
    )


def _announced_for(notice: TransferNotice) -> dict[str, Text]:
    """What a transfer is for: an invoice, or the plan that a request changes to."""
    if notice.plan_change is not None:
        return {"invoice_number": "", "plan": notice.plan_change.new_plan}
    return {"invoice_number": f"{notice.invoice}", "plan": ""}


def _about(notice: TransferNotice) -> tuple[str, int]:
    if notice.plan_change is not None:
        return "planchange", notice.plan_change.pk
    assert notice.invoice_id is not None
    return "invoice", notice.invoice_id


def _invoice_numbers(payment: Payment) -> str:
    """None of a request: its plan says what that was for."""
    if payment.plan_change_id is not None:
        return ""
    return ", ".join(str(invoice) for invoice in payment.invoices())


def _notice(pk: int) -> TransferNotice:
    return TransferNotice.objects.select_related("client", "invoice", "plan_change").get(pk=pk)
