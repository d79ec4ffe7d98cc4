"""From paid to active: what starts once, whatever paid it, and what staff decide (catalog-and-orders.md 8)."""

from collections.abc import Sequence
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.billing.invoices.queries import is_fully_credited
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice
from commerce.catalog.rules import OrderItemAction
from commerce.db.fast_paths import get_by_pk
from commerce.db.locks import lock
from commerce.domains import registration
from commerce.domains.actions.editing import choose_first_nameservers
from commerce.domains.models import Domain
from commerce.events.publish import publish
from commerce.hosting import provisioning
from commerce.hosting.models import Service
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Line, Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.cancelling import domains_of_order, move_order, services_of_order
from commerce.orders.events import OrderActivated, OrderAwaitingApproval
from commerce.orders.models import Order
from commerce.orders.rules import ORDER_MOVES, OrderStatus
from commerce.site_settings import current


def is_unpaid(order: Order) -> bool:
    """Whether it has an invoice that nobody has paid, or that was given back."""
    if order.invoice_id is None:
        return False
    invoice = get_by_pk(Invoice, order.invoice_id)
    return invoice.status != InvoiceStatus.PAID or is_fully_credited(invoice)


@transaction.atomic
def activate_order(*, order: Order, ctx: Context, unpaid_because: str = "") -> None:
    """What was ordered is set up. Needs a paid invoice, or a reason to go on unpaid, which is audited (S3).

    Raises ``StateConflict`` unless the order is pending: it happens once, whatever paid it.
    """
    bump_revision(order.client_id, ctx)
    if is_unpaid(order):
        if not unpaid_because:
            raise BusinessError("order.invoice_not_paid")
        _note(order, "order.activated_unpaid", ctx, unpaid_because)
    move_order(
        order=order,
        to=OrderStatus.ACTIVE,
        only_from=OrderStatus.PENDING,
        ctx=ctx,
        activated_at=order.activated_at or ctx.at,
        on_hold=False,
    )
    provision_order(order, ctx)
    publish(OrderActivated(order.pk), at=ctx.at, client_id=order.client_id)


def provision_order(order: Order, ctx: Context) -> None:
    """Start each service and name that waits: at once, by a job, or by staff, whom the job tells.

    The instant is part of the cause: an order that was stopped and released is set up anew.
    """
    cause = _cause(order, ctx)
    for service in services_of_order(order):
        provisioning.request_creation(service=service, idempotency_key=cause, ctx=ctx)
    _provision_domains(order, ctx)


def _cause(order: Order, ctx: Context) -> str:
    return f"order {order.pk} {ctx.at.isoformat()}"


def _provision_domains(order: Order, ctx: Context) -> None:
    for domain in domains_of_order(order):
        _serve(domain, order, ctx)
        moves = domain.order_unit.item.action == OrderItemAction.TRANSFER
        request = registration.request_transfer if moves else registration.request_registration
        request(domain=domain, idempotency_key=_cause(order, ctx), ctx=ctx)


def _serve(domain: Domain, order: Order, ctx: Context) -> None:
    """A new name for which nobody chose nameservers has those of the server that its hosting in this order is on."""
    item = domain.order_unit.item
    if item.has_own_nameservers or item.action != OrderItemAction.REGISTER:
        return
    for service in services_of_order(order):
        if service.domain == domain.domain_name and service.server:
            hosts = service.server.nameservers
            if hosts and hosts != domain.nameservers:
                choose_first_nameservers(domain=domain, nameservers=hosts, ctx=ctx)


@transaction.atomic
def activate_paid_order(*, invoice_id: int, ctx: Context) -> None:
    """What follows from the payment of an order's invoice; nothing, if it has none or went on already."""
    order = Order.objects.filter(invoice_id=invoice_id).first()
    if order is None:
        return
    bump_revision(order.client_id, ctx)
    order = lock(order)
    paid = Invoice.objects.filter(pk=invoice_id, status=InvoiceStatus.PAID).exists()
    if paid and order.status == OrderStatus.PENDING:
        continue_paid_order(order=order, ctx=ctx)


def continue_paid_order(*, order: Order, ctx: Context) -> None:
    """Activate a paid order, unless it is on hold or staff approve every order: then it waits for them."""
    if _goes_on(order):
        activate_order(order=order, ctx=ctx)
    else:
        _await_approval(order, ctx)


