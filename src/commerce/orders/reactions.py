"""What orders do when something else has happened; wired in ``commerce/reactions.py``."""

from datetime import datetime

from commerce.billing.events import InvoiceClosed, InvoicePaid
from commerce.kit.actor import Actor
from commerce.orders.actions import activate_paid_order, cancel_order_without_invoice


def order_follows_payment(event: InvoicePaid, at: datetime, actor: Actor) -> None:
    """A paid order goes on."""
    activate_paid_order(invoice_id=event.invoice_id, at=at, actor=actor)


def order_ends_with_invoice(event: InvoiceClosed, at: datetime, actor: Actor) -> None:
    """What cannot be paid any more is not kept waiting."""
    cancel_order_without_invoice(invoice_id=event.invoice_id, at=at, actor=actor)
