"""Settlement: what lowers the amount due of an invoice, one append-only entry for each source (billing.md 2)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.actions import record
from commerce.billing.actions.states import move_invoice
from commerce.billing.models import Invoice, SettlementEntry
from commerce.billing.rules import OPEN, settled
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused


@transaction.atomic
def settle(
    *, invoice: Invoice, kind: str, source: str, amount: int, at: datetime, actor: Actor
) -> SettlementEntry:
    """Count a payment or credit on an open invoice, at most what is due; it is ``paid`` when nothing is left.

    ``source`` names what it comes from (``payment:7``); the same source counts once. Raises ``Moved`` for an invoice
    that is not open, ``Refused`` for more than is due.
    """
    if kind not in (SettlementEntry.Kind.PAYMENT, SettlementEntry.Kind.CREDIT):
        raise Refused("Only payments and credit settle an invoice.")
    if amount <= 0:
        raise Refused("The amount must be above 0.", field="amount")
    touch(invoice.client_id)
    row = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if row.status not in OPEN:
        raise Moved(f"This invoice is {row.status}.")
    due = settled(row.total, [*row.settlement_entries.values_list("amount", flat=True), amount])
    entry = SettlementEntry.objects.create(
        invoice=row, kind=kind, source=source, amount=amount, at=at
    )
    credit = amount if kind == SettlementEntry.Kind.CREDIT else 0
    changes: dict[str, Any] = {"amount_due": due, "credit_applied": row.credit_applied + credit}
    if due == 0:
        move_invoice(
            invoice=invoice, to=Invoice.Status.PAID, at=at, actor=actor, paid_at=at, **changes
        )
    else:
        Invoice.objects.filter(pk=row.pk).update(changed_at=at, **changes)
        invoice.refresh_from_db()
    record(
        at=at,
        actor=actor,
        action="invoice.settled",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        before={"amount_due": row.amount_due},
        after={"amount_due": due, "kind": kind, "source": source},
    )
    return entry