def continue_new_order(
    *, order: Order, services: Sequence[Service], has_domains: bool, ctx: Context
) -> None:
    """The same of an order that was made and paid in this transaction, with all that was made from it: nobody else
    knows these rows, so that they are neither read again nor locked.
    """
    if not _goes_on(order):
        _await_approval(order, ctx)
        return
    move(
        order,
        OrderStatus.ACTIVE,
        allowed=ORDER_MOVES,
        stored_state=OrderStatus.PENDING,
        ctx=ctx,
        client_id=order.client_id,
        changed_at=ctx.at,
        activated_at=ctx.at,
    )
    for service in services:
        provisioning.request_first_creation(
            service=service, idempotency_key=_cause(order, ctx), ctx=ctx
        )
    if has_domains:
        _provision_domains(order, ctx)
    publish(OrderActivated(order.pk), at=ctx.at, client_id=order.client_id)


def _goes_on(order: Order) -> bool:
    return current.get_setting("orders.auto_approve") and not order.on_hold


def _await_approval(order: Order, ctx: Context) -> None:
    # Credit that pays at issue, and the reaction to the payment, both come here.
    publish(
        OrderAwaitingApproval(order.pk),
        at=ctx.at,
        client_id=order.client_id,
        idempotency_key=f"order {order.pk}",
    )


def pending_order_blocked_reason(order: Order, ctx: Context) -> StateConflict | None:
    """Of all that is done with an order before it is set up."""
    return None if order.status == OrderStatus.PENDING else StateConflict("order.not_pending")


@act(
    "order.approve",
    Order,
    label=_("Approve"),
    intro=_("Its services and domains are set up, and a hold ends."),
    done=_("Order approved. Its services and domains are being set up."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=pending_order_blocked_reason,
    example='order approve ORD-0042 --unpaid-because "pays by check"',
    for_many=True,
)
@transaction.atomic
def approve_order(
    *,
    order: Order,
    ctx: Context,
    unpaid_because: Annotated[
        str,
        Line(
            _("Reason for approving it unpaid"),
            about=_("The invoice stays open. The reason is for staff and the audit log."),
            asked_if=is_unpaid,
        ),
    ] = "",
) -> None:
    """Staff let an order go on, and with it a hold. Raises ``BusinessError`` while it is unpaid, unless they say
    why.
    """
    bump_revision(order.client_id, ctx)
    order.refresh_from_db()
    if blocked := pending_order_blocked_reason(order, ctx):
        raise blocked
    activate_order(order=order, ctx=ctx, unpaid_because=unpaid_because)


def hold_order_blocked_reason(order: Order, ctx: Context) -> StateConflict | None:
    """Once is enough."""
    if reason := pending_order_blocked_reason(order, ctx):
        return reason
    return StateConflict("order.on_hold") if order.on_hold else None


@act(
    "order.hold",
    Order,
    label=_("Put on hold"),
    intro=_("It waits for approval, even after it's paid."),
    done=_("Order on hold until you approve it."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=hold_order_blocked_reason,
    for_many=True,
)
@transaction.atomic
def hold_order(*, order: Order, reason: Annotated[str, REASON], ctx: Context) -> None:
    """Keep a pending order waiting for staff, even once it is paid."""
    bump_revision(order.client_id, ctx)
    if blocked := hold_order_blocked_reason(lock(order), ctx):
        raise blocked
    Order.objects.filter(pk=order.pk).update(on_hold=True, hold_reason=reason, changed_at=ctx.at)
    _note(order, "order.held", ctx, reason)
    order.refresh_from_db()


@act(
    "order.notes",
    Order,
    label=_("Notes"),
    done=_("Notes saved."),
    staff=StaffPermission.ORDERS_MANAGE,
    example='order notes ORD-0042 --notes "Call first"',
)
@transaction.atomic
def set_order_notes(
    *,
    order: Order,
    notes: Annotated[
        str,
        Text(_("Notes"), about=_("Clients never see them."), most=10_000, least=0, edits="notes"),
    ],
    ctx: Context,
) -> None:
    """Staff write down what they know of an order, in place of what stood there; clients never see it (T9)."""
    bump_revision(order.client_id, ctx)
    row = lock(order)
    if notes == row.notes:
        return
    Order.objects.filter(pk=row.pk).update(notes=notes)
    write_audit_entry(
        ctx=ctx,
        action="order.noted",
        record=("order", row.pk),
        name=row.number,
        client_id=row.client_id,
        before={"notes": row.notes},
        after={"notes": notes},
        staff_only=True,
    )
    order.refresh_from_db()


def _note(order: Order, action: str, ctx: Context, reason: str) -> None:
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("order", order.pk),
        name=order.number,
        client_id=order.client_id,
        reason=reason,
        staff_only=True,
    )
