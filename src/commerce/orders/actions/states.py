"""The life of an order, with its services, domains and invoice (catalog-and-orders.md 8)."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.states import move
from commerce.billing.actions import credit_invoice, set_dunning_hold, void_invoice
from commerce.billing.models import Invoice
from commerce.billing.rules import OPEN
from commerce.catalog.actions import return_stock
from commerce.catalog.models import Stock
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.hosting import actions as hosting
from commerce.hosting.models import Service
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved
from commerce.orders.events import OrderCancelled, OrderRejected
from commerce.orders.models import Order
from commerce.orders.rules import ORDER_MOVES

FOR_GOOD = date.max
"""The last day of a hold that only the end of a suspicion lifts."""


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
def stop_order_as_fraud(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """A stop under suspicion: nothing is set up, domains become ``fraud``; what runs already is suspended."""
    left = move_order(order=order, to=Order.Status.FRAUD, at=at, actor=actor, reason=reason)
    for service in services_of(order):
        if service.status == Service.Status.ACTIVE:
            cause = Service.SuspensionReason.FRAUD
            hosting.suspend_service(service=service, cause=cause, reason=reason, at=at, actor=actor)
    for domain in domains_of(order):
        if left == Order.Status.ACTIVE and domain.status == Domain.Status.ACTIVE:
            domains.set_auto_renew(domain=domain, on=False, at=at, actor=actor)
        elif domain.status in (Domain.Status.PENDING, Domain.Status.PENDING_TRANSFER):
            domains.stop_as_fraud(domain=domain, at=at, actor=actor, reason=reason)
    _spare(order, FOR_GOOD, at, actor)


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
    for service in services_of(order):
        if service.suspension_reason == Service.SuspensionReason.FRAUD:
            hosting.resume_service(service=service, at=at, actor=actor, reason=reason)
    for domain in domains_of(order):
        if domain.status == Domain.Status.FRAUD:
            domains.release_from_fraud(domain=domain, at=at, actor=actor, reason=reason)
    _spare(order, None, at, actor)


def _spare(order: Order, until: date | None, at: datetime, actor: Actor) -> None:
    """Nobody is reminded of, charged for or suspended because of an invoice that cannot be paid; None ends that."""
    invoice = Invoice.objects.filter(order=order, status__in=OPEN).first()
    if invoice is None or (until is None and invoice.dunning_hold_until != FOR_GOOD):
        return
    say = {"reason": f"{order.number} is {order.status}"}
    set_dunning_hold(invoice=invoice, until=until, at=at, actor=actor, **say)


@transaction.atomic
def cancel_order(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """Nothing of it is delivered: services, names and invoice are taken back, money goes to credit (S4).

    Stock and promo use are free again, stock only if the order never became active. Raises ``Moved`` unless the order
    is pending or under suspicion.
    """
    _end(order, reason, at, actor)
    publish(OrderCancelled(order.pk), at=at)


@transaction.atomic
def reject_order(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """Staff do not want this order; it ends as a cancelled one, and the client is not told the reason."""
    _end(order, reason, at, actor)
    publish(OrderRejected(order.pk), at=at)


@transaction.atomic
def cancel_unpaid_order(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """The client or the daily run gives up an unpaid order. Raises ``Moved`` if it was paid or changed meanwhile."""
    _end(order, reason, at, actor, only_unpaid=True)
    publish(OrderCancelled(order.pk), at=at)


def is_unpaid(order: Order) -> bool:
    """Pending, with an invoice on which something is still due."""
    pending = order.status == Order.Status.PENDING
    return pending and order.invoice is not None and order.invoice.status in OPEN


def _end(
    order: Order, reason: str, at: datetime, actor: Actor, *, only_unpaid: bool = False
) -> None:
    """Everything that a cancelled order takes back, in the order of locks: stock, client, order, invoice, the rest."""
    never_active = order.activated_at is None
    taken = order.items.filter(stock_taken__gt=0).order_by("product_id")
    units = list(taken.values_list("product_id", "stock_taken")) if never_active else []
    list(Stock.objects.select_for_update().filter(pk__in=[pk for pk, _ in units]).order_by("pk"))
    touch(order.client_id)
    order.refresh_from_db()
    if only_unpaid and not is_unpaid(order):
        raise Moved("This order cannot be cancelled any more.")
    move_order(order=order, to=Order.Status.CANCELLED, at=at, actor=actor, reason=reason)
    if (order.activated_at is None) != never_active:
        raise Moved("This order was changed by somebody else just now.")
    for product_id, number in units:
        return_stock(product_id=product_id, units=number)
    order.promo_uses.all().delete()
    _take_back(order, reason, at, actor)
    for service in services_of(order):
        if service.status not in (Service.Status.CANCELLED, Service.Status.TERMINATED):
            hosting.cancel_service(service=service, at=at, actor=actor, reason=reason)
    for domain in domains_of(order):
        if domain.status not in (Domain.Status.CANCELLED, Domain.Status.TRANSFERRED_AWAY):
            domains.cancel_domain(domain=domain, at=at, actor=actor, reason=reason)
    order.items.exclude(auth_code="").update(auth_code="")


def _take_back(order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """Void the open invoice, or credit the paid one in full: what was paid becomes credit."""
    if order.invoice_id is None:
        return
    invoice = Invoice.objects.get(pk=order.invoice_id)
    if invoice.status in OPEN:
        void_invoice(invoice=invoice, reason=reason, at=at, actor=actor)
    elif invoice.status == Invoice.Status.PAID and invoice.total:
        credit_invoice(invoice=invoice, reason=reason, at=at, actor=actor)


def services_of(order: Order) -> Iterator[Service]:
    """The services made from it, with their products, by id."""
    rows = Service.objects.filter(order_unit__item__order=order)
    return iter(rows.select_related("product").order_by("pk"))


def domains_of(order: Order) -> Iterator[Domain]:
    """The names made from it, with their items, by id."""
    rows = Domain.objects.filter(order_unit__item__order=order)
    return iter(rows.select_related("order_unit__item").order_by("pk"))
