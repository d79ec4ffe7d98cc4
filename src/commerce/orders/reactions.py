"""What orders do when something else has happened; wired in ``commerce/reactions.py``."""

from datetime import datetime

from commerce.billing.events import InvoicePaid
from commerce.kit.actor import Actor
from commerce.orders.actions import activate_paid_order


def order_follows_payment(event: InvoicePaid, at: datetime, actor: Actor) -> None:
    """A paid order goes on."""
    activate_paid_order(invoice_id=event.invoice_id, at=at, actor=actor)
