"""An order under suspicion: what stops with it, and what goes on once that is over (catalog-and-orders.md 8)."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.billing.periods.actions.dunning import release_invoice, stop_invoice
from commerce.billing.periods.dunning_steps import has_suspending_invoice
from commerce.db.locks import lock
from commerce.domains.actions.editing import set_auto_renew
from commerce.domains.actions.states import release_domain_from_fraud, stop_domain_as_fraud
from commerce.domains.rules import DomainStatus
from commerce.hosting import provisioning
from commerce.hosting.actions.editing import change_suspension_reason
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.orders.actions.cancelling import domains_of_order, move_order, services_of_order
from commerce.orders.actions.lifecycle import provision_order
from commerce.orders.models import Order
from commerce.orders.rules import OrderStatus
from commerce.site_settings import current

SUSPENDED_FOR_FRAUD, SUSPENDED_AS_OVERDUE = (
    SuspensionReason.FRAUD,
    SuspensionReason.OVERDUE,
)


def stop_order_blocked_reason(order: Order, ctx: Context) -> StateConflict | None:
    """What was canceled has nothing to stop."""
    if order.status == OrderStatus.CANCELLED:
        return StateConflict("order.canceled")
    return StateConflict("order.under_review") if order.status == OrderStatus.FRAUD else None


@act(
    "order.fraud",
    Order,
    label=_("Suspect fraud"),
    intro=_("Nothing is set up, and services of this order that run are suspended."),
    done=_("Order marked as suspected fraud."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=stop_order_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def stop_order_as_fraud(*, order: Order, reason: Annotated[str, REASON], ctx: Context) -> None:
    """A stop under suspicion: nothing is set up, domains become ``fraud``; what runs already is switched off."""
    bump_revision(order.client_id, ctx)
    if blocked := stop_order_blocked_reason(lock(order), ctx):
        raise blocked
    left = move_order(order=order, to=OrderStatus.FRAUD, ctx=ctx, reason=reason)
    if order.invoice is not None:
        stop_invoice(invoice=order.invoice, ctx=ctx, reason=reason)
    for service in services_of_order(order):
        provisioning.request_stop(service=service, ctx=ctx, reason=reason)
    for domain in domains_of_order(order):
        if left == OrderStatus.ACTIVE and domain.status == DomainStatus.ACTIVE:
            set_auto_renew(domain=domain, enabled=False, ctx=ctx)
        elif domain.status in (DomainStatus.PENDING, DomainStatus.PENDING_TRANSFER):
            stop_domain_as_fraud(domain=domain, ctx=ctx, reason=reason)


def release_order_blocked_reason(order: Order, ctx: Context) -> StateConflict | None:
    """Only a suspicion can be cleared."""
    stopped = order.status == OrderStatus.FRAUD
    return None if stopped else StateConflict("order.not_under_review")


@act(
    "order.release",
    Order,
    label=_("Clear suspicion"),
    done=_("Suspicion cleared."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=release_order_blocked_reason,
)
@transaction.atomic
def release_order(*, order: Order, reason: Annotated[str, REASON], ctx: Context) -> None:
    """The suspicion is gone: back to ``active`` if it was that before, otherwise to ``pending``.

    What an active order has not got yet is set up then. Raises ``BusinessError`` when one of its domain names was taken
    meanwhile.
    """
    bump_revision(order.client_id, ctx)
    order.refresh_from_db()
    if blocked := release_order_blocked_reason(order, ctx):
        raise blocked
    back = OrderStatus.ACTIVE if order.activated_at else OrderStatus.PENDING
    move_order(order=order, to=back, only_from=OrderStatus.FRAUD, ctx=ctx, reason=reason)
    if order.invoice is not None:
        release_invoice(invoice=order.invoice, ctx=ctx, reason=reason)
    for service in services_of_order(order):
        _release(service, reason, ctx)
    for domain in domains_of_order(order):
        if domain.status == DomainStatus.FRAUD:
            release_domain_from_fraud(domain=domain, ctx=ctx, reason=reason)
    if back == OrderStatus.ACTIVE:
        provision_order(order, ctx)


def _release(service: Service, reason: str, ctx: Context) -> None:
    """It runs again, unless it is late: then it stays off for this."""
    off = (service.status, service.suspension_reason) == (
        ServiceStatus.SUSPENDED,
        SUSPENDED_FOR_FRAUD,
    )
    if off and has_suspending_invoice(service, current.business_date(ctx.at)):
        change_suspension_reason(
            service=service, suspension_reason=SUSPENDED_AS_OVERDUE, ctx=ctx, reason=reason
        )
    else:
        provisioning.request_resumption(
            service=service, only_reason=SUSPENDED_FOR_FRAUD, ctx=ctx, reason=reason
        )


def may_create_service(service_id: int, args: Mapping[str, Any]) -> bool:
    """Whether the account of a service may be made: its order is not under suspicion."""
    stopped = Order.objects.filter(status=OrderStatus.FRAUD)
    return not stopped.filter(items__units__service_id=service_id).exists()
