"""States of an issued invoice: overdue, voided, refunded (billing.md 7 and 8, invariants.md 3)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.states import Transitions, move
from commerce.billing.models import Invoice, SettlementEntry
from commerce.billing.rules import INVOICE_MOVES, OPEN
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.preferences import current


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


@transaction.atomic
def mark_overdue(*, invoice: Invoice, at: datetime, actor: Actor) -> None:
    """The due date has passed and something is still due. Raises ``Refused`` on the due date itself and before."""
    if invoice.due_date is not None and invoice.due_date >= current.business_date(at):
        raise Refused("This invoice is not late yet.")
    move_invoice(invoice=invoice, to=Invoice.Status.OVERDUE, at=at, actor=actor)


@transaction.atomic
def void_invoice(*, invoice: Invoice, reason: str, at: datetime, actor: Actor) -> None:
    """Take back an open invoice as a whole: nothing is due any more. Raises ``Refused`` once something was paid."""
    touch(invoice.client_id)
    row = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if row.status not in OPEN:
        raise Moved(f"This invoice is {row.status}; it cannot be voided.")
    if row.amount_due != row.total:
        raise Refused("Something was paid on this invoice already.")
    _enter(row, SettlementEntry.Kind.CREDIT_NOTE, f"void:{row.pk}", row.total, at)
    move_invoice(
        invoice=invoice,
        to=Invoice.Status.CANCELLED,
        at=at,
        actor=actor,
        reason=reason,
        amount_due=0,
    )


@transaction.atomic
def refund_invoice(
    *, invoice: Invoice, source: str, reason: str, at: datetime, actor: Actor
) -> None:
    """All that was paid on a paid invoice went back through the gateway, and the whole claim is taken back.

    ``source`` names the refund (``payment:7``). Raises ``Refused`` when credit was applied to the invoice.
    """
    touch(invoice.client_id)
    row = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if row.status != Invoice.Status.PAID:
        raise Moved(f"This invoice is {row.status}; only a paid one can be refunded.")
    if row.credit_applied or not row.total:
        raise Refused("Only an invoice that was paid with money can be refunded.")
    _enter(row, SettlementEntry.Kind.REFUND, source, -row.total, at)
    _enter(row, SettlementEntry.Kind.CREDIT_NOTE, f"refund:{source}", row.total, at)
    move_invoice(invoice=invoice, to=Invoice.Status.REFUNDED, at=at, actor=actor, reason=reason)


def _enter(invoice: Invoice, kind: str, source: str, amount: int, at: datetime) -> None:
    SettlementEntry.objects.create(invoice=invoice, kind=kind, source=source, amount=amount, at=at)
