"""Writing an order: items, services, names and the invoice, below both ways of placing one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from commerce.accounts.actions.clients import bump_revision
from commerce.accounts.models import Client, User
from commerce.accounts.rules import ClientStatus
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.actions.drafts import draft_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.rules import InvoiceKind, InvoiceStatus, price_lines
from commerce.catalog.models import Product, PromoCode
from commerce.domains.actions.editing import create_domain
from commerce.events.publish import publish
from commerce.hosting.actions.editing import create_service
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.orders import rules
from commerce.orders.actions.lifecycle import continue_paid_order
from commerce.orders.events import OrderPlaced
from commerce.orders.models import Order, OrderItem, OrderUnit, PromoUse
from commerce.orders.rules import DomainOrderLine, OrderLine, ProductOrderLine


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """Who places what, when, and from where."""

    client: Client
    placed_by: User | None
    currency_code: str
    idempotency_key: str
    ctx: Context
    promo_code: str = ""
    with_invoice: bool = True
    address: str | None = None
    network_country: str = ""
    """Of the address, as a trusted proxy tells it; empty where none does."""
    user_agent: str = ""
    hold_reason: str = ""
    prices_include_tax: bool = False
    evidence: Mapping[str, Any] | None = None
    notice: str = ""
    products_from_stock: frozenset[int] = frozenset()
    """Products of whose stock the units were taken."""

    def existing_order(self) -> Order | None:
        """The order that this form has made already. Raises ``BusinessError`` if it is another client's."""
        known = Order.objects.filter(idempotency_key=self.idempotency_key).first()
        if known is not None and known.client_id != self.client.pk:
            raise BusinessError("order.form_used")
        return known


def create_order(
    request: OrderRequest, lines: Sequence[OrderLine], promo: PromoCode | None = None
) -> Order:
    """The order with all that belongs to it, its invoice issued; active at once when nothing is due.

    ``promo`` is the promo code that it uses. The caller holds the client's row. Raises ``BusinessError`` when a name
    is live here already.
    """
    if request.client.status != ClientStatus.ACTIVE:
        raise BusinessError("order.client_not_active", status=request.client.status)
    if not lines:
        raise BusinessError("order.no_items")
    bump_revision(request.client.pk)
    order = _create(request, lines)
    if promo is not None:
        PromoUse.objects.create(promo=promo, order=order, client=request.client)
    for position, item in enumerate(lines, start=1):
        _add(request, order, position, item)
    if request.with_invoice:
        _invoice(request, order, lines)
    publish(OrderPlaced(order.pk), at=request.ctx.at, client_id=request.client.pk)
    if order.invoice is not None and order.invoice.status == InvoiceStatus.PAID:
        continue_paid_order(order=order, ctx=request.ctx)
    return order


def _create(request: OrderRequest, items: Sequence[OrderLine]) -> Order:
    figures = rules.order_totals(
        price_lines(rules.invoice_lines(items), prices_include_tax=request.prices_include_tax)
    )
    order = Order.objects.create(
        client=request.client,
        placed_by=request.placed_by,
        currency_id=request.currency_code,
        promo_code=request.promo_code,
        idempotency_key=request.idempotency_key,
        address=request.address,
        user_agent=request.user_agent[:500],
        on_hold=bool(request.hold_reason),
        hold_reason=request.hold_reason,
        created_at=request.ctx.at,
        changed_at=request.ctx.at,
        **asdict(figures),
    )
    write_audit_entry(
        ctx=request.ctx,
        action="order.placed",
        record=("order", order.pk),
        name=order.number,
        client_id=request.client.pk,
        after={"total": order.total, "currency": request.currency_code},
    )
    return order


