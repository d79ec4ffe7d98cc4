"""The one way by which an invoice changes its state (invariants.md 3)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.states import Transitions, move
from commerce.billing.models import Invoice
from commerce.billing.rules import INVOICE_MOVES
from commerce.kit.actor import Actor


@transaction.atomic
def move_invoice(
    *,
    invoice: Invoice,
    to: str,
    at: datetime,
    actor: Actor,
    moves: Transitions = INVOICE_MOVES,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move an invoice along its table, with what belongs to the new state. Raises ``Moved`` if that is not allowed."""
    touch(invoice.client_id)
    move(
        invoice,
        to,
        allowed=moves,
        at=at,
        actor=actor,
        client_id=invoice.client_id,
        reason=reason,
        changed_at=at,
        **changes,
    )


def locked(invoice: Invoice) -> Invoice:
    """The stored row, locked until the transaction ends; the client's row first, as everywhere."""
    touch(invoice.client_id)
    return Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk)
