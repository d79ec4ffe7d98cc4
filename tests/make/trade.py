"""Products, services, domains, invoices, orders and payments for tests: each in any state, made through the actions."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from commerce.accounts.actions import create_token
from commerce.accounts.models import ApiToken, Client, Membership
from commerce.billing import actions as billing
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.rules import Line, Tax
from commerce.catalog import actions as catalog
from commerce.catalog.models import Currency, Option, Product, ProductGroup
from commerce.domains import actions as domains
from commerce.domains.models import Domain
from commerce.hosting import actions as hosting
from commerce.hosting.models import Server, Service
from commerce.kit.actor import SYSTEM
from commerce.orders import actions as orders
from commerce.orders.models import Order
from commerce.orders.rules import DomainItem, Item
from commerce.payments import actions as payments
from commerce.payments.models import Payment
from tests.make.people import AT, make_client

VAT = Tax("S", 20000, "VAT")
NEW_YORK = Tax("S", 8875, "Sales tax")
REVERSE_CHARGE = Tax("AE", 0, "VAT", "Reverse charge")

_number = count(1)


def make_currency(code: str) -> Currency:
    """A currency; one that is there already, as USD and EUR are from the start, is that."""
    return Currency.objects.filter(pk=code).first() or catalog.create_currency(
        code=code, name=code, at=AT, actor=SYSTEM
    )


def make_group(**over: Any) -> ProductGroup:
    """A product group with a name of its own."""
    values = {"name": f"Web hosting {next(_number)}", "at": AT, "actor": SYSTEM} | over
    return catalog.create_group(**values)


def make_product(*, prices: Sequence[tuple[str, str, int]] = (), **over: Any) -> Product:
    """An active product, in a group of its own unless one is given; ``prices`` are (currency, cycle, minor units)."""
    values = {"name": f"Starter {next(_number)}", "at": AT, "actor": SYSTEM} | over
    values["group"] = values.get("group") or make_group()
    product = catalog.create_product(**values)
    for code, cycle, amount in prices or (("EUR", "monthly", 500),):
        catalog.set_price(
            product=product,
            currency_code=make_currency(code).code,
            billing_cycle=cycle,
            price=amount,
            at=values["at"],
            actor=SYSTEM,
        )
    return product


def make_extra(product: Product, kind: str, price: int = 0) -> Option:
    """A required option of a product; its one value costs ``price`` more in each currency and cycle of the product."""
    who: dict[str, Any] = {"at": AT, "actor": SYSTEM}
    group = catalog.create_option_group(name=f"Extras {next(_number)}", products=[product], **who)
    option = catalog.create_option(group=group, name="Extra", kind=kind, values=["Yes"], **who)
    for row in product.prices.all():
        catalog.set_option_price(
            value=option.values.get(),
            currency_code=row.currency_id,
            billing_cycle=row.billing_cycle,
            price=price,
            **who,
        )
    return option


def make_server(**over: Any) -> Server:
    """A server with a name and hostname of its own."""
    n = next(_number)
    values = {"name": f"web{n}", "hostname": f"web{n}.example.net", "at": AT, "actor": SYSTEM}
    return hosting.create_server(**values | over)


def make_service(
    client: Client | None = None,
    status: str = "active",
    *,
    server: Server | None = None,
    username: str = "",
    cause: str = "overdue",
    **over: Any,
) -> Service:
    """A service in a state; suspended ones for ``cause``. What else differs goes to ``create_service``."""
    values: dict[str, Any] = {"billing_cycle": "monthly", "amount": 500, "currency_code": "EUR"}
    values |= {"at": AT, "actor": SYSTEM} | over
    values["product"] = values.get("product") or make_product()
    service = hosting.create_service(client=client or make_client(), **values)
    say = {"service": service, "at": values["at"], "actor": SYSTEM}
    if status in ("active", "suspended", "terminated"):
        hosting.activate_service(server=server, username=username, **say)
    after: dict[str, Callable[[], None]] = {
        "suspended": lambda: hosting.suspend_service(cause=cause, **say),
        "cancelled": lambda: hosting.cancel_service(**say),
        "terminated": lambda: hosting.terminate_service(**say),
    }
    after.get(status, lambda: None)()
    return service


def make_domain(
    client: Client | None = None,
    status: str = "active",
    *,
    expiry_date: date | None = None,
    **over: Any,
) -> Domain:
    """A domain in a state, registered today for a year. What else differs goes to ``create_domain``."""
    values: dict[str, Any] = {
        "domain_name": f"name{next(_number)}.example",
        "recurring_amount": 1200,
        "currency_code": "EUR",
        "nameservers": ("ns1.example.net", "ns2.example.net"),
        "at": AT,
        "actor": SYSTEM,
    } | over
    domain = domains.create_domain(client=client or make_client(), **values)
    say = {"domain": domain, "at": values["at"], "actor": SYSTEM}
    if status == "pending_transfer":
        domains.start_transfer(registrar="manual", **say)
    if status in ("active", "expired", "redemption", "transferred_away", "cancelled"):
        today: date = values["at"].date()
        domains.confirm_registration(
            registration_date=today, expiry_date=expiry_date or today + timedelta(days=365), **say
        )
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


def make_draft(client: Client | None = None, lines: Sequence[Line] = (), **over: Any) -> Invoice:
    """A draft over one line of 10.00 with VAT, unless ``lines`` are given."""
    values = {"kind": "manual", "currency_code": "EUR", "at": AT, "actor": SYSTEM} | over
    lines = lines or [Line("Starter, monthly", 1000, VAT)]
    return billing.draft_invoice(client=client or make_client(), lines=lines, **values)


def make_invoice(
    client: Client | None = None,
    status: str = "unpaid",
    *,
    lines: Sequence[Line] = (),
    due_date: date | None = None,
    **over: Any,
) -> Invoice:
    """An invoice in a state, issued today; paid by bank transfer where it is paid, marked overdue a day late."""
    invoice = make_draft(client, lines, **over)
    at: datetime = over.get("at", AT)
    if status == "draft":
        return invoice
    billing.issue_invoice(invoice=invoice, at=at, actor=SYSTEM, due_date=due_date)
    assert invoice.due_date is not None
    if status in ("paid", "refunded") and invoice.amount_due:
        payment = make_payment(invoice, at=at)
        if status == "refunded":
            payments.refund_payment(payment=payment, reason="asked", at=at, actor=SYSTEM)
    if status == "overdue":
        late = max(at, at + (invoice.due_date - at.date() + timedelta(days=1)))
        billing.mark_overdue(invoice=invoice, at=late, actor=SYSTEM)
    if status == "cancelled":
        billing.void_invoice(invoice=invoice, reason="mistake", at=at, actor=SYSTEM)
    invoice.refresh_from_db()
    return invoice


def make_credit_note(client: Client | None = None, **over: Any) -> CreditNote:
    """A credit note over all of an unpaid invoice of this client, or over ``amount`` of it (gross)."""
    values: dict[str, Any] = {"reason": "The server was down", "at": AT, "actor": SYSTEM} | over
    invoice = values.pop("invoice", None) or make_invoice(client)
    return billing.credit_invoice(invoice=invoice, **values)


def make_payment(invoice: Invoice | None = None, **over: Any) -> Payment:
    """A booked bank transfer of all that is due on an invoice, unless ``amount`` says otherwise."""
    invoice = invoice or make_invoice()
    at: datetime = over.get("at", AT)
    values: dict[str, Any] = {
        "gateway": "bank_transfer",
        "transaction_id": f"transfer-{next(_number)}",
        "amount": invoice.amount_due,
        "currency_code": invoice.currency_id,
        "received_on": at.date(),
        "at": at,
        "actor": SYSTEM,
    }
    return payments.record_payment(invoice=invoice, **values | over)


def make_order(
    client: Client | None = None,
    status: str = "pending",
    *,
    items: Sequence[Item] = (),
    **over: Any,
) -> Order:
    """An order in a state: one new product monthly unless ``items`` are given; an active one is paid."""
    values: dict[str, Any] = {
        "placed_by": None,
        "currency_code": "EUR",
        "key": f"key-{next(_number)}",
        "at": AT,
        "actor": SYSTEM,
    } | over
    items = items or [make_item(currency_code=values["currency_code"])]
    order = orders.place_order(client=client or make_client(), items=items, **values)
    say = {"order": order, "at": values["at"], "actor": SYSTEM}
    if status == "active" and order.status != "active":
        if order.invoice is not None:
            make_payment(order.invoice, at=values["at"])
        orders.activate_order(**say)
    if status == "fraud":
        orders.stop_order_as_fraud(reason="looked odd", **say)
    if status == "cancelled":
        orders.cancel_order(reason="asked", **say)
    return order


def make_item(*, product: Product | None = None, **over: Any) -> Item:
    """An order item: a product, new unless given, at its price."""
    values = {"billing_cycle": "monthly", "currency_code": "EUR", "tax": VAT} | over
    prices = [(values["currency_code"], values["billing_cycle"], 500)]
    return orders.product_item(product=product or make_product(prices=prices), **values)


def make_domain_item(**over: Any) -> Item:
    """An order item: the registration of a domain for a year."""
    values: dict[str, Any] = {
        "action": "register",
        "domain": f"name{next(_number)}.example",
        "unit_amount": 1000,
        "renewal": 1200,
        "nameservers": ("ns1.example.net", "ns2.example.net"),
        "tax": VAT,
    }
    return DomainItem(**values | over)


def make_token(client: Client | None = None, **over: Any) -> tuple[ApiToken, str]:
    """A token of the client's first owner, and its plain text."""
    client = client or make_client()
    owner = Membership.objects.for_client(client).active_owners().order_by("pk")[0].user
    values = {"maker": owner, "name": f"token {next(_number)}", "at": AT, "actor": SYSTEM} | over
    return create_token(client=client, **values)
