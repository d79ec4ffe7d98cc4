"""Money of a payment that goes back: through its gateway, or into the client's credit (payments.md 8)."""

import hashlib
from typing import Any

from django.db import transaction
from django.db.models import Sum

from commerce.accounts.actions.client_locks import lock_client
from commerce.audit.states import move
from commerce.billing.invoices.actions.corrections import refund_to_credit, refund_to_gateway
from commerce.db import locks
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.states import move_payment
from commerce.payments.events import PaymentRefunded
from commerce.payments.models import Payment, Refund
from commerce.payments.rules import REFUND_MOVES, PaymentStatus, RefundMethod, RefundStatus


@transaction.atomic
def refund_payment_to_credit(
    *, payment: Payment, amount: int, reason: str, idempotency_key: str, ctx: Context
) -> Refund:
    """Give a part or all of a completed payment back as credit, with a credit note of the same gross amount.

    The same ``idempotency_key`` is the same refund. Raises ``BusinessError`` for more than is left of the payment or
    than its invoice can still be credited, ``StateConflict`` for a payment that is not completed.
    """
    refund = _request(
        payment=payment,
        amount=amount,
        reason=reason,
        idempotency_key=idempotency_key,
        method=RefundMethod.CREDIT,
        ctx=ctx,
    )
    if refund.status != RefundStatus.REQUESTED:
        return refund
    note = refund_to_credit(
        invoice=refund.payment.only_invoice(),
        source=f"refund:{refund.pk}",
        amount=amount,
        reason=refund.reason,
        ctx=ctx,
    )
    _finish(refund, note, RefundStatus.SUCCEEDED, ctx)
    return refund


@transaction.atomic
def refund_payment(*, payment: Payment, reason: str, ctx: Context) -> None:
    """The gateway sent back all that was left of a payment: it is refunded, with a credit note over as much.

    Raises ``StateConflict`` for a payment that is not completed, ``BusinessError`` if its invoice cannot be credited
    so far.
    """
    left = payment.amount - _given_back(payment)
    refund = _request(
        payment=payment,
        amount=left,
        reason=reason,
        idempotency_key=f"whole-{payment.pk}",
        method=RefundMethod.GATEWAY,
        ctx=ctx,
    )
    note = refund_to_gateway(
        invoice=refund.payment.only_invoice(),
        source=f"refund:{refund.pk}",
        amount=left,
        reason=refund.reason,
        ctx=ctx,
    )
    _finish(refund, note, RefundStatus.ACCEPTED, ctx)
    _move(refund, RefundStatus.SUCCEEDED, ctx)
    payment.refresh_from_db()


def refund_idempotency_key(payment: Payment, amount: int, reason: str) -> str:
    """The one-time key of a refund typed twice in the same words."""
    text = f"{payment.pk} {amount} {' '.join(reason.split())}"
    return f"refund-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _request(
    *,
    payment: Payment,
    amount: int,
    reason: str,
    idempotency_key: str,
    method: RefundMethod,
    ctx: Context,
) -> Refund:
    """The refund's row, under the locks of key, client and payment; one that exists for the key is given back.

    The key has a lock of its own: payments of two clients hold none in common.
    """
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise BusinessError("refund.no_reason", field="reason")
    if not idempotency_key or len(idempotency_key) > 64:
        raise BusinessError("idempotency_key.not_valid", field="key")
    locks.lock_name(f"refund {idempotency_key}")
    lock_client(payment.client_id)
    row = locks.lock(payment, "invoice")
    found = (
        Refund.objects.filter(idempotency_key=idempotency_key)
        .select_related("payment__invoice")
        .first()
    )
    if found is not None and method == RefundMethod.CREDIT:
        if (found.payment_id, found.amount) != (row.pk, amount):
            raise BusinessError("refund.key_used", field="key")
        return found
    if row.status != PaymentStatus.COMPLETED:
        raise StateConflict("refund.payment_not_completed", status=row.status)
    left = row.amount - _given_back(row)
    if not 0 < amount <= left:
        raise BusinessError("refund.amount_not_valid", field="amount")
    return Refund.objects.create(
        client_id=row.client_id,
        payment=row,
        gateway=row.gateway,
        amount=amount,
        method=method,
        idempotency_key=idempotency_key,
        reason=reason,
        recorded_by=ctx.actor.name,
        created_at=ctx.at,
    )


def _given_back(payment: Payment) -> int:
    """What refunds of a payment have used up of it (M11)."""
    sums = Refund.objects.filter(payment_id=payment.pk).not_failed().aggregate(sum=Sum("amount"))
    return sums["sum"] or 0


def _finish(refund: Refund, note: object, to: RefundStatus, ctx: Context) -> None:
    _move(refund, to, ctx, credit_note=note)
    payment = refund.payment
    if _given_back(payment) == payment.amount:
        move_payment(
            payment=payment,
            to=PaymentStatus.REFUNDED,
            ctx=ctx,
            reason=refund.reason,
        )
    publish(PaymentRefunded(refund.pk), at=ctx.at, client_id=refund.client_id)


def _move(refund: Refund, to: RefundStatus, ctx: Context, **changes: Any) -> None:
    move(
        refund,
        to,
        allowed=REFUND_MOVES,
        ctx=ctx,
        client_id=refund.client_id,
        reason=refund.reason,
        ended_at=ctx.at,
        **changes,
    )
