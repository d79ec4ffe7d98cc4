"""Writing an order: items, services, names and the invoice, below both ways of placing one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from commerce.accounts.actions import touch
from commerce.accounts.models import Client, User
from commerce.audit.actions import record
from commerce.billing.actions import draft_invoice, issue_invoice
from commerce.billing.models import Invoice
from commerce.billing.rules import price
from commerce.catalog.models import Product, PromoCode
from commerce.domains.actions import create_domain
from commerce.hosting.actions import create_service
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.orders import rules
from commerce.orders.actions.life import follow_payment
from commerce.orders.events import OrderPlaced
from commerce.orders.models import Order, OrderItem, OrderUnit, PromoUse
from commerce.orders.rules import DomainItem, Item, ProductItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Who places what, when, and from where."""

    client: Client
    placed_by: User | None
    currency_code: str
    key: str
    at: datetime
    actor: Actor
    promo_code: str = ""
    invoiced: bool = True
    address: str | None = None
    network_country: str = ""
    """Of the address, as a trusted proxy tells it; empty where none does."""
    user_agent: str = ""
    hold_reason: str = ""
    prices_include_tax: bool = False
    evidence: Mapping[str, Any] | None = None
    notice: str = ""
    stocked: frozenset[int] = frozenset()
    """Products of whose stock the units were taken."""

    def known_order(self) -> Order | None:
        """The order that this form has made already. Raises ``Refused`` if it is another client's."""
        known = Order.objects.filter(key=self.key).first()
        if known is not None and known.client_id != self.client.pk:
            raise Refused("This order form was used already.")
        return known


def write_order(placing: Placing, items: Sequence[Item], use: PromoCode | None = None) -> Order:
    """The order with all that belongs to it, its invoice issued; active at once when nothing is due.

    ``use`` is the promo code that it uses. The caller holds the client's row. Raises ``Refused`` when a name is live
    here already.
    """
    if placing.client.status != Client.Status.ACTIVE:
        raise Refused(f"This client is {placing.client.status} and cannot order.")
    if not items:
        raise Refused("An order needs at least one item.")
    touch(placing.client.pk)
    order = _create(placing, items)
    if use is not None:
        PromoUse.objects.create(promo=use, order=order, client=placing.client)
    for position, item in enumerate(items, start=1):
        _add(placing, order, position, item)
    if placing.invoiced:
        _invoice(placing, order, items)
    publish(OrderPlaced(order.pk), at=placing.at)
    if order.invoice is not None and order.invoice.status == Invoice.Status.PAID:
        follow_payment(order=order, at=placing.at, actor=placing.actor)
    return order


def _create(placing: Placing, items: Sequence[Item]) -> Order:
    figures = rules.sums(price(rules.lines(items), prices_include_tax=placing.prices_include_tax))
    order = Order.objects.create(
        client=placing.client,
        placed_by=placing.placed_by,
        currency_id=placing.currency_code,
        promo_code=placing.promo_code,
        key=placing.key,
        address=placing.address,
        user_agent=placing.user_agent[:500],
        on_hold=bool(placing.hold_reason),
        hold_reason=placing.hold_reason,
        created_at=placing.at,
        changed_at=placing.at,
        **asdict(figures),
    )
    record(
        at=placing.at,
        actor=placing.actor,
        action="order.placed",
        record=("order", order.pk),
        name=order.number,
        client_id=placing.client.pk,
        after={"total": order.total, "currency": placing.currency_code},
    )
    return order


def _invoice(placing: Placing, order: Order, items: Sequence[Item]) -> None:
    units = OrderUnit.objects.filter(item__order=order)
    shares = rules.shares(items)
    services = units.exclude(service=None).order_by("item__position", "number")
    by_service = {
        pk: shares[position - 1][number - 1]
        for pk, position, number in services.values_list("service_id", "item__position", "number")
        if pk is not None
    }
    invoice = draft_invoice(
        client=placing.client,
        kind=Invoice.Kind.ORDER,
        currency_code=placing.currency_code,
        lines=rules.lines(items),
        at=placing.at,
        actor=placing.actor,
        notes=placing.notice,
        prices_include_tax=placing.prices_include_tax,
        evidence=placing.evidence,
        billed_services=by_service,
        shares=by_service,
        billed_domains=list(units.exclude(domain=None).values_list("domain_id", flat=True)),
    )
    if (invoice.total, invoice.tax_amount) != (order.total, order.tax_amount):
        raise AssertionError("an order and its invoice must agree to the unit (M7)")
    Order.objects.filter(pk=order.pk).update(invoice=invoice)
    issue_invoice(invoice=invoice, at=placing.at, actor=placing.actor)
    order.refresh_from_db()


def _add(placing: Placing, order: Order, position: int, item: Item) -> None:
    """Write one item, and a service for each of its units or the one domain of a domain item."""
    name = isinstance(item, DomainItem)
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
        group_discount=item.group_off,
        promo_discount=item.promo_off,
        stock_taken=item.qty if not name and item.product_id in placing.stocked else 0,
        term_years=item.years if isinstance(item, DomainItem) else None,
        auth_code=item.auth_code if isinstance(item, DomainItem) else "",
        registrant=dict(item.registrant) if isinstance(item, DomainItem) else {},
        extra_fields=dict(item.extra_fields) if isinstance(item, DomainItem) else {},
        chose_nameservers=item.chose_nameservers if isinstance(item, DomainItem) else True,
    )
    if row.list_amount is not None:
        _note_price(placing, order, row)
    if isinstance(item, DomainItem):
        _make_domain(placing, row, item)
    else:
        _make_services(placing, row, item)


def _note_price(placing: Placing, order: Order, row: OrderItem) -> None:
    record(
        at=placing.at,
        actor=placing.actor,
        action="order.price_agreed",
        record=("order", order.pk),
        name=order.number,
        client_id=placing.client.pk,
        before={"unit_amount": row.list_amount},
        after={"position": row.position, "unit_amount": row.unit_amount},
        reason=row.price_reason,
        staff_only=True,
    )


def _make_domain(placing: Placing, row: OrderItem, item: DomainItem) -> None:
    domain = create_domain(
        client=placing.client,
        domain_name=item.domain,
        term_years=item.years,
        recurring_amount=item.recurring(),
        currency_code=placing.currency_code,
        nameservers=item.nameservers,
        auto_renew=item.auto_renew,
        whois_privacy=item.whois_privacy,
        at=placing.at,
        actor=placing.actor,
    )
    OrderUnit.objects.create(item=row, number=1, domain=domain)


def _make_services(placing: Placing, row: OrderItem, item: ProductItem) -> None:
    product = Product.objects.get(pk=item.product_id)
    for unit in range(item.qty):
        service = create_service(
            client=placing.client,
            product=product,
            billing_cycle=item.billing_cycle,
            amount=item.recurring(unit),
            currency_code=placing.currency_code,
            domain=item.domain,
            options=row.options,
            parts=item.parts(unit),
            at=placing.at,
            actor=placing.actor,
        )
        OrderUnit.objects.create(item=row, number=unit + 1, service=service)
