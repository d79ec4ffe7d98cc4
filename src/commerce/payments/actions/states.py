"""States of payments, attempts and transfer notices (invariants.md 3)."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from commerce.accounts.actions.api_writes.spending import (
    count_spending_again,
    give_back_spending,
)
from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.rules import SpendingRecord
from commerce.audit.states import move
from commerce.billing.changes.plan_changes.actions.requests import expect_payment
from commerce.billing.models import Invoice
from commerce.kit.context import Context
from commerce.payments.gateways import registry
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
    bump_revision(payment.client_id, ctx)
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
    """Move an attempt along its table. Raises ``StateConflict`` if that is not allowed.

    With the last attempt of a request its service's renewal waits no longer.
    """
    if attempt.plan_change_id is None:
        with transaction.atomic():
            _move_attempt(attempt, to, ctx, changes)
        return
    with transaction.atomic():
        lock_client(attempt.client_id)
        _move_attempt(attempt, to, ctx, changes)
        if not attempt.is_live and attempt.plan_change and not _is_awaited(attempt):
            expect_payment(change=attempt.plan_change, until=None, ctx=ctx)


def _move_attempt(
    attempt: Attempt, to: AttemptStatus, ctx: Context, changes: dict[str, Any]
) -> None:
    move(
        attempt,
        to,
        allowed=ATTEMPT_MOVES,
        ctx=ctx,
        client_id=attempt.client_id,
        **changes,
    )
    if to == AttemptStatus.SUCCEEDED:
        count_spending_again(kind=SpendingRecord.ATTEMPT, record_id=attempt.pk)
    elif to != AttemptStatus.OPEN:
        give_back_spending(kind=SpendingRecord.ATTEMPT, record_id=attempt.pk, ctx=ctx)


def _is_awaited(attempt: Attempt) -> bool:
    """Whether another attempt of the same request is under way; a transfer takes days, and nothing waits for it."""
    others = Attempt.objects.live().filter(plan_change=attempt.plan_change_id)
    return any(not registry.capabilities_of(each.gateway).by_transfer for each in others)


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
