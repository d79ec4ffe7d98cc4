"""From paid to active: what starts once, whatever paid it, and what staff decide (catalog-and-orders.md 8)."""

from datetime import datetime

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.actions import record
from commerce.billing.models import Invoice
from commerce.billing.reading import is_taken_back
from commerce.domains import actions as domains
from commerce.domains import registering
from commerce.domains.models import Domain
from commerce.hosting import provisioning
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.kit.text import clean
from commerce.orders.actions.states import domains_of, move_order, services_of
from commerce.orders.events import OrderActivated, OrderAwaitingApproval
from commerce.orders.models import Order, OrderItem
from commerce.preferences import current

LONGEST_NOTES = 10_000


@transaction.atomic
def activate_order(*, order: Order, at: datetime, actor: Actor, unpaid_because: str = "") -> None:
    """What was ordered is set up. Needs a paid invoice, or a reason to go on unpaid, which is audited (S3).

    Raises ``Moved`` unless the order is pending: it happens once, whatever paid it.
    """
    touch(order.client_id)
    invoice = order.invoice_id and Invoice.objects.get(pk=order.invoice_id)
    if invoice and (invoice.status != Invoice.Status.PAID or is_taken_back(invoice)):
        if not unpaid_because:
            raise Refused("The invoice of this order is not paid.")
        _note(order, "order.activated_unpaid", at, actor, unpaid_because)
    move_order(
        order=order,
        to=Order.Status.ACTIVE,
        only_from=Order.Status.PENDING,
        at=at,
        actor=actor,
        activated_at=order.activated_at or at,
        on_hold=False,
    )
    set_up(order, at, actor)
    publish(OrderActivated(order.pk), at=at)


def set_up(order: Order, at: datetime, actor: Actor) -> None:
    """Start each service and name that waits: at once, by a job, or by staff, whom the job tells.

    The instant is part of the cause: an order that was stopped and released is set up anew.
    """
    cause = f"order {order.pk} {at.isoformat()}"
    for service in services_of(order):
        provisioning.request_creation(service=service, cause=cause, at=at, actor=actor)
    for domain in domains_of(order):
        _serve(domain, order, at, actor)
        moves = domain.order_unit.item.action == OrderItem.Action.TRANSFER
        request = registering.request_transfer if moves else registering.request_registration
        request(domain=domain, cause=cause, at=at, actor=actor)


def _serve(domain: Domain, order: Order, at: datetime, actor: Actor) -> None:
    """A new name for which nobody chose nameservers has those of the server that its hosting in this order is on."""
    item = domain.order_unit.item
    if item.chose_nameservers or item.action != OrderItem.Action.REGISTER:
        return
    for service in services_of(order):
        if service.domain == domain.domain_name and service.server:
            hosts = service.server.nameservers
            if hosts and hosts != domain.nameservers:
                domains.choose_nameservers(domain=domain, nameservers=hosts, at=at, actor=actor)


@transaction.atomic
def activate_paid_order(*, invoice_id: int, at: datetime, actor: Actor) -> None:
    """What follows from the payment of an order's invoice; nothing, if it has none or went on already."""
    order = Order.objects.filter(invoice_id=invoice_id).first()
    if order is None:
        return
    touch(order.client_id)
    order = Order.objects.select_for_update().get(pk=order.pk)
    paid = Invoice.objects.filter(pk=invoice_id, status=Invoice.Status.PAID).exists()
    if paid and order.status == Order.Status.PENDING:
        follow_payment(order=order, at=at, actor=actor)


def follow_payment(*, order: Order, at: datetime, actor: Actor) -> None:
    """Active at once, or an item for staff: on hold, or where they approve every order."""
    if current.get("orders.auto_approve") and not order.on_hold:
        activate_order(order=order, at=at, actor=actor)
    else:
        # Credit that pays at issue, and the reaction to the payment, both come here.
        publish(OrderAwaitingApproval(order.pk), at=at, once=f"order {order.pk}")


@transaction.atomic
def approve_order(*, order: Order, at: datetime, actor: Actor, unpaid_because: str = "") -> None:
    """Staff let an order go on, and with it a hold. Raises ``Refused`` while it is unpaid, unless they say why."""
    touch(order.client_id)
    order.refresh_from_db()
    activate_order(order=order, at=at, actor=actor, unpaid_because=unpaid_because)


@transaction.atomic
def hold_order(*, order: Order, reason: str, at: datetime, actor: Actor) -> None:
    """Keep a pending order waiting for staff, even once it is paid. Raises ``Moved`` for another one."""
    touch(order.client_id)
    held = Order.objects.filter(pk=order.pk, status=Order.Status.PENDING)
    if not held.update(on_hold=True, hold_reason=reason[:500], changed_at=at):
        raise Moved("Only a pending order can be put on hold.")
    _note(order, "order.held", at, actor, reason)
    order.refresh_from_db()


@transaction.atomic
def note_order(*, order: Order, notes: str, at: datetime, actor: Actor) -> None:
    """Staff write down what they know of an order, in place of what stood there; clients never see it (T9)."""
    touch(order.client_id)
    row = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    text = clean(notes)
    if len(text) > LONGEST_NOTES:
        raise Refused(f"Notes have at most {LONGEST_NOTES} characters.", field="notes")
    if text == row.notes:
        return
    Order.objects.filter(pk=row.pk).update(notes=text)
    record(
        at=at,
        actor=actor,
        action="order.noted",
        record=("order", row.pk),
        name=row.number,
        client_id=row.client_id,
        before={"notes": row.notes},
        after={"notes": text},
        staff_only=True,
    )
    order.refresh_from_db()


def _note(order: Order, action: str, at: datetime, actor: Actor, reason: str) -> None:
    record(
        at=at,
        actor=actor,
        action=action,
        record=("order", order.pk),
        name=order.number,
        client_id=order.client_id,
        reason=reason,
        staff_only=True,
    )
