"""The receipt of each payment: what it says, made once and kept (payments.md 2). None for what credit paid."""

import hashlib
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from commerce.billing.documents.receipt_pdf import PaidPart, ReceivedPayment, receipt_pdf
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import Invoice, SettlementEntry
from commerce.kit import clock
from commerce.kit.money import Money
from commerce.payments.gateways.method_names import payment_method_name
from commerce.payments.models import Payment, PaymentReceipt, PaymentShare


def receipt_file_name(payment: Payment) -> str:
    """The name of its file."""
    return f"receipt-{payment.received_on}-{payment.pk}.pdf"


def receipt_content(payment: Payment) -> bytes:
    """The PDF of a payment that counts or counted, made when it is first asked for; the same bytes ever after."""
    return bytes(receipt_of(payment).content)


def receipt_of(payment: Payment) -> PaymentReceipt:
    """The receipt itself, with the hash of its bytes."""
    return PaymentReceipt.objects.filter(payment=payment).first() or _make_receipt(payment)


def _make_receipt(payment: Payment) -> PaymentReceipt:
    content = receipt_pdf(_received(payment))
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        with transaction.atomic():
            return PaymentReceipt.objects.create(
                payment=payment, content=content, sha256=sha256, made_at=clock.now()
            )
    except IntegrityError:  # somebody else asked at the same moment
        return PaymentReceipt.objects.get(payment=payment)


def _received(payment: Payment) -> ReceivedPayment:
    assert payment.booked_at is not None  # it counts or counted
    parts = _paid_parts(payment)
    rest = payment.amount - sum(part.amount for part in parts)
    if rest and payment.plan_change is not None and not parts:
        parts = [PaidPart(rest, request=payment.plan_change.reference or "")]
    elif rest:
        parts.append(PaidPart(rest))
    return ReceivedPayment(
        payment.client,
        Money(payment.amount, payment.currency_id),
        payment.received_on,
        payment.booked_at,
        payment_method_name(payment),
        payment.transaction_id,
        parts,
    )


def _paid_parts(payment: Payment) -> list[PaidPart]:
    """What invoices have of it; the rest became credit, or waits for the change that it was paid for."""
    shares = payment.shares.select_related("invoice").order_by("pk")
    if found := [PaidPart(share.amount, share.invoice) for share in shares]:
        return found
    entries = SettlementEntry.objects.filter(
        kind=SettlementKind.PAYMENT, source=f"payment:{payment.pk}"
    ).select_related("invoice")
    return [PaidPart(entry.amount, entry.invoice) for entry in entries]


def last_receipts(invoices: Sequence[Invoice]) -> dict[int, int]:
    """By the key of each invoice its newest payment that has a receipt, alone for it or shared with others."""
    counting = Payment.objects.listed_on_invoices()
    alone = counting.filter(invoice__in=invoices).values_list("invoice_id", "pk")
    shares = PaymentShare.objects.filter(invoice__in=invoices, payment__in=counting)
    found: dict[int, int] = {}
    for invoice_id, pk in (*alone, *shares.values_list("invoice_id", "payment_id")):
        found[invoice_id] = max(pk, found.get(invoice_id, 0))
    return found


def receipt_attachment(payment_id: int) -> tuple[str, bytes]:
    """The receipt of a payment for a mail."""
    payment = Payment.objects.select_related("client").get(pk=payment_id)
    return receipt_file_name(payment), receipt_content(payment)


def share_receipt_attachment(share_id: int) -> tuple[str, bytes]:
    """The receipt of the payment that an invoice has a share of."""
    share = PaymentShare.objects.select_related("payment__client").get(pk=share_id)
    return receipt_file_name(share.payment), receipt_content(share.payment)
