"""Mails about money that came in (notifications.md 3): reactions to what happened."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from commerce.accounts.recipients import tell, tell_staff
from commerce.billing.emails import invoice_url
from commerce.jobs.events import as_of_event
from commerce.kit.actor import Actor
from commerce.kit.money import Money
from commerce.payments.events import (
    DeclarationRejected,
    LatePaymentBooked,
    PaymentBooked,
    StrayReceiptKept,
    TransferDeclared,
)
from commerce.payments.models import BankDeclaration, Payment, StrayReceipt

REASONS = {
    "currency": _("its currency is not that of the invoice"),
    "reference": _("its reference belongs to no invoice"),
    "account": _("it reached another account"),
}
"""Why a receipt belongs to no invoice, as the mail says it."""


@as_of_event
def thank_for_part(event: PaymentBooked, at: datetime, actor: Actor) -> None:
    """Money came that pays a part of an invoice; of the last part the mail of the paid invoice tells."""
    payment = Payment.objects.select_related("client", "invoice").get(pk=event.payment_id)
    invoice = payment.invoice
    if not event.amount_due or payment.status != Payment.Status.COMPLETED:
        return
    tell(
        client=payment.client,
        event="payment_received",
        once=f"{payment.pk}",
        values={
            "amount": Money(payment.amount, payment.currency_id),
            "amount_due": Money(event.amount_due, invoice.currency_id),
            "invoice_number": invoice.number,
            "invoice_url": invoice_url(invoice.pk),
        },
        at=at,
        about=("invoice", invoice.pk),
    )


@as_of_event
def tell_of_late_payment(event: LatePaymentBooked, at: datetime, actor: Actor) -> None:
    """Money came for an invoice that could not take it, and is credit: staff look whether the client meant that."""
    payment = Payment.objects.select_related("client", "invoice").get(pk=event.payment_id)
    tell_staff(
        permission="payments.manage",
        event="late_payment",
        once=f"{payment.pk}",
        client=payment.client,
        values={
            "amount": Money(payment.amount, payment.currency_id),
            "invoice_number": payment.invoice.number,
        },
        at=at,
        about=("payment", payment.pk),
    )


@as_of_event
def tell_of_stray_receipt(event: StrayReceiptKept, at: datetime, actor: Actor) -> None:
    """Money came that belongs to no invoice as it is: staff decide."""
    receipt = StrayReceipt.objects.select_related("invoice__client").get(pk=event.receipt_id)
    tell_staff(
        permission="payments.manage",
        event="stray_receipt",
        once=f"{receipt.pk}",
        client=receipt.invoice.client if receipt.invoice else None,
        values={
            "amount": Money(receipt.amount, receipt.currency_code),
            "reason": REASONS[receipt.reason],
        },
        at=at,
        about=("stray_receipt", receipt.pk),
    )


@as_of_event
def tell_of_declared_transfer(event: TransferDeclared, at: datetime, actor: Actor) -> None:
    """A client says that a transfer was made: staff look whether it came."""
    row = _declaration(event.declaration_id)
    if row.status != BankDeclaration.Status.OPEN:
        return
    tell_staff(
        permission="payments.manage",
        event="transfer_declared",
        once=f"{row.pk}",
        client=row.client,
        values={
            "amount": Money(row.amount, row.invoice.currency_id),
            "invoice_number": row.invoice.number,
        },
        at=at,
        about=("bankdeclaration", row.pk),
    )


@as_of_event
def tell_of_rejected_transfer(event: DeclarationRejected, at: datetime, actor: Actor) -> None:
    """Staff did not find the transfer that a client declared: the client reads why."""
    row = _declaration(event.declaration_id)
    tell(
        client=row.client,
        event="transfer_rejected",
        once=f"{row.pk}",
        values={
            "amount": Money(row.amount, row.invoice.currency_id),
            "invoice_number": row.invoice.number,
            "invoice_url": invoice_url(row.invoice_id),
            "reason": row.note,
        },
        at=at,
        about=("invoice", row.invoice_id),
    )


def _declaration(pk: int) -> BankDeclaration:
    return BankDeclaration.objects.select_related("client", "invoice").get(pk=pk)
