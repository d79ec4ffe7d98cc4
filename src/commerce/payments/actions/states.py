"""States of payments, attempts and declarations (invariants.md 3)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.states import move
from commerce.billing.models import Invoice
from commerce.kit.actor import Actor
from commerce.payments.models import Attempt, BankDeclaration, Payment
from commerce.payments.rules import ATTEMPT_MOVES, DECLARATION_MOVES, PAYMENT_MOVES


@transaction.atomic
def move_payment(
    *, payment: Payment, to: str, at: datetime, actor: Actor, reason: str = "", **changes: Any
) -> None:
    """Move a payment along its table; its invoice shows the change. Raises ``Moved`` if that is not allowed."""
    touch(payment.client_id)
    move(
        payment,
        to,
        allowed=PAYMENT_MOVES,
        at=at,
        actor=actor,
        client_id=payment.client_id,
        reason=reason,
        **changes,
    )
    Invoice.objects.filter(pk=payment.invoice_id).update(changed_at=at)


def dispute_payment(*, payment: Payment, reason: str, at: datetime, actor: Actor) -> None:
    """The payer's bank asks for the money back; until that is decided the invoice stays paid."""
    move_payment(payment=payment, to=Payment.Status.DISPUTED, at=at, actor=actor, reason=reason)


def move_attempt(attempt: Attempt, to: str, at: datetime, actor: Actor, **changes: Any) -> None:
    """Move an attempt along its table. Raises ``Moved`` if that is not allowed."""
    move(
        attempt,
        to,
        allowed=ATTEMPT_MOVES,
        at=at,
        actor=actor,
        client_id=attempt.client_id,
        **changes,
    )


def decide_declaration(
    declaration: BankDeclaration, to: str, at: datetime, actor: Actor, **changes: Any
) -> None:
    """End a declaration along its table, with when that was. Raises ``Moved`` if that is not allowed."""
    move(
        declaration,
        to,
        allowed=DECLARATION_MOVES,
        at=at,
        actor=actor,
        client_id=declaration.client_id,
        reason=changes.get("note", ""),
        decided_at=at,
        **changes,
    )
