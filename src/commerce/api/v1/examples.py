"""What the description shows as answers: one story, told in the structs that serve, so that it cannot drift.

Acme Hosting Ltd ordered a product and a domain with a promo code, and paid the invoice by bank transfer and credit.
"""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from msgspec.structs import asdict

from commerce.api.v1.domains import Domain
from commerce.api.v1.invoices import Invoice, InvoiceDetail, Line, Payment
from commerce.api.v1.me import Me
from commerce.api.v1.orders import Item, ItemDetail, Order, OrderDetail
from commerce.api.v1.services import Option, Service, ServiceDetail

_encode = msgspec.json.Encoder(decimal_format="number").encode

_PLACED = datetime(2026, 4, 8, 14, 33, 10, tzinfo=UTC)
_PAID = datetime(2026, 4, 9, 8, 2, 45, tzinfo=UTC)
_BEFORE = datetime(2025, 11, 3, 9, 15, tzinfo=UTC)

_ME = Me(
    id=17,
    name="Jane Smith",
    email="billing@acme.example",
    company="Acme Hosting Ltd",
    phone="+44 20 7946 0000",
    address1="1 Harbour Street",
    address2=None,
    city="Bristol",
    state=None,
    postcode="BS1 4DJ",
    country="GB",
    currency_code="GBP",
    status="active",
    created_at=datetime(2025, 11, 3, 9, 10, 31, tzinfo=UTC),
)
_SERVICE = Service(
    id=1042,
    name="Company site",
    domain="acme.example",
    status="active",
    product_name="Business",
    billing_cycle="monthly",
    amount=1200,
    currency_code="GBP",
    next_due_date=date(2026, 5, 9),
    created_at=_PLACED,
)
_OLD_SERVICE = Service(
    id=988,
    name="Starter",
    domain=None,
    status="cancelled",
    product_name="Starter",
    billing_cycle="annually",
    amount=4800,
    currency_code="GBP",
    next_due_date=None,
    created_at=_BEFORE,
)
_SERVICE_DETAIL = ServiceDetail(
    **asdict(_SERVICE),
    registration_date=date(2026, 4, 9),
    suspended_at=None,
    cancelled_at=None,
    cancel_at=None,
    username="acme",
    server_hostname="web1.example.net",
    options=[Option("Backups", "Daily", 200)],
)
_INVOICE = Invoice(
    id=305,
    invoice_number="INV-0305",
    status="paid",
    subtotal=1960,
    tax_amount=392,
    total=2352,
    amount_due=0,
    currency_code="GBP",
    due_date=date(2026, 4, 22),
    paid_at=_PAID,
    created_at=_PLACED,
)
_OLD_INVOICE = Invoice(
    id=219,
    invoice_number="INV-0219",
    status="cancelled",
    subtotal=4800,
    tax_amount=960,
    total=5760,
    amount_due=0,
    currency_code="GBP",
    due_date=date(2025, 11, 17),
    paid_at=None,
    created_at=_BEFORE,
)
_INVOICE_DETAIL = InvoiceDetail(
    **asdict(_INVOICE),
    credit_applied=352,
    notes=None,
    items=[
        Line("Business, monthly (first period from activation)", 1, 1000, 1000, 200, "20.00"),
        Line("Business: Backups, Daily", 1, 200, 200, 40, "20.00"),
        Line("Business: WELCOME20", 1, -240, -240, -48, "20.00"),
        Line("Domain registration: acme.example (1 year)", 1, 1000, 1000, 200, "20.00"),
    ],
    payments=[Payment(412, "bank_transfer", 2000, "GBP", _PAID)],
)
_ORDER_VALUES: dict[str, Any] = {
    "id": 42,
    "order_number": "ORD-0042",
    "status": "active",
    "total": 2352,
    "currency_code": "GBP",
    "created_at": _PLACED,
}
_ORDER = Order(
    **_ORDER_VALUES, items=[Item("Business", 1, 1200), Item("Domain registration", 1, 1000)]
)
_OLD_ORDER = Order(
    id=31,
    order_number="ORD-0031",
    status="cancelled",
    total=5760,
    currency_code="GBP",
    created_at=_BEFORE,
    items=[Item("Starter", 1, 4800)],
)
_ORDER_DETAIL = OrderDetail(
    **_ORDER_VALUES,
    items=[
        ItemDetail("Business", 1, 1200, "monthly", 0, "acme.example"),
        ItemDetail("Domain registration", 1, 1000, "annually", 0, "acme.example"),
    ],
    subtotal=2200,
    discount=240,
    tax_amount=392,
    promo_code="WELCOME20",
    invoice_id=305,
)
_DOMAIN = Domain(
    id=88,
    domain_name="acme.example",
    tld="example",
    status="active",
    registration_date=date(2026, 4, 9),
    expiry_date=date(2027, 4, 9),
    auto_renew=True,
    whois_privacy=True,
    is_locked=True,
    ns1="ns1.example.net",
    ns2="ns2.example.net",
    ns3=None,
    ns4=None,
    next_due_date=date(2027, 4, 9),
)
_MOVING_DOMAIN = Domain(
    id=85,
    domain_name="acme-shop.example",
    tld="example",
    status="pending_transfer",
    registration_date=None,
    expiry_date=None,
    auto_renew=True,
    whois_privacy=False,
    is_locked=True,
    ns1=None,
    ns2=None,
    ns3=None,
    ns4=None,
    next_due_date=None,
)

_ALL: dict[type[msgspec.Struct], list[msgspec.Struct]] = {
    Me: [_ME],
    Service: [_SERVICE, _OLD_SERVICE],
    ServiceDetail: [_SERVICE_DETAIL],
    Invoice: [_INVOICE, _OLD_INVOICE],
    InvoiceDetail: [_INVOICE_DETAIL],
    Order: [_ORDER, _OLD_ORDER],
    OrderDetail: [_ORDER_DETAIL],
    Domain: [_DOMAIN, _MOVING_DOMAIN],
}


def examples(struct: type[msgspec.Struct]) -> list[Any]:
    """Examples of a resource as JSON values, newest first; the first is the one that its list shows first too."""
    return [msgspec.json.decode(_encode(one)) for one in _ALL[struct]]
