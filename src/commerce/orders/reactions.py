"""What orders do when something else has happened; wired in ``commerce/reactions.py``."""

from commerce.billing.events import InvoiceClosed, InvoicePaid
from commerce.billing.periods.actions.periods import waive_first_period
from commerce.domains.events import DomainTransferFailed
from commerce.domains.models import Domain
from commerce.hosting.events import ServiceActivated
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.orders.actions.cancelling import cancel_order_without_invoice
from commerce.orders.actions.lifecycle import activate_paid_order
from commerce.orders.actions.undelivered import credit_undelivered_domain


def activate_order_after_payment(event: InvoicePaid, ctx: Context) -> None:
    """A paid order goes on."""
    activate_paid_order(invoice_id=event.invoice_id, ctx=ctx)


def cancel_order_with_invoice(event: InvoiceClosed, ctx: Context) -> None:
    """What cannot be paid any more is not kept waiting."""
    cancel_order_without_invoice(invoice_id=event.invoice_id, ctx=ctx)


def credit_failed_transfer(event: DomainTransferFailed, ctx: Context) -> None:
    """A name did not come to us: what was paid for that becomes credit; of one that was here before, it was had."""
    domain = Domain.objects.get(pk=event.domain_id)
    if domain.registration_date is None:
        credit_undelivered_domain(domain=domain, ctx=ctx)


def waive_first_period_of_free_order(event: ServiceActivated, ctx: Context) -> None:
    """A service of an order without an invoice begins with a period that nobody pays."""
    unpaid = Service.objects.filter(pk=event.service_id, order_unit__item__order__invoice=None)
    if service := unpaid.exclude(order_unit=None).first():
        waive_first_period(service=service, ctx=ctx)
