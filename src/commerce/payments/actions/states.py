"""States of payments, attempts and transfer notices (invariants.md 3)."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.states import move
from commerce.billing.models import Invoice
from commerce.kit.context import Context
from commerce.payments.models import Attempt, Payment, TransferNotice
from commerce.payments.rules import (
    ATTEMPT_MOVES,
    PAYMENT_MOVES,
    TRANSFER_NOTICE_MOVES,
    AttemptStatus,
    PaymentStatus,
    TransferNoticeStatus,
)


@transaction.atomic
def move_payment(
    *, payment: Payment, to: PaymentStatus, ctx: Context, reason: str = "", **changes: Any
) -> None:
    """Move a payment along its table; its invoice shows the change. Raises ``StateConflict`` if that is not allowed."""
    bump_revision(payment.client_id)
    move(
        payment,
        to,
        allowed=PAYMENT_MOVES,
        ctx=ctx,
        client_id=payment.client_id,
        reason=reason,
        **changes,
    )
    shown_on = (
        Q(pk=payment.invoice_id) if payment.invoice_id else Q(payment_shares__payment=payment)
    )
    Invoice.objects.filter(shown_on).update(changed_at=ctx.at)


def move_attempt(attempt: Attempt, to: AttemptStatus, ctx: Context, **changes: Any) -> None:
    """Move an attempt along its table. Raises ``StateConflict`` if that is not allowed."""
    move(
        attempt,
        to,
        allowed=ATTEMPT_MOVES,
        ctx=ctx,
        client_id=attempt.client_id,
        **changes,
    )


def decide_transfer_notice(
    notice: TransferNotice, to: TransferNoticeStatus, ctx: Context, **changes: Any
) -> None:
    """End a transfer notice along its table, with when that was. Raises ``StateConflict`` if that is not allowed."""
    move(
        notice,
        to,
        allowed=TRANSFER_NOTICE_MOVES,
        ctx=ctx,
        client_id=notice.client_id,
        reason=changes.get("note", ""),
        decided_at=ctx.at,
        **changes,
    )
