"""The end of an order, with its services, domains and invoice (catalog-and-orders.md 8)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts.actions import touch
from commerce.audit.states import move
from commerce.billing.actions import credit_invoice, void_invoice
from commerce.billing.actions.cancellations import carry_out_cancellation
from commerce.billing.actions.domain_renewals import give_up_renewal
from commerce.billing.models import Claim, Invoice
from commerce.billing.reading import is_taken_back
from commerce.billing.rules import OPEN
from commerce.catalog.actions import return_stock
from commerce.catalog.models import Stock
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved
from commerce.orders.events import OrderCancelled, OrderRejected
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


@transaction.atomic
def cancel_order_without_invoice(*, invoice_id: int, at: datetime, actor: Actor) -> None:
    """The invoice of an order was taken back as a whole: an order that was never set up ends with it.

    Nothing for another invoice, and for an order that is active or was so: what runs is staff's to end.
    """
    waiting = (Order.Status.PENDING, Order.Status.FRAUD)
    order = Order.objects.filter(invoice_id=invoice_id, activated_at=None).first()
    if order is None or order.status not in waiting:
        return
    if order.invoice is not None and is_taken_back(order.invoice):
        cancel_order(order=order, reason=_("Its invoice was taken back."), at=at, actor=actor)


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
    list(
        Stock.objects.select_for_update()
        .filter(pk__in=[pk for pk, _number in units])
        .order_by("pk")
    )
    touch(order.client_id)
    order.refresh_from_db()
    if only_unpaid and not is_unpaid(order):
        raise Moved("This order cannot be cancelled any more.")
    move_order(order=order, to=Order.Status.CANCELLED, at=at, actor=actor, reason=reason)
    if (order.activated_at is None) != never_active:
        raise Moved("This order was changed by somebody else just now.")
    for product_id, number in units:
        return_stock(product_id=product_id, units=number)
    if never_active:
        taken.update(stock_taken=0)
    order.promo_uses.all().delete()
    _take_back(order, at, actor)
    say: dict[str, Any] = {"at": at, "actor": actor}
    for service in services_of(order):
        carry_out_cancellation(service=service, reason=reason, begun=True, **say)
    for domain in domains_of(order):
        end_domain(domain, reason=reason, **say)
    order.items.exclude(auth_code="").update(auth_code="")


def end_domain(domain: Domain, *, reason: str, at: datetime, actor: Actor) -> None:
    """Nothing more is done or claimed for a name; one that has ended stays as it is."""
    for claim in domain.claims.filter(status=Claim.Status.OPEN):
        give_up_renewal(claim=claim, at=at, actor=actor)
    if domain.status not in (Domain.Status.CANCELLED, Domain.Status.TRANSFERRED_AWAY):
        domains.cancel_domain(domain=domain, reason=reason, at=at, actor=actor)


def _take_back(order: Order, at: datetime, actor: Actor) -> None:
    """Void the open invoice, or credit the paid one in full: what was paid becomes credit.

    The client reads the reason on the credit note, so it is not the one that staff gave.
    """
    if order.invoice_id is None:
        return
    invoice = Invoice.objects.get(pk=order.invoice_id)
    say: dict[str, Any] = {
        "reason": _("Order %(number)s was cancelled.") % {"number": order.number},
        "at": at,
        "actor": actor,
    }
    if invoice.status in OPEN:
        void_invoice(invoice=invoice, release=True, **say)
    elif invoice.status == Invoice.Status.PAID and invoice.total and not is_taken_back(invoice):
        credit_invoice(invoice=invoice, **say)


def services_of(order: Order) -> Iterator[Service]:
    """The services made from it, with their products and servers, by id."""
    rows = Service.objects.filter(order_unit__item__order=order)
    return iter(rows.select_related("product", "server").order_by("pk"))


def domains_of(order: Order) -> Iterator[Domain]:
    """The names made from it, with their items, by id."""
    rows = Domain.objects.filter(order_unit__item__order=order)
    return iter(rows.select_related("order_unit__item").order_by("pk"))