def _invoice(request: OrderRequest, order: Order, items: Sequence[OrderLine]) -> None:
    units = OrderUnit.objects.filter(item__order=order)
    shares = rules.unit_shares(items)
    services = units.exclude(service=None).order_by("item__position", "number")
    by_service = {
        pk: shares[position - 1][number - 1]
        for pk, position, number in services.values_list("service_id", "item__position", "number")
        if pk is not None
    }
    invoice = draft_invoice(
        client=request.client,
        kind=InvoiceKind.ORDER,
        currency_code=request.currency_code,
        lines=rules.invoice_lines(items),
        ctx=request.ctx,
        notes=request.notice,
        prices_include_tax=request.prices_include_tax,
        tax_evidence=request.evidence,
        billed_services=by_service,
        shares=by_service,
        billed_domains=list(units.exclude(domain=None).values_list("domain_id", flat=True)),
    )
    if (invoice.total, invoice.tax_amount) != (order.total, order.tax_amount):
        raise AssertionError("an order and its invoice must agree to the unit (M7)")
    Order.objects.filter(pk=order.pk).update(invoice=invoice)
    issue_invoice(invoice=invoice, ctx=request.ctx)
    order.refresh_from_db()


def _add(request: OrderRequest, order: Order, position: int, item: OrderLine) -> None:
    """Write one item, and a service for each of its units or the one domain of a domain item."""
    name = isinstance(item, DomainOrderLine)
    row = OrderItem.objects.create(
        order=order,
        position=position,
        action=item.action,
        product_id=item.product_id,
        product_name=item.product_name,
        billing_cycle=item.billing_cycle,
        qty=item.qty,
        unit_amount=item.unit_amount,
        list_amount=item.list_amount,
        price_reason=item.price_reason,
        setup_fee=item.setup_fee,
        options=[asdict(option) for option in item.options],
        domain=item.domain,
        group_discount=item.total_group_discount,
        promo_discount=item.total_promo_discount,
        stock_taken=item.qty if not name and item.product_id in request.products_from_stock else 0,
        term_years=item.years if isinstance(item, DomainOrderLine) else None,
        auth_code=item.auth_code if isinstance(item, DomainOrderLine) else "",
        registrant=dict(item.registrant) if isinstance(item, DomainOrderLine) else {},
        extra_fields=dict(item.extra_fields) if isinstance(item, DomainOrderLine) else {},
        has_own_nameservers=item.has_own_nameservers if isinstance(item, DomainOrderLine) else True,
    )
    if row.list_amount is not None:
        _note_price(request, order, row)
    if isinstance(item, DomainOrderLine):
        _make_domain(request, row, item)
    else:
        _make_services(request, row, item)


def _note_price(request: OrderRequest, order: Order, row: OrderItem) -> None:
    write_audit_entry(
        ctx=request.ctx,
        action="order.price_agreed",
        record=("order", order.pk),
        name=order.number,
        client_id=request.client.pk,
        before={"unit_amount": row.list_amount},
        after={"position": row.position, "unit_amount": row.unit_amount},
        reason=row.price_reason,
        staff_only=True,
    )


def _make_domain(request: OrderRequest, row: OrderItem, item: DomainOrderLine) -> None:
    domain = create_domain(
        client=request.client,
        domain_name=item.domain,
        term_years=item.years,
        recurring_amount=item.recurring(),
        currency_code=request.currency_code,
        nameservers=item.nameservers,
        auto_renew=item.auto_renew,
        whois_privacy=item.whois_privacy,
        ctx=request.ctx,
    )
    OrderUnit.objects.create(item=row, number=1, domain=domain)


def _make_services(request: OrderRequest, row: OrderItem, item: ProductOrderLine) -> None:
    product = Product.objects.get(pk=item.product_id)
    for unit in range(item.qty):
        service = create_service(
            client=request.client,
            product=product,
            billing_cycle=item.billing_cycle,
            amount=item.recurring(unit),
            currency_code=request.currency_code,
            domain=item.domain,
            options=row.options,
            parts=item.parts(unit),
            ctx=request.ctx,
        )
        OrderUnit.objects.create(item=row, number=unit + 1, service=service)
