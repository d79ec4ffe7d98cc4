"""What orders do when something else has happened; wired in ``commerce/reactions.py``."""

from datetime import datetime

from commerce.billing.actions.claims import waive_first_period
from commerce.billing.events import InvoiceClosed, InvoicePaid
from commerce.hosting.events import ServiceActivated
from commerce.hosting.models import Service
from commerce.kit.actor import Actor
from commerce.orders.actions import activate_paid_order, cancel_order_without_invoice


def order_follows_payment(event: InvoicePaid, at: datetime, actor: Actor) -> None:
    """A paid order goes on."""
    activate_paid_order(invoice_id=event.invoice_id, at=at, actor=actor)


def order_ends_with_invoice(event: InvoiceClosed, at: datetime, actor: Actor) -> None:
    """What cannot be paid any more is not kept waiting."""
    cancel_order_without_invoice(invoice_id=event.invoice_id, at=at, actor=actor)


def first_period_is_free(event: ServiceActivated, at: datetime, actor: Actor) -> None:
    """A service of an order without an invoice begins with a period that nobody pays."""
    ordered = Service.objects.exclude(order_unit=None)
    service = ordered.filter(pk=event.service_id, order_unit__item__order__invoice=None).first()
    if service is not None:
        waive_first_period(service=service, at=at, actor=actor)
