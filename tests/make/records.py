"""Products, services, domains, invoices, orders and payments for tests: each in any state, made through the actions."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from commerce.accounts.actions.api_writes.operations import record_operation
from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.models import ApiOperation, ApiToken, Client, Membership
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.actions.drafts import draft_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.rules import DraftLine, LineTax
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.catalog.actions.currencies import create_currency
from commerce.catalog.actions.options import create_option, create_option_group, set_option_price
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.product_settings import create_product
from commerce.catalog.actions.products import create_product_group
from commerce.catalog.models import Currency, Option, Product, ProductGroup, ServerGroup
from commerce.domains.actions.editing import create_domain
from commerce.domains.actions.states import (
    cancel_domain,
    confirm_domain_registration,
    expire_domain,
    mark_domain_transferred_away,
    move_domain_into_redemption,
    start_domain_transfer,
    stop_domain_as_fraud,
)
from commerce.domains.models import Domain
from commerce.hosting.actions.editing import create_service
from commerce.hosting.actions.server_groups import create_server_group
from commerce.hosting.actions.servers import create_server
from commerce.hosting.actions.states import (
    activate_service,
    cancel_service,
    suspend_service,
    terminate_service,
)
from commerce.hosting.models import Server, Service
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.cancelling import cancel_order
from commerce.orders.actions.fraud import stop_order_as_fraud
from commerce.orders.actions.lifecycle import activate_order
from commerce.orders.models import Order
from commerce.orders.order_lines import DomainOrderLine, OrderLine
from commerce.payments.actions.booking import record_payment
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.models import Payment
from tests.make.payments import refund_whole_payment
from tests.make.people import AT, make_client
from tests.make.priced_orders import place_priced_order, product_order_line

VAT = LineTax("S", 20000, "VAT")
NEW_YORK = LineTax("S", 8875, "Sales tax")
REVERSE_CHARGE = LineTax("AE", 0, "VAT", "Reverse charge")

_number = count(1)


def make_currency(code: str) -> Currency:
    """A currency; one that is there already, as USD and EUR are from the start, is that."""
    try:
        return Currency.objects.get(code=code)
    except Currency.DoesNotExist:
        return create_currency(code=code, name=code, ctx=Context(AT, SYSTEM))


def make_group(*, at: datetime = AT, **over: Any) -> ProductGroup:
    """A product group with a name of its own."""
    values = {"name": f"Web hosting {next(_number)}", "ctx": Context(at, SYSTEM)} | over
    return create_product_group(**values)


def make_product(
    *, prices: Sequence[tuple[str, str, int]] = (), at: datetime = AT, **over: Any
) -> Product:
    """An active product, in a group of its own unless one is given; ``prices`` are (currency, cycle, minor units)."""
    values = {"name": f"Starter {next(_number)}", "ctx": Context(at, SYSTEM)} | over
    values["group"] = values.get("group") or make_group()
    make_server_group(values.get("server_group"))
    product = create_product(**values)
    for code, cycle, amount in prices or (("EUR", "monthly", 500),):
        set_price(
            product=product,
            currency_code=make_currency(code).code,
            billing_cycle=cycle,
            price=amount,
            ctx=Context(at, SYSTEM),
        )
    return product


def make_required_option(product: Product, kind: str, price: int = 0) -> Option:
    """A required option of a product; its one value costs ``price`` more in each currency and cycle of the product."""
    ctx = Context(AT, SYSTEM)
    group = create_option_group(name=f"Extras {next(_number)}", products=[product], ctx=ctx)
    option = create_option(group=group, name="Extra", kind=kind, values=["Yes"], ctx=ctx)
    for row in product.prices.all():
        set_option_price(
            value=option.values.get(),
            currency_code=row.currency_id,
            billing_cycle=row.billing_cycle,
            price=price,
            ctx=ctx,
        )
    return option


def make_server(*, at: datetime = AT, **over: Any) -> Server:
    """A server with a name and hostname of its own."""
    n = next(_number)
    values = {"name": f"web{n}", "hostname": f"web{n}.example.net", "ctx": Context(at, SYSTEM)}
    make_server_group(over.get("group"))
    return create_server(**values | over)


def make_server_group(name: str | None) -> None:
    """That servers and products may name it."""
    if name and not ServerGroup.objects.filter(name=name).exists():
        create_server_group(name=name, ctx=Context(AT, SYSTEM))


def make_service(
    client: Client | None = None,
    status: str = "active",
    *,
    server: Server | None = None,
    username: str = "",
    cause: str = "overdue",
    at: datetime = AT,
    **over: Any,
) -> Service:
    """A service in a state; suspended ones for ``cause``. What else differs goes to ``create_service``."""
    values: dict[str, Any] = {"billing_cycle": "monthly", "amount": 500, "currency_code": "EUR"}
    values |= {"ctx": Context(at, SYSTEM)} | over
    values["product"] = values.get("product") or make_product()
    client = client or make_client()
    bump_revision(client.pk, values["ctx"])
    service = create_service(client=client, **values)
    say = {"service": service, "ctx": Context(at, SYSTEM)}
    if status in ("active", "suspended", "terminated"):
        activate_service(server=server, username=username, **say)
    after: dict[str, Callable[[], None]] = {
        "suspended": lambda: suspend_service(suspension_reason=cause, **say),
        "cancelled": lambda: cancel_service(**say),
        "terminated": lambda: terminate_service(**say),
    }
    after.get(status, lambda: None)()
    return service


def make_domain(
    client: Client | None = None,
    status: str = "active",
    *,
    expiry_date: date | None = None,
    at: datetime = AT,
    **over: Any,
) -> Domain:
    """A domain in a state, registered today for a year. What else differs goes to ``create_domain``."""
    values: dict[str, Any] = {
        "domain_name": f"name{next(_number)}.example",
        "recurring_amount": 1200,
        "currency_code": "EUR",
        "nameservers": ("ns1.example.net", "ns2.example.net"),
        "ctx": Context(at, SYSTEM),
    } | over
    client = client or make_client()
    bump_revision(client.pk, values["ctx"])
    domain = create_domain(client=client, **values)
    say = {"domain": domain, "ctx": Context(at, SYSTEM)}
    if status == "pending_transfer":
        start_domain_transfer(registrar="manual", **say)
    if status in ("active", "expired", "redemption", "transferred_away", "cancelled"):
        today: date = at.date()
        confirm_domain_registration(
            registration_date=today, expiry_date=expiry_date or today + timedelta(days=365), **say
        )
    after: dict[str, list[Callable[..., None]]] = {
        "expired": [expire_domain],
        "redemption": [expire_domain, move_domain_into_redemption],
        "transferred_away": [mark_domain_transferred_away],
        "cancelled": [cancel_domain],
        "fraud": [stop_domain_as_fraud],
    }
    for step in after.get(status, []):
        step(**say)
    return domain


def make_draft(
    client: Client | None = None, lines: Sequence[DraftLine] = (), *, at: datetime = AT, **over: Any
) -> Invoice:
    """A draft over one line of 10.00 with VAT, unless ``lines`` are given."""
    values = {"kind": "manual", "currency_code": "EUR", "ctx": Context(at, SYSTEM)} | over
    lines = lines or [DraftLine("Starter, monthly", 1000, VAT)]
    return draft_invoice(client=client or make_client(), lines=lines, **values)


def make_invoice(
    client: Client | None = None,
    status: str = "unpaid",
    *,
    lines: Sequence[DraftLine] = (),
    due_date: date | None = None,
    at: datetime = AT,
    **over: Any,
) -> Invoice:
    """An invoice in a state, issued today; paid by bank transfer where it is paid, marked overdue a day late."""
    invoice = make_draft(client, lines, at=at, **over)
    if status == "draft":
        return invoice
    issue_invoice(vat_refresh=None, invoice=invoice, ctx=Context(at, SYSTEM), due_date=due_date)
    assert invoice.due_date is not None
    if status in ("paid", "refunded") and invoice.amount_due:
        payment = make_payment(invoice, at=at)
        if status == "refunded":
            refund_whole_payment(payment=payment, reason="asked", ctx=Context(at, SYSTEM))
    if status == "overdue":
        late = max(at, at + (invoice.due_date - at.date() + timedelta(days=1)))
        mark_overdue(invoice=invoice, ctx=Context(late, SYSTEM))
    if status == "cancelled":
        void_invoice(invoice=invoice, reason="mistake", ctx=Context(at, SYSTEM))
    invoice.refresh_from_db()
    return invoice


def make_credit_note(client: Client | None = None, *, at: datetime = AT, **over: Any) -> CreditNote:
    """A credit note over all of an unpaid invoice of this client, or over ``amount`` of it (gross)."""
    values: dict[str, Any] = {"reason": "The server was down", "ctx": Context(at, SYSTEM)} | over
    invoice = values.pop("invoice", None) or make_invoice(client)
    return credit_invoice(invoice=invoice, **values)


def make_payment(invoice: Invoice | None = None, *, at: datetime = AT, **over: Any) -> Payment:
    """A booked bank transfer of all that is due on an invoice, unless ``amount`` says otherwise."""
    invoice = invoice or make_invoice()
    values: dict[str, Any] = {
        "gateway": "bank_transfer",
        "transaction_id": f"transfer-{next(_number)}",
        "amount": invoice.amount_due,
        "currency_code": invoice.currency_id,
        "received_on": at.date(),
    } | over
    ctx = values.pop("ctx", Context(at, SYSTEM))
    attempt = values.pop("attempt", None)
    money = ReceivedMoney(**values)
    return record_payment(invoice=invoice, money=money, attempt=attempt, ctx=ctx)


def make_order(
    client: Client | None = None,
    status: str = "pending",
    *,
    items: Sequence[OrderLine] = (),
    at: datetime = AT,
    **over: Any,
) -> Order:
    """An order in a state: one new product monthly unless ``items`` are given; an active one is paid."""
    values: dict[str, Any] = {
        "placed_by": None,
        "currency_code": "EUR",
        "idempotency_key": f"key-{next(_number)}",
        "ctx": Context(at, SYSTEM),
    } | over
    items = items or [make_item(currency_code=values["currency_code"])]
    order = place_priced_order(client=client or make_client(), lines=items, **values)
    say = {"order": order, "ctx": Context(at, SYSTEM)}
    if status == "active" and order.status != "active":
        if order.invoice is not None:
            make_payment(order.invoice, at=at)
        activate_order(**say)
    if status == "fraud":
        stop_order_as_fraud(reason="looked odd", **say)
    if status == "cancelled":
        cancel_order(reason="asked", **say)
    return order


def make_item(*, product: Product | None = None, **over: Any) -> OrderLine:
    """An order item: a product, new unless given, at its price."""
    values = {"billing_cycle": "monthly", "currency_code": "EUR", "tax": VAT} | over
    prices = [(values["currency_code"], values["billing_cycle"], 500)]
    return product_order_line(product=product or make_product(prices=prices), **values)


def make_domain_item(**over: Any) -> OrderLine:
    """An order item: the registration of a domain for a year."""
    values: dict[str, Any] = {
        "action": "register",
        "domain": f"name{next(_number)}.example",
        "tld": "example",
        "unit_amount": 1000,
        "renewal": 1200,
        "nameservers": ("ns1.example.net", "ns2.example.net"),
        "tax": VAT,
    }
    return DomainOrderLine(**values | over)


def make_token(
    client: Client | None = None, *, at: datetime = AT, **over: Any
) -> tuple[ApiToken, str]:
    """A token of the client's first owner, and its plain text."""
    client = client or make_client()
    owner = Membership.objects.for_client(client).active_owners().order_by("pk")[0].user
    values = {"maker": owner, "name": f"token {next(_number)}", "ctx": Context(at, SYSTEM)} | over
    return create_token(client=client, **values)


def make_operation(client: Client, token_id: int, job: Job | None = None) -> ApiOperation:
    """An operation of a token about a domain, which a job carries; done already without one."""
    return record_operation(
        client_id=client.pk,
        token_id=token_id,
        act="domain.unlock",
        record=("domain", 7),
        carrier=("job", job and job.pk),
        ctx=Context(AT, SYSTEM),
    )
