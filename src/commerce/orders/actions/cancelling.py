"""The end of an order, with its services, domains and invoice (catalog-and-orders.md 8)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_text
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.billing.changes.cancellations.actions import carry_out_cancellation
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.actions.settlement import settlement_amounts
from commerce.billing.invoices.queries import amount_credited, is_fully_credited
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES, InvoiceStatus
from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.periods.actions.domain_renewals import abandon_domain_renewal
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.catalog.actions.products import return_stock
from commerce.catalog.models import Stock
from commerce.domains.actions.states import cancel_domain
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.events.publish import publish
from commerce.hosting.models import Service
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.orders.events import OrderCancelled, OrderRejected
from commerce.orders.models import Order
from commerce.orders.rules import ORDER_MOVES, OrderStatus
from commerce.presentation.amounts import format_money


@transaction.atomic
def move_order(
    *,
    order: Order,
    to: OrderStatus,
    ctx: Context,
    only_from: OrderStatus | None = None,
    reason: str = "",
    **changes: Any,
) -> str:
    """Move an order along its table and return the state that it left. Raises ``StateConflict`` if that is not
    allowed.
    """
    bump_revision(order.client_id, ctx)
    return move(
        order,
        to,
        allowed=ORDER_MOVES if only_from is None else {only_from: ORDER_MOVES[only_from]},
        ctx=ctx,
        client_id=order.client_id,
        reason=reason,
        changed_at=ctx.at,
        **changes,
    )


def end_order_blocked_reason(order: Order, ctx: Context) -> StateConflict | None:
    """Staff cancel or reject what waits, or is under suspicion."""
    waits = order.status in (OrderStatus.PENDING, OrderStatus.FRAUD)
    return None if waits else StateConflict("order.not_cancellable")


def cancel_order_blocked_reason(order: Order, ctx: Context) -> StateConflict | None:
    """Staff cancel what is active, too, as long as nothing of it was billed again: only its invoice goes back."""
    if order.status != OrderStatus.ACTIVE:
        return end_order_blocked_reason(order, ctx)
    of_order = Q(service__order_unit__item__order=order) | Q(domain__order_unit__item__order=order)
    periods = BilledPeriod.objects.filter(of_order).exclude(status=BilledPeriodStatus.RELEASED)
    was_billed_again = periods.exclude(invoice=None).exclude(invoice=order.invoice_id).exists()
    return StateConflict("order.billed_again") if was_billed_again else None


def _ran(order: Order, _values: Mapping[str, Any]) -> bool:
    """Whether it has services whose accounts go with it, as by a termination."""
    return order.activated_at is not None


_PASSWORD_HINT = _("Only needed if the order was active. Its accounts are deleted.")


def _what_goes_back(order: Order) -> str:
    """The document that it makes, and what becomes credit by it."""
    invoice = order.invoice
    if invoice is None or invoice.status != InvoiceStatus.PAID or is_fully_credited(invoice):
        return str(_("Payments are added to the client's credit balance."))
    text = _("A credit note over %(amount)s for invoice %(number)s is issued, and becomes credit.")
    left = invoice.total - amount_credited(settlement_amounts(invoice))
    amount = format_money(left, invoice.currency_id)
    return text % {"number": invoice.number, "amount": amount}


@act(
    "order.cancel",
    Order,
    label=_("Cancel order"),
    intro=_what_goes_back,
    done=_("Order canceled."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=cancel_order_blocked_reason,
    asks_password=_ran,
    password_hint=_PASSWORD_HINT,
    is_danger=True,
)
@transaction.atomic
def cancel_order(*, order: Order, reason: Annotated[str, REASON], ctx: Context) -> None:
    """Nothing of it is delivered, or nothing stays: services, names and invoice are taken back, money goes to credit
    (S4).

    Stock and promo use are free again, stock only if the order never became active.
    """
    _end(order, reason, ctx, cancel_order_blocked_reason)
    publish(OrderCancelled(order.pk), at=ctx.at, client_id=order.client_id)


@act(
    "order.reject",
    Order,
    label=_("Reject"),
    intro=_("The client is told, without your reason. Payments are added to their credit balance."),
    done=_("Order rejected. The client is notified without your reason."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=end_order_blocked_reason,
    asks_password=_ran,
    password_hint=_PASSWORD_HINT,
    is_danger=True,
)
@transaction.atomic
def reject_order(*, order: Order, reason: Annotated[str, REASON], ctx: Context) -> None:
    """Staff do not want this order; it ends as a cancelled one, and the client is not told the reason."""
    _end(order, reason, ctx, end_order_blocked_reason)
    publish(OrderRejected(order.pk), at=ctx.at, client_id=order.client_id)


def cancel_unpaid_order_blocked_reason(order: Order, ctx: Context) -> StateConflict | None:
    """Given up is what is pending, with an invoice on which something is still due."""
    unpaid = order.invoice is not None and order.invoice.status in OPEN_INVOICE_STATUSES
    is_open = order.status == OrderStatus.PENDING and unpaid
    return None if is_open else StateConflict("order.not_cancellable")


@transaction.atomic
def cancel_unpaid_order(*, order: Order, reason: str, ctx: Context) -> None:
    """The client or the daily run gives up an unpaid order."""
    _end(order, reason, ctx, cancel_unpaid_order_blocked_reason)
    publish(OrderCancelled(order.pk), at=ctx.at, client_id=order.client_id)


@act(
    "order.cancel_unpaid",
    Order,
    label=_("Cancel order"),
    done=_("Order %(number)s was canceled."),
    member="orders.place",
    blocked=cancel_unpaid_order_blocked_reason,
    is_danger=True,
)
def cancel_own_order(*, order: Order, ctx: Context) -> None:
    """``cancel_unpaid_order`` by the client."""
    cancel_unpaid_order(order=order, reason="Cancelled by the client.", ctx=ctx)


@transaction.atomic
def cancel_order_without_invoice(*, invoice_id: int, ctx: Context) -> None:
    """The invoice of an order was taken back as a whole: an order that was never set up ends with it.

    Nothing for another invoice, and for an order that is active or was so: what runs is staff's to end.
    """
    order = Order.objects.filter(invoice_id=invoice_id, activated_at=None).first()
    if order is None or end_order_blocked_reason(order, ctx):
        return
    if order.invoice is not None and is_fully_credited(order.invoice):
        cancel_order(
            order=order, reason=client_text(order.client, _("The invoice was voided.")), ctx=ctx
        )


def _end(
    order: Order,
    reason: str,
    ctx: Context,
    blocked_reason: Callable[[Order, Context], StateConflict | None],
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
    bump_revision(order.client_id, ctx)
    order.refresh_from_db()
    if blocked := blocked_reason(order, ctx):
        raise blocked
    move_order(order=order, to=OrderStatus.CANCELLED, ctx=ctx, reason=reason)
    if (order.activated_at is None) != never_active:
        raise StateConflict("order.changed_meanwhile")
    for product_id, number in units:
        return_stock(product_id=product_id, units=number)
    if never_active:
        taken.update(stock_taken=0)
    order.promo_uses.all().delete()
    _take_back(order, ctx)
    for service in services_of_order(order):
        carry_out_cancellation(service=service, reason=reason, include_begun_period=True, ctx=ctx)
    for domain in domains_of_order(order):
        end_domain_of_order(domain, reason=reason, ctx=ctx)
    order.items.exclude(auth_code="").update(auth_code="")


def end_domain_of_order(domain: Domain, *, reason: str, ctx: Context) -> None:
    """Nothing more is done or claimed for a name; one that has ended stays as it is."""
    for billed_period in domain.billed_periods.filter(status=BilledPeriodStatus.OPEN):
        abandon_domain_renewal(period=billed_period, ctx=ctx)
    if domain.status not in (DomainStatus.CANCELLED, DomainStatus.TRANSFERRED_AWAY):
        cancel_domain(domain=domain, reason=reason, ctx=ctx)


def _take_back(order: Order, ctx: Context) -> None:
    """Void the open invoice, or credit the paid one in full: what was paid becomes credit.

    The client reads the reason on the credit note, so it is not the one that staff gave.
    """
    if order.invoice_id is None:
        return
    invoice = Invoice.objects.get(pk=order.invoice_id)
    reason = client_text(order.client, _("Order %(number)s was canceled."), number=order.number)
    if invoice.status in OPEN_INVOICE_STATUSES:
        void_invoice(invoice=invoice, reason=reason, release_periods=True, ctx=ctx)
    elif invoice.status == InvoiceStatus.PAID and invoice.total and not is_fully_credited(invoice):
        credit_invoice(invoice=invoice, reason=reason, ctx=ctx)


def services_of_order(order: Order) -> Iterator[Service]:
    """The services made from it, with their products and servers, by id."""
    rows = Service.objects.filter(order_unit__item__order=order)
    return iter(rows.select_related("product", "server").order_by("pk"))


def domains_of_order(order: Order) -> Iterator[Domain]:
    """The names made from it, with their items, by id."""
    rows = Domain.objects.filter(order_unit__item__order=order)
    return iter(rows.select_related("order_unit__item").order_by("pk"))
