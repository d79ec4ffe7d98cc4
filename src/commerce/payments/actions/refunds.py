"""Money of a payment that goes back: through its gateway, or into the client's credit (payments.md 8)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from commerce.accounts.actions.client_locks import lock_client
from commerce.audit.states import move
from commerce.billing.invoices.actions.corrections import refund_to_credit
from commerce.billing.invoices.queries import credit_balance, refundable_amount
from commerce.billing.models import Invoice
from commerce.db import locks
from commerce.events.publish import publish
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.money import Money
from commerce.payments.actions.payment_parts import (
    PaymentPart,
    payment_parts,
    refunds_of_part,
)
from commerce.payments.actions.states import move_payment
from commerce.payments.events import PaymentRefunded
from commerce.payments.gateways import registry
from commerce.payments.job_names import SEND_REFUND
from commerce.payments.models import Payment, Refund
from commerce.payments.rules import REFUND_MOVES, PaymentStatus, RefundMethod, RefundStatus


@dataclass(frozen=True, slots=True)
class RefundOffer:
    """What can go back of a payment or of credit, in minor units, as a person saw it."""

    amount: int

    def check(self, expected: "RefundOffer | None", currency_code: str) -> None:
        """That it is what the person saw; raises ``StateConflict``."""
        if expected not in (None, self):
            raise StateConflict("refund.amount_changed", left=Money(self.amount, currency_code))


def refund_blocked_reason(payment: Payment, ctx: Context) -> StateConflict | None:
    """Why nothing of a payment can be refunded."""
    if payment.status != PaymentStatus.COMPLETED:
        return StateConflict("refund.payment_not_completed")
    left = amount_left(payment)
    if not left:
        return StateConflict("refund.nothing_left")
    if payment.invoices() or gateway_refund_refusal(payment, left, left, ctx.at) is None:
        return None
    return StateConflict("refund.only_as_payout")


@transaction.atomic
def refund_payment(
    *,
    payment: Payment,
    method: str,
    amount: int,
    reason: str,
    idempotency_key: str,
    ctx: Context,
    invoice: Invoice | None = None,
    expected: RefundOffer | None = None,
) -> Refund:
    """Give a part or all of a completed payment back: as credit at once, with a credit note of the same gross amount,
    or through its gateway, which a job asks after commit.

    Of a gateway the amount is spoken for from now on; credit note and entry are made when it accepts that. Funds that
    were added go back as far as their credit is still there. ``invoice`` names which one, of a payment for several. The
    same ``idempotency_key`` is the same refund. Raises ``BusinessError`` for more than is left of the payment or than
    its invoice can still be credited, and for a gateway that cannot send this back (never a bank transfer or what staff
    took); ``StateConflict`` for a payment that is not completed, and when what is left is not what was ``expected``.
    """
    refund = _request(
        payment=payment,
        amount=amount,
        reason=reason,
        idempotency_key=idempotency_key,
        method=RefundMethod(method),
        invoice=invoice,
        expected=expected,
        ctx=ctx,
    )
    if refund.method == RefundMethod.GATEWAY:
        enqueue(("refund", refund.pk), SEND_REFUND, "requested", refund.created_at)
    elif refund.status == RefundStatus.REQUESTED:
        note = refund_to_credit(
            invoice=refund.invoice or refund.payment.only_invoice(),
            source=f"refund:{refund.pk}",
            amount=amount,
            reason=refund.reason,
            ctx=ctx,
        )
        finish_refund(refund, RefundStatus.SUCCEEDED, ctx, credit_note=note)
    return refund


def gateway_refund_refusal(
    payment: Payment, amount: int, left: int, at: datetime
) -> BusinessError | None:
    """Why the gateway of a payment cannot send so much of it back; None if it can (payments.md 8)."""
    can = registry.capabilities_of(payment.gateway)
    if not can.refund:
        return BusinessError("refund.gateway_cannot", field="method")
    if can.refund_days and payment.received_on < (at - timedelta(days=can.refund_days)).date():
        return BusinessError("refund.payment_too_old", days=can.refund_days, field="method")
    if amount != left and not can.partial_refund:
        return BusinessError("refund.only_in_full", field="amount")
    return None


def refund_idempotency_key(
    payment: Payment, amount: int, reason: str, invoice: Invoice | None = None
) -> str:
    """The one-time key of a refund typed twice in the same words; after one that failed it is another refund."""
    text = f"{payment.pk} {amount} {' '.join(reason.split())}"
    if invoice is not None:
        text += f" {invoice.number}"
    if failed := Refund.objects.filter(payment=payment, status=RefundStatus.FAILED).count():
        text += f" {failed}"
    return f"refund-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def clean_refund_reason(reason: str) -> str:
    """The reason as it is kept. Raises ``BusinessError`` where there is none."""
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise BusinessError("refund.no_reason", field="reason")
    return reason


def _request(
    *,
    payment: Payment,
    amount: int,
    reason: str,
    idempotency_key: str,
    method: RefundMethod,
    invoice: Invoice | None,
    expected: RefundOffer | None,
    ctx: Context,
) -> Refund:
    """The refund's row, under the locks of key, client and payment; one that exists for the key is given back.

    The key has a lock of its own: payments of two clients hold none in common.
    """
    reason = clean_refund_reason(reason)
    if not idempotency_key or len(idempotency_key) > 64:
        raise BusinessError("idempotency_key.not_valid", field="key")
    locks.lock_name(f"refund {idempotency_key}")
    lock_client(payment.client_id)
    row = locks.lock(payment, "invoice")
    invoice = invoice or _only_share(row)
    asked = Refund.objects.select_related("payment__invoice", "invoice")
    found = asked.filter(idempotency_key=idempotency_key).first()
    if found is not None:
        made = (found.payment_id, found.amount, found.method, found.invoice or row.invoice)
        if made != (row.pk, amount, method, invoice or row.invoice):
            raise BusinessError("refund.key_used", field="key")
        return found
    if reason_against := refund_blocked_reason(row, ctx):
        raise reason_against
    left = amount_left(row)
    RefundOffer(left).check(expected, row.currency_id)
    part = _part_of(row, invoice, method)
    if not 0 < amount <= min(left, part.amount - used_of_part(row, part)):
        raise BusinessError("refund.amount_not_valid", field="amount")
    if amount > _refundable(row, part):
        raise BusinessError("refund.more_than_paid", field="amount")
    if method == RefundMethod.GATEWAY and (
        refusal := gateway_refund_refusal(row, amount, left, ctx.at)
    ):
        raise refusal
    return Refund.objects.create(
        client_id=row.client_id,
        payment=row,
        gateway=row.gateway,
        amount=amount,
        method=method,
        invoice=None if row.invoice else part.invoice,
        idempotency_key=idempotency_key,
        reason=reason,
        recorded_by=ctx.actor.name,
        created_at=ctx.at,
    )


def _only_share(payment: Payment) -> Invoice | None:
    """The one invoice that money for a request was settled on: it need not be named."""
    if payment.plan_change_id is None:
        return None
    share = payment.shares.select_related("invoice").first()
    return share.invoice if share else None


def amount_left(payment: Payment, invoice: Invoice | None = None) -> int:
    """What of a payment can still go back: its amount less all refunds that use it up (M11); of the share of
    ``invoice``, where that is named.
    """
    left = payment.amount - Refund.objects.filter(payment_id=payment.pk).amount_used()
    parts = (part for part in payment_parts(payment) if invoice and part.invoice == invoice)
    return min([left, *(part.amount - used_of_part(payment, part) for part in parts)])


def _part_of(payment: Payment, invoice: Invoice | None, method: RefundMethod) -> PaymentPart:
    """Of what the refund is: of the one invoice, of the named one of several, or of funds that were added.

    Raises ``BusinessError`` for an invoice that has none of the payment, and for added funds, which are credit already.
    """
    parts = payment_parts(payment)
    wanted = invoice or payment.invoice
    found = next((part for part in parts if wanted and part.invoice == wanted), None)
    if wanted is None and all(part.invoice is None for part in parts):
        found = parts[0]
        if method == RefundMethod.CREDIT:
            raise BusinessError("refund.credit_already", field="method")
    if found is None:
        raise BusinessError("refund.names_no_invoice", field="invoice")
    return found


def used_of_part(payment: Payment, part: PaymentPart) -> int:
    """How much of a part of a payment its refunds use up."""
    return Refund.objects.filter(refunds_of_part(payment, part)).amount_used()


def _refundable(payment: Payment, part: PaymentPart) -> int:
    """What the invoice, or the credit of added funds, can still give, less what gateways were asked for already."""
    asked = Refund.objects.filter(status=RefundStatus.REQUESTED, is_paid_back=False)
    if part.invoice is None:
        asked = asked.filter(client=payment.client_id, invoice=None, payment__invoice=None)
        asked = asked.filter(payment__currency=payment.currency_id)
        held = credit_balance(payment.client_id, payment.currency_id)
    else:
        asked = asked.filter(Q(payment__invoice=part.invoice) | Q(invoice=part.invoice))
        asked = asked.filter(client=payment.client_id)
        held = refundable_amount(part.invoice)
    return held - (asked.aggregate(sum=Sum("amount"))["sum"] or 0)


def finish_refund(refund: Refund, to: RefundStatus, ctx: Context, **changes: Any) -> None:
    """It is booked: on to its state, and the payment that is used up by it is refunded."""
    move_refund(refund, to, ctx, **changes)
    mark_payment_refunded(refund.payment, refund.reason, ctx)
    publish(PaymentRefunded(refund.pk), at=ctx.at, client_id=refund.client_id)


def mark_payment_refunded(payment: Payment, reason: str, ctx: Context) -> None:
    """A completed payment of which nothing is left is refunded."""
    stored = Payment.objects.values_list("status", flat=True).get(pk=payment.pk)
    if stored == PaymentStatus.COMPLETED and not amount_left(payment):
        move_payment(payment=payment, to=PaymentStatus.REFUNDED, ctx=ctx, reason=reason)


def move_refund(refund: Refund, to: RefundStatus, ctx: Context, **changes: Any) -> None:
    """Move a refund along its table. Raises ``StateConflict`` if that is not allowed."""
    if to != RefundStatus.ACCEPTED:
        changes["ended_at"] = ctx.at
    move(
        refund,
        to,
        allowed=REFUND_MOVES,
        ctx=ctx,
        client_id=refund.client_id,
        reason=refund.reason,
        **changes,
    )
