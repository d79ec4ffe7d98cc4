"""Writing an order as it was quoted: items, services, names and the invoice."""

from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import BigAutoField, CharField

from commerce.accounts.locale import client_language
from commerce.accounts.models import Client, User
from commerce.accounts.rules import ClientStatus
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.actions.drafts import create_draft, record_draft
from commerce.billing.invoices.actions.issuing import due_date_by_settings, issue_locked_draft
from commerce.billing.invoices.rules import InvoiceKind, InvoiceStatus
from commerce.billing.tax.notices import tax_notice
from commerce.billing.tax.rules import VatRefresh
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet, insert_rows, update_if
from commerce.domains.actions.editing import create_domain
from commerce.domains.models import Domain
from commerce.events.publish import publish
from commerce.hosting.actions.editing import create_service
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.orders.actions.lifecycle import continue_new_order
from commerce.orders.events import OrderPlaced
from commerce.orders.models import Order, OrderItem, OrderUnit, PromoUse
from commerce.orders.order_lines import (
    DomainOrderLine,
    OrderLine,
    ProductOrderLine,
    services_of_lines,
)
from commerce.orders.quote import OrderQuote
from commerce.presentation.countries import COUNTRY_CODES
from commerce.site_settings import current

_OF_KEY = CompiledQuerySet(
    lambda: Order.objects.for_client(QueryParam("client", BigAutoField())).filter(
        idempotency_key=QueryParam("key", CharField())
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """Who places what, when, and from where."""

    client: Client
    placed_by: User | None
    currency_code: str
    idempotency_key: str
    vat_refresh: VatRefresh | None
    ctx: Context
    promo_code: str = ""
    with_invoice: bool = True
    address: str | None = None
    network_country: str = ""
    """Of the address, as a trusted proxy tells it; empty where none does."""
    user_agent: str = ""

    def existing_order(self) -> Order | None:
        """The order that this form has made already."""
        found = _OF_KEY.instances(client=self.client.pk, key=self.idempotency_key)
        return found[0] if found else None

    def seen_from(self) -> dict[str, str]:
        """What is known of where the order came from: evidence beside the billing country (billing.md 5.2)."""
        known = self.network_country in COUNTRY_CODES
        evidence = {
            "network_address": self.address,
            "network_country": self.network_country if known else "",
        }
        return {name: value for name, value in evidence.items() if value}


def create_order(
    request: OrderRequest,
    quote: OrderQuote,
    *,
    hold_reason: str = "",
    products_from_stock: Container[int] = (),
) -> Order:
    """The order with all that belongs to it, at the price of the quote, its invoice issued; active at once when nothing
    is due.

    ``products_from_stock`` are those of whose stock the units were taken. The caller locks the client and raises their
    revision. Raises ``BusinessError`` when a name is live here already.
    """
    if request.client.status != ClientStatus.ACTIVE:
        raise BusinessError("order.client_not_active")
    if not quote.order_lines:
        raise BusinessError("order.no_items")
    order = _create(request, quote, hold_reason)
    if quote.promo is not None:
        PromoUse.objects.create(promo=quote.promo, order=order, client=request.client)
    made = _make_items(request, order, quote, products_from_stock)
    if request.with_invoice:
        _invoice(request, order, quote, made)
    publish(OrderPlaced(order.pk), at=request.ctx.at, client_id=request.client.pk)
    if order.invoice is not None and order.invoice.status == InvoiceStatus.PAID:
        services = [one for one in made if isinstance(one, Service)]
        continue_new_order(
            order=order,
            services=services,
            has_domains=len(services) < len(made),
            ctx=request.ctx,
        )
    return order


def _create(request: OrderRequest, quote: OrderQuote, hold_reason: str) -> Order:
    actor = request.ctx.actor
    order = Order(
        client=request.client,
        placed_by=request.placed_by,
        placed_by_staff_id=actor.id if actor.kind == "staff" and not actor.for_client_id else None,
        currency_id=request.currency_code,
        promo_code=quote.promo.code if quote.promo else "",
        idempotency_key=request.idempotency_key,
        address=request.address,
        user_agent=request.user_agent[:500],
        on_hold=bool(hold_reason),
        hold_reason=hold_reason,
        created_at=request.ctx.at,
        changed_at=request.ctx.at,
        **asdict(quote.sums),
    )
    insert_rows(order)
    write_audit_entry(
        ctx=request.ctx,
        action="order.placed",
        record=("order", order.pk),
        name=order.number,
        client_id=request.client.pk,
        after={"total": order.total, "currency": request.currency_code},
    )
    return order


def _invoice(
    request: OrderRequest, order: Order, quote: OrderQuote, made: Sequence[Service | Domain]
) -> None:
    """The invoice of the quote, issued; it says what each line holds of which service."""
    services = [one.pk for one in made if isinstance(one, Service)]
    invoice = create_draft(
        client=request.client,
        kind=InvoiceKind.ORDER,
        currency_code=request.currency_code,
        priced=quote.priced_invoice,
        at=request.ctx.at,
        notes=tax_notice(quote.taxation, request.client),
        tax_evidence=quote.taxation.evidence | request.seen_from(),
        units=services_of_lines(quote.order_lines, services),
        billed_domains=[one.pk for one in made if isinstance(one, Domain)],
    )
    record_draft(invoice, request.ctx)
    update_if(order, {"invoice": invoice}, stored={})
    order.invoice = invoice
    today = current.business_date(request.ctx.at)
    issue_locked_draft(
        invoice=invoice,
        client=request.client,
        due_date=due_date_by_settings(today),
        ctx=request.ctx,
    )


def _make_items(
    request: OrderRequest, order: Order, quote: OrderQuote, products_from_stock: Container[int]
) -> list[Service | Domain]:
    """The items of the order, and what is made of each: a service for each unit of a product, or the one domain."""
    items = [
        _item(request, order, position, line, products_from_stock)
        for position, line in enumerate(quote.order_lines, start=1)
    ]
    insert_rows(*items)
    made: list[Service | Domain] = []
    units: list[OrderUnit] = []
    for item, line in zip(items, quote.order_lines, strict=True):
        if item.list_amount is not None:
            _note_price(request, order, item)
        if item.discount_reason:
            _note_discount(request, order, item)
        if isinstance(line, ProductOrderLine):
            services = _make_services(request, item, line, quote)
            made += services
            numbered = enumerate(services, start=1)
            units += [OrderUnit(item=item, number=number, service=one) for number, one in numbered]
        else:
            domain = _make_domain(request, line)
            made.append(domain)
            units.append(OrderUnit(item=item, number=1, domain=domain))
    insert_rows(*units)
    return made


def _item(
    request: OrderRequest,
    order: Order,
    position: int,
    line: OrderLine,
    products_from_stock: Container[int],
) -> OrderItem:
    of_name: dict[str, Any] = {}
    if isinstance(line, DomainOrderLine):
        of_name = {
            "term_years": line.years,
            "auth_code": line.auth_code,
            "registrant": dict(line.registrant),
            "extra_fields": dict(line.extra_fields),
            "has_own_nameservers": line.has_own_nameservers,
        }
    with client_language(request.client):
        name = line.product_name
    return OrderItem(
        order=order,
        position=position,
        action=line.action,
        product_id=line.product_id,
        product_name=name,
        billing_cycle=line.billing_cycle,
        qty=line.qty,
        unit_amount=line.unit_amount,
        list_amount=line.list_amount,
        price_reason=line.price_reason,
        discount_reason=line.discount_reason,
        setup_fee=line.unit_setup_fee,
        options=line.options_to_keep(),
        domain=line.domain,
        group_discount=line.total_group_discount,
        promo_discount=line.total_promo_discount,
        stock_taken=line.qty if line.product_id in products_from_stock else 0,
        **of_name,
    )


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


def _note_discount(request: OrderRequest, order: Order, row: OrderItem) -> None:
    write_audit_entry(
        ctx=request.ctx,
        action="order.discount_agreed",
        record=("order", order.pk),
        name=order.number,
        client_id=request.client.pk,
        after={"position": row.position, "discount": row.promo_discount},
        reason=row.discount_reason,
        staff_only=True,
    )


def _make_services(
    request: OrderRequest, item: OrderItem, line: ProductOrderLine, quote: OrderQuote
) -> list[Service]:
    return [
        create_service(
            client=request.client,
            product=quote.products[line.product_id],
            billing_cycle=line.billing_cycle,
            amount=line.recurring(unit),
            currency_code=request.currency_code,
            domain=line.domain,
            options=item.options,
            price_parts=line.price_parts(unit),
            ctx=request.ctx,
        )
        for unit in range(line.qty)
    ]


def _make_domain(request: OrderRequest, line: DomainOrderLine) -> Domain:
    return create_domain(
        client=request.client,
        domain_name=line.domain,
        term_years=line.years,
        recurring_amount=line.recurring(),
        currency_code=request.currency_code,
        nameservers=line.nameservers,
        auto_renew=line.auto_renew,
        whois_privacy=line.whois_privacy,
        registrant=dict(line.registrant),
        ctx=request.ctx,
    )
