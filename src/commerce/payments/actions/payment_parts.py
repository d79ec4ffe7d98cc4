"""What a payment is made of: what each invoice has of it, and what became credit (payments.md 8 and 9)."""

from dataclasses import dataclass

from django.db.models import Q

from commerce.audit.actions import write_audit_entry
from commerce.billing.credit.actions import post_credit
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.reversals import (
    PaymentReversal,
    book_won_reversal,
    reverse_settlement,
    take_from_credit,
)
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import CreditEntry, Invoice
from commerce.kit.context import Context
from commerce.payments.models import Payment, Refund
from commerce.payments.rules import RefundMethod


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """``amount`` of a payment on an invoice, or, without one, in credit; ``source`` is what its entries say."""

    invoice: Invoice | None
    source: str
    amount: int


def payment_parts(payment: Payment) -> list[PaymentPart]:
    """The parts of a payment, those first that are taken back first: credit, then the last invoice that was settled."""
    source = f"payment:{payment.pk}"
    if payment.invoice is not None:
        return [PaymentPart(payment.invoice, source, payment.amount)]
    shares = payment.shares.select_related("invoice").order_by("-pk")
    parts = [PaymentPart(share.invoice, share.source, share.amount) for share in shares]
    rest = payment.amount - sum(part.amount for part in parts)
    return [PaymentPart(None, source, rest), *parts] if rest else parts


def refunds_of_part(payment: Payment, part: PaymentPart) -> Q:
    """Which refunds of a payment are of this part of it."""
    if payment.invoice is not None:
        return Q(payment=payment)
    return Q(payment=payment, invoice=part.invoice)


def take_back(payment: Payment, amount: int, cause: str, ctx: Context) -> PaymentReversal:
    """So much of a payment is gone: its invoices are open again, what had become credit is taken from there.

    What a gateway has sent back is gone already, not what it was only asked for; refunds to credit are still with us.
    ``cause`` tells one reversal of the payment from the next.
    """
    reopened = from_credit = short = 0
    for part in payment_parts(payment):
        rows = Refund.objects.filter(refunds_of_part(payment, part), method=RefundMethod.GATEWAY)
        sent = rows.not_failed().filter(accepted_at__isnull=False)
        sent_back = sum(sent.values_list("amount", flat=True))
        piece = min(amount, part.amount - sent_back)
        if piece > 0:
            amount -= piece
            taken = _take_back_part(payment, part, piece, cause, ctx)
            reopened += taken.reopened
            from_credit += taken.from_credit
            short += taken.short
    return PaymentReversal(reopened, from_credit, short)


def _take_back_part(
    payment: Payment, part: PaymentPart, amount: int, cause: str, ctx: Context
) -> PaymentReversal:
    if part.invoice is not None:
        return reverse_settlement(
            invoice=part.invoice, source=part.source, amount=amount, cause=cause, ctx=ctx
        )
    taken = take_from_credit(
        client_id=payment.client_id,
        currency_code=payment.currency_id,
        reason=CreditReason.REVERSAL,
        source=f"{part.source}{cause}",
        amount=amount,
        ctx=ctx,
    )
    short = amount - taken
    write_audit_entry(
        ctx=ctx,
        action="payment.taken_from_credit",
        record=("payment", payment.pk),
        name=str(payment),
        client_id=payment.client_id,
        after={"source": part.source, "from_credit": taken, "short": short},
    )
    return PaymentReversal(0, taken, short)


def give_back_won(payment: Payment, amount: int, cause: str, ctx: Context) -> int:
    """A lost dispute was won after all: what a reversal took of the parts counts again, and how much that was; what was
    short is ours.
    """
    left = amount
    for part in payment_parts(payment):
        source = f"{part.source}{cause}"
        if left and part.invoice is not None:
            won = book_won_reversal(invoice=part.invoice, source=source, amount=left, ctx=ctx)
            left -= won.settled + won.to_credit
        elif left:
            rows = CreditEntry.objects.filter(reason=CreditReason.REVERSAL, source=source)
            back = min(left, -sum(rows.values_list("amount", flat=True)))
            left -= back
            if back:
                give_back_to_credit(payment, source, back, ctx)
    return amount - left


def give_back_to_credit(payment: Payment, source: str, amount: int, ctx: Context) -> None:
    """What was taken from credit for ``source`` is there again."""
    post_credit(
        client_id=payment.client_id,
        currency_code=payment.currency_id,
        reason=CreditReason.OVERPAYMENT,
        source=f"{SettlementKind.REVERSAL_WON}:{source}",
        amount=amount,
        ctx=ctx,
    )
