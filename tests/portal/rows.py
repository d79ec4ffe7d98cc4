"""Records for the portal's tests: each kind in every state, made through the actions."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.actions import draft_invoice, issue_invoice, mark_overdue, void_invoice
from commerce.billing.models import Invoice
from commerce.billing.rules import Line, Tax
from commerce.catalog.actions import create_currency, create_group, create_product
from commerce.catalog.models import Currency, Product
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.hosting import actions as hosting
from commerce.hosting.models import Server, Service
from commerce.kit.actor import SYSTEM
from commerce.orders.actions import (
    activate_order,
    cancel_order,
    place_order,
    stop_order_as_fraud,
)
from commerce.orders.models import Order
from commerce.orders.rules import DomainItem, Item, Option, ProductItem
from commerce.payments.actions import record_payment, refund_payment
from commerce.payments.models import Payment

AT = datetime(2026, 4, 8, 14, 33, 10, tzinfo=UTC)
NAMESERVERS = ("ns1.example.net", "ns2.example.net")
VAT = Tax("S", 19000, "VAT")

_number = count(1)


def make_currencies() -> None:
    """JPY and KWD beside the two that an installation starts with."""
    for code, name in (("JPY", "Yen"), ("KWD", "Kuwaiti dinar")):
        if not Currency.objects.filter(pk=code).exists():
            create_currency(code=code, name=name, at=AT, actor=SYSTEM)


def make_product(name: str = "") -> Product:
    name = name or f"Web Hosting {next(_number)}"
    group = create_group(name=f"Group of {name}", at=AT, actor=SYSTEM)
    return create_product(
        group=group, name=name, at=AT, actor=SYSTEM, description="Fast and quiet."
    )


def make_server() -> Server:
    n = next(_number)
    return hosting.create_server(
        name=f"web{n}", hostname=f"web{n}.example.net", at=AT, actor=SYSTEM
    )


def make_service(
    client: Client, status: str = "active", *, product: Product | None = None, **over: Any
) -> Service:
    """A service in a state; ``cause`` is why it is suspended."""
    at, cause = over.pop("at", AT), over.pop("cause", "overdue")
    values = {"billing_cycle": "monthly", "amount": 500, "currency_code": "EUR"} | over
    service = hosting.create_service(
        client=client, product=product or make_product(), at=at, actor=SYSTEM, **values
    )
    if status in ("active", "suspended", "terminated"):
        hosting.activate_service(
            service=service,
            server=make_server(),
            username=f"user{service.pk}",
            at=at,
            actor=SYSTEM,
        )
    if status == "suspended":
        hosting.suspend_service(service=service, cause=cause, at=at, actor=SYSTEM)
    if status == "cancelled":
        hosting.cancel_service(service=service, at=at, actor=SYSTEM)
    if status == "terminated":
        hosting.terminate_service(service=service, at=at, actor=SYSTEM)
    return service


def make_draft(client: Client, *, amount: int = 10000, currency: str = "EUR") -> Invoice:
    lines = [Line("Web Hosting, monthly", amount, VAT), Line("Traffic", 7, Tax("Z", 0), 2500)]
    return draft_invoice(
        client=client, kind="manual", currency_code=currency, lines=lines, at=AT, actor=SYSTEM
    )


def make_invoice(client: Client, status: str = "unpaid", **over: Any) -> Invoice:
    """An issued invoice in a state; two lines, two taxes, paid by bank transfer where it is paid."""
    at = over.pop("at", AT)
    invoice = make_draft(client, **over)
    issue_invoice(invoice=invoice, at=at, actor=SYSTEM)
    if status in ("paid", "refunded"):
        payment = pay(invoice, at)
        if status == "refunded":
            refund_payment(payment=payment, reason="asked", at=at, actor=SYSTEM)
    if status == "overdue":
        mark_overdue(invoice=invoice, at=at + timedelta(days=30), actor=SYSTEM)
    if status == "cancelled":
        void_invoice(invoice=invoice, reason="mistake", at=at, actor=SYSTEM)
    invoice.refresh_from_db()
    return invoice


def pay(invoice: Invoice, at: datetime) -> Payment:
    return record_payment(
        invoice=invoice,
        gateway="bank_transfer",
        transaction_id=f"t{next(_number)}",
        amount=invoice.total,
        currency_code=invoice.currency_id,
        received_on=at.date(),
        at=at,
        actor=SYSTEM,
    )


def make_domain(client: Client, status: str = "active", **over: Any) -> Domain:
    """A domain in a state, registered a year before ``expiry``."""
    at, expiry = over.pop("at", AT), over.pop("expiry", date(2027, 4, 8))
    values = {
        "domain_name": f"example{next(_number)}.com",
        "recurring_amount": 1200,
        "currency_code": "EUR",
        "nameservers": NAMESERVERS,
    } | over
    domain = domains.create_domain(client=client, at=at, actor=SYSTEM, **values)
    say = {"domain": domain, "at": at, "actor": SYSTEM}
    if status == "pending_transfer":
        domains.start_transfer(registrar="manual", **say)
    if status in ("active", "expired", "redemption", "transferred_away", "cancelled"):
        registered = expiry - timedelta(days=365)
        domains.confirm_registration(registration_date=registered, expiry_date=expiry, **say)
    after: dict[str, list[Callable[..., None]]] = {
        "expired": [domains.expire_domain],
        "redemption": [domains.expire_domain, domains.enter_redemption],
        "transferred_away": [domains.transfer_away],
        "cancelled": [domains.cancel_domain],
        "fraud": [domains.stop_as_fraud],
    }
    for step in after.get(status, []):
        step(**say)
    return domain


def make_order(
    client: Client, status: str = "pending", *, products: int = 1, names: int = 1, **over: Any
) -> Order:
    """An order in a state: ``products`` items of one service each, ``names`` domains, a discount, a promo code."""
    at = over.pop("at", AT)
    items: list[Item] = [_product_item(make_product()) for _ in range(products)]
    items += [
        DomainItem(
            action="register",
            domain=f"ordered{next(_number)}.com",
            unit_amount=1200,
            renewal=1200,
            nameservers=NAMESERVERS,
            tax=VAT,
        )
        for _ in range(names)
    ]
    values = {"placed_by": None, "promo_code": "SPRING", "currency_code": "EUR"} | over
    order = place_order(
        client=client, items=items, key=f"key{next(_number)}", at=at, actor=SYSTEM, **values
    )
    say = {"order": order, "at": at, "actor": SYSTEM}
    if status == "active":
        pay(order.invoice, at)
        activate_order(**say)
    if status == "fraud":
        stop_order_as_fraud(reason="looks odd", **say)
    if status == "cancelled":
        cancel_order(reason="changed his mind", **say)
    return order


def _product_item(product: Product) -> ProductItem:
    return ProductItem(
        product_id=product.pk,
        product_name=product.name,
        billing_cycle="monthly",
        base=900,
        setup_fee=100,
        options=(Option("Backup", "Daily", 100),),
        discount=200,
        domain=f"site{product.pk}.com",
        tax=VAT,
    )
