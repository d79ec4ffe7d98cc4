"""An order under suspicion: what stops with it, and what goes on once that is over (catalog-and-orders.md 8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.billing.actions import release_invoice, stop_invoice
from commerce.billing.daily.dunning import is_late_for
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.hosting import actions as hosting
from commerce.hosting import provisioning
from commerce.hosting.models import Service
from commerce.kit.actor import Actor
from commerce.orders.actions.life import set_up
from commerce.orders.actions.states import domains_of, move_order, services_of
from commerce.orders.models import Order
from commerce.preferences import current

FRAUD, OVERDUE = Service.SuspensionReason.FRAUD, Service.SuspensionReason.OVERDUE


@transaction.atomic
def stop_order_as_fraud(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """A stop under suspicion: nothing is set up, domains become ``fraud``; what runs already is switched off."""
    left = move_order(order=order, to=Order.Status.FRAUD, at=at, actor=actor, reason=reason)
    if order.invoice is not None:
        stop_invoice(invoice=order.invoice, at=at, actor=actor, reason=reason)
    for service in services_of(order):
        provisioning.request_stop(service=service, at=at, actor=actor, reason=reason)
    for domain in domains_of(order):
        if left == Order.Status.ACTIVE and domain.status == Domain.Status.ACTIVE:
            domains.set_auto_renew(domain=domain, on=False, at=at, actor=actor)
        elif domain.status in (Domain.Status.PENDING, Domain.Status.PENDING_TRANSFER):
            domains.stop_as_fraud(domain=domain, at=at, actor=actor, reason=reason)


@transaction.atomic
def release_order(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """The suspicion is gone: back to ``active`` if it was that before, otherwise to ``pending``.

    What an active order has not got yet is set up then. Raises ``Refused`` when one of its domain names was taken
    meanwhile.
    """
    order.refresh_from_db()
    back = Order.Status.ACTIVE if order.activated_at else Order.Status.PENDING
    move_order(
        order=order, to=back, only_from=Order.Status.FRAUD, at=at, actor=actor, reason=reason
    )
    if order.invoice is not None:
        release_invoice(invoice=order.invoice, at=at, actor=actor, reason=reason)
    for service in services_of(order):
        _release(service, reason, at, actor)
    for domain in domains_of(order):
        if domain.status == Domain.Status.FRAUD:
            domains.release_from_fraud(domain=domain, at=at, actor=actor, reason=reason)
    if back == Order.Status.ACTIVE:
        set_up(order, at, actor)


def _release(service: Service, reason: str, at: datetime, actor: Actor) -> None:
    """It runs again, unless it is late: then it stays off for this."""
    say: dict[str, Any] = {"service": service, "at": at, "actor": actor, "reason": reason}
    off = (service.status, service.suspension_reason) == (Service.Status.SUSPENDED, FRAUD)
    if off and is_late_for(service, current.business_date(at)):
        hosting.keep_suspended(cause=OVERDUE, **say)
    else:
        provisioning.request_resume(only=FRAUD, **say)


def is_not_stopped(service_id: int, args: Mapping[str, Any]) -> bool:
    """Whether the account of a service may be made: its order is not under suspicion."""
    stopped = Order.objects.filter(status=Order.Status.FRAUD)
    return not stopped.filter(items__units__service_id=service_id).exists()
