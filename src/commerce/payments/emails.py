"""Mails about money that came in (notifications.md 3): reactions to what happened."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from commerce.accounts.recipients import tell, tell_staff
from commerce.billing.emails import invoice_url
from commerce.kit.actor import Actor
from commerce.kit.money import Money
from commerce.payments.events import PaymentBooked, StrayReceiptKept
from commerce.payments.models import Payment, StrayReceipt

REASONS = {
    "currency": _("its currency is not that of the invoice"),
    "reference": _("its reference belongs to no invoice"),
    "account": _("it reached another account"),
}
"""Why a receipt belongs to no invoice, as the mail says it."""


def thank_for_part(event: PaymentBooked, at: datetime, actor: Actor) -> None:
    """Money came that pays a part of an invoice; of the last part the mail of the paid invoice tells."""
    payment = Payment.objects.select_related("client", "invoice").get(pk=event.payment_id)
    invoice = payment.invoice
    if not invoice.amount_due or payment.status != Payment.Status.COMPLETED:
        return
    tell(
        client=payment.client,
        event="payment_received",
        once=f"{payment.pk}",
        values={
            "amount": Money(payment.amount, payment.currency_id),
            "amount_due": Money(invoice.amount_due, invoice.currency_id),
            "invoice_number": invoice.number,
            "invoice_url": invoice_url(invoice.pk),
        },
        at=at,
        about=("invoice", invoice.pk),
    )


def tell_of_stray_receipt(event: StrayReceiptKept, at: datetime, actor: Actor) -> None:
    """Money came that belongs to no invoice as it is: staff decide."""
    receipt = StrayReceipt.objects.get(pk=event.receipt_id)
    tell_staff(
        permission="payments.manage",
        event="stray_receipt",
        once=f"{receipt.pk}",
        values={
            "amount": Money(receipt.amount, receipt.currency_code),
            "reason": REASONS[receipt.reason],
        },
        at=at,
        about=("stray_receipt", receipt.pk),
    )
