"""The life of an order, with its services, domains and invoice (catalog-and-orders.md 8)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.billing.actions import void_invoice
from commerce.billing.models import Invoice
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.hosting import actions as hosting
from commerce.hosting.models import Service
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.orders.models import Order
from commerce.orders.rules import ORDER_MOVES


@transaction.atomic
def move_order(
    *,
    order: Order,
    to: str,
    at: datetime,
    actor: Actor,
    only_from: str | None = None,
    reason: str = "",
    **changes: Any,
) -> str:
    """Move an order along its table and return the state that it left. Raises ``Moved`` if that is not allowed."""
    touch(order.client_id)
    return move(
        order,
        to,
        allowed=ORDER_MOVES if only_from is None else {only_from: ORDER_MOVES[only_from]},
        at=at,
        actor=actor,
        client_id=order.client_id,
        reason=reason,
        changed_at=at,
        **changes,
    )


@transaction.atomic
def activate_order(*, order: Order, at: datetime, actor: Actor, unpaid_because: str = "") -> None:
    """What was ordered may now be set up. Needs a paid invoice, or a reason to go on unpaid, which is audited (S3)."""
    touch(order.client_id)
    invoice = order.invoice_id and Invoice.objects.get(pk=order.invoice_id)
    if invoice and invoice.status != Invoice.Status.PAID:
        if not unpaid_because:
            raise Refused("The invoice of this order is not paid.")
        record(
            at=at,
            actor=actor,
            action="order.activated_unpaid",
            record=("order", order.pk),
            name=order.number,
            client_id=order.client_id,
            reason=unpaid_because,
            staff_only=True,
        )
    move_order(
        order=order,
        to=Order.Status.ACTIVE,
        only_from=Order.Status.PENDING,
        at=at,
        actor=actor,
        activated_at=order.activated_at or at,
    )


@transaction.atomic
def stop_order_as_fraud(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """A stop under suspicion: nothing is set up, domains become ``fraud``; what runs already is suspended."""
    left = move_order(order=order, to=Order.Status.FRAUD, at=at, actor=actor, reason=reason)
    for service in _services(order):
        if service.status == Service.Status.ACTIVE:
            cause = Service.SuspensionReason.FRAUD
            hosting.suspend_service(service=service, cause=cause, reason=reason, at=at, actor=actor)
    for domain in _domains(order):
        if left == Order.Status.ACTIVE and domain.status == Domain.Status.ACTIVE:
            domains.set_auto_renew(domain=domain, on=False, at=at, actor=actor)
        elif domain.status in (Domain.Status.PENDING, Domain.Status.PENDING_TRANSFER):
            domains.stop_as_fraud(domain=domain, at=at, actor=actor, reason=reason)


@transaction.atomic
def release_order(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """The suspicion is gone: back to ``active`` if it was that before, otherwise to ``pending``.

    Raises ``Refused`` when one of its domain names was taken meanwhile.
    """
    order.refresh_from_db()
    back = Order.Status.ACTIVE if order.activated_at else Order.Status.PENDING
    move_order(
        order=order,
        to=back,
        only_from=Order.Status.FRAUD,
        at=at,
        actor=actor,
        reason=reason,
    )
    for service in _services(order):
        if service.suspension_reason == Service.SuspensionReason.FRAUD:
            hosting.resume_service(service=service, at=at, actor=actor, reason=reason)
    for domain in _domains(order):
        if domain.status == Domain.Status.FRAUD:
            domains.release_from_fraud(domain=domain, at=at, actor=actor, reason=reason)


@transaction.atomic
def cancel_order(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """Nothing of it is delivered: services and domains are cancelled and the open invoice is voided (S4).

    Raises ``Moved`` unless the order is pending or under suspicion, ``Refused`` when something was paid on its invoice.
    """
    touch(order.client_id)
    if order.invoice_id:
        invoice = Invoice.objects.get(pk=order.invoice_id)
        if invoice.status == Invoice.Status.PAID and invoice.total:
            raise Refused("The invoice of this order is paid.")
    move_order(order=order, to=Order.Status.CANCELLED, at=at, actor=actor, reason=reason)
    if order.invoice_id and invoice.status in (Invoice.Status.UNPAID, Invoice.Status.OVERDUE):
        void_invoice(invoice=invoice, reason=reason, at=at, actor=actor)
    for service in _services(order):
        if service.status not in (Service.Status.CANCELLED, Service.Status.TERMINATED):
            hosting.cancel_service(service=service, at=at, actor=actor, reason=reason)
    for domain in _domains(order):
        if domain.status not in (Domain.Status.CANCELLED, Domain.Status.TRANSFERRED_AWAY):
            domains.cancel_domain(domain=domain, at=at, actor=actor, reason=reason)


def _services(order: Order) -> Iterator[Service]:
    return iter(Service.objects.filter(order_unit__item__order=order).order_by("pk"))


def _domains(order: Order) -> Iterator[Domain]:
    return iter(Domain.objects.filter(order_unit__item__order=order).order_by("pk"))
