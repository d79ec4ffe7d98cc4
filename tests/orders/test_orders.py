"""Placing an order and what becomes of it (catalog-and-orders.md 5, 7 and 8)."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from commerce.accounts.actions.clients import close_client, suspend_client
from commerce.audit.models import AuditEntry
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import price_lines
from commerce.billing.models import Invoice
from commerce.catalog.quote import ChosenOption
from commerce.domains.models import Domain
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.orders.actions.cancelling import cancel_order, cancel_unpaid_order
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import activate_order
from commerce.orders.cart_lines import ProductCartLine
from commerce.orders.models import Order, OrderItem
from commerce.orders.order_lines import DomainOrderLine, OrderLine, ProductOrderLine, invoice_lines
from commerce.orders.quote import QuoteLine, quote_order
from commerce.orders.rules import order_totals
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.priced_orders import place_priced_order

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
DISK = ChosenOption("Extra storage", "50 GB", 300)


def services(order: Order) -> list[str]:
    return list(
        Service.objects.filter(order_unit__item__order=order).values_list("status", flat=True)
    )


def test_an_order_makes_items_services_domains_and_an_invoice() -> None:
    product = make.make_product(prices=[("EUR", "monthly", 1200)])
    order = make.make_order(
        items=[
            make.make_item(product=product, qty=3, options=[DISK, ChosenOption("PHP", "8.4")]),
            make.make_domain_item(domain="acme.example", years=2),
        ],
        promo_code="SPRING20",
    )
    assert (order.status, order.number) == ("pending", f"ORD-{order.pk:04d}")
    hosting, domain = order.items.order_by("position")
    assert (hosting.qty, hosting.unit_amount, hosting.product_name) == (3, 1500, product.name)
    assert (domain.qty, domain.unit_amount, domain.billing_cycle) == (2, 1000, "annually")
    assert (domain.product_name, domain.domain) == ("Domain registration", "acme.example")
    assert (order.subtotal, order.discount) == (3 * 1500 + 2 * 1000, 0)
    assert services(order) == ["pending"] * 3
    service = Service.objects.first()
    assert service is not None
    assert service.amount == 1500
    assert service.options == [
        {"name": "Extra storage", "value": "50 GB", "amount": 300},
        {"name": "PHP", "value": "8.4", "amount": 0},
    ]
    made = Domain.objects.get()
    assert (made.status, made.term_years, made.recurring_amount) == ("pending", 2, 2400)
    assert order.invoice is not None
    assert (order.invoice.kind, order.invoice.status) == ("order", "unpaid")
    assert order.invoice.total == order.total == 7800


def test_the_lines_say_what_is_charged() -> None:
    item = ProductOrderLine(
        product_id=1,
        product_name="Business hosting",
        billing_cycle="monthly",
        base=1200,
        qty=2,
        options=(DISK, ChosenOption("PHP", "8.4")),
        setup_fee=500,
        promo_discounts=(300, 300),
        promo_code="SPRING20",
    )
    assert [(line.description, line.quantity_milli, line.amount) for line in item.lines()] == [
        ("Business hosting, monthly (billing starts on activation); PHP: 8.4", 2000, 2400),
        ("Business hosting: Extra storage, 50 GB", 2000, 600),
        ("Business hosting: setup fee", 2000, 1000),
        ("Business hosting: promo code SPRING20", 1000, -600),
    ]
    assert (item.unit_amount, item.recurring(), item.subtotal) == (1500, 1500, 4000)
    once = ProductOrderLine(product_id=1, product_name="Move", billing_cycle="one_time", base=1)
    assert once.lines()[0].description == "Move, one-time"


def test_a_transfer_is_one_and_contains_a_year() -> None:
    item = DomainOrderLine(
        action="transfer", domain="acme.example", tld="example", unit_amount=900, renewal=1000
    )
    assert (item.product_name, item.qty, item.subtotal) == ("Domain transfer", 1, 900)
    assert item.lines()[0].description == "Domain transfer: acme.example (1 year)"


ITEMS = st.builds(
    ProductOrderLine,
    product_id=st.just(1),
    product_name=st.just("Hosting"),
    billing_cycle=st.just("monthly"),
    base=st.integers(0, 10**7),
    qty=st.integers(1, 100),
    setup_fee=st.integers(0, 10**6),
    tax=st.just(make.VAT),
) | st.builds(
    DomainOrderLine,
    action=st.sampled_from(["register", "transfer"]),
    domain=st.just("acme.example"),
    tld=st.just("example"),
    unit_amount=st.integers(0, 10**6),
    renewal=st.just(1),
    years=st.integers(1, 10),
    tax=st.just(make.VAT),
)


@given(st.lists(ITEMS, min_size=1, max_size=8))
def test_order_and_invoice_agree(items: list[OrderLine]) -> None:
    """M7, as far as it goes without a cart: subtotal less discount is the invoice's net."""
    priced = price_lines(invoice_lines(items))
    figures = order_totals(priced)
    assert figures.subtotal == sum(item.subtotal for item in items)
    assert figures.total == figures.subtotal - figures.discount + figures.tax_amount


@pytest.mark.parametrize(("recurs", "renews_at"), [(False, 1000), (True, 900)])
def test_a_discount_recurs_only_if_the_code_says_so(*, recurs: bool, renews_at: int) -> None:
    product = make.make_product(prices=[("EUR", "monthly", 1000)])
    item = make.make_item(product=product, qty=2, discount=100, discount_recurs=recurs)
    order = make.make_order(items=[item], promo_code="PARTNER10")
    assert (order.subtotal, order.discount, order.tax_amount, order.total) == (2000, 200, 360, 2160)
    assert set(Service.objects.values_list("amount", flat=True)) == {renews_at}


def test_the_form_sent_twice_is_one_order() -> None:
    """R14, one after the other; U8."""
    client = make.make_client()
    first = make.make_order(client, idempotency_key="form-1")
    again = make.make_order(client, idempotency_key="form-1", items=[make.make_domain_item()])
    assert again == first
    assert Order.objects.count() == Invoice.objects.count() == Service.objects.count() == 1
    assert AuditEntry.objects.filter(record_kind="order").count() == 1


def test_the_key_of_another_client_is_no_way_to_his_order() -> None:
    theirs = make.make_order(idempotency_key="form-1")
    mine = make.make_order(idempotency_key="form-1")
    assert mine != theirs
    assert mine.client_id != theirs.client_id


def test_only_an_active_client_orders() -> None:
    for end in (suspend_client, close_client):
        client = make.make_client()
        end(client=client, reason="asked", ctx=CTX)
        with pytest.raises(BusinessError, match="can't place orders"):
            make.make_order(client)
    assert not Order.objects.exists()


def test_a_name_that_is_live_here_leaves_nothing_of_the_order() -> None:
    make.make_domain(domain_name="acme.example")
    with pytest.raises(BusinessError, match="already managed here"):
        make.make_order(items=[make.make_item(), make.make_domain_item(domain="acme.example")])
    assert not Order.objects.exists()
    assert not Invoice.objects.exists()
    assert not Service.objects.exists()


@pytest.mark.parametrize("column", ["group_discount", "promo_discount"])
def test_the_database_refuses_a_discount_above_what_it_discounts(column: str) -> None:
    """M16; of a registration, years are counted."""
    order = make.make_order(items=[make.make_domain_item(years=2), make.make_item(qty=3)])
    for item in order.items.all():
        most = item.qty * item.unit_amount
        row = OrderItem.objects.filter(pk=item.pk)
        row.update(**{column: most})
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**{column: most + 1})


def test_an_empty_order_is_refused() -> None:
    with pytest.raises(BusinessError, match="at least one item"):
        place_priced_order(
            client=make.make_client(),
            placed_by=None,
            lines=[],
            currency_code="EUR",
            idempotency_key="k",
            ctx=CTX,
        )


def test_a_product_is_sold_at_the_price_of_the_catalog_only() -> None:
    product = make.make_product(prices=[("EUR", "monthly", 500)])

    def quoted(billing_cycle: str, currency_code: str) -> QuoteLine:
        line = ProductCartLine(product_id=product.pk, billing_cycle=billing_cycle)
        [entry] = quote_order([line], currency_code=currency_code, on=make.AT.date()).entries
        return entry

    line = quoted("monthly", "EUR").order_line
    assert isinstance(line, ProductOrderLine)
    assert (line.base, line.qty, line.promo_discounts) == (500, 1, ())
    for other in (("monthly", "USD"), ("annually", "EUR")):
        refused = quoted(*other)
        assert refused.order_line is None
        assert refused.problem is not None
        assert refused.problem.code == "product.not_offered"


def test_a_free_order_is_active_at_once() -> None:
    free = make.make_product(prices=[("EUR", "monthly", 0)])
    order = make.make_order(items=[make.make_item(product=free)])
    assert order.invoice is not None
    assert (order.invoice.status, order.status, order.activated_at) == ("paid", "active", make.AT)


def test_an_order_of_staff_may_have_no_invoice() -> None:
    item = replace(make.make_item(), group_discount=100)
    order = make.make_order(with_invoice=False, items=[item])
    run_all_jobs(make.AT)
    assert (order.invoice, order.total) == (None, 480)
    told = OutgoingMail.objects.get(event="order_placed", recipient=order.client.email).values
    amounts = [row["amount"]["money"][0] for row in (*told["items"], *told["sums"])]
    assert amounts == [500, -100, 80, 480]  # discount, tax, and the total that they add up to
    activate_order(order=order, ctx=CTX)
    assert order.status == "active"


def test_active_needs_a_paid_invoice_or_a_reason() -> None:
    """S3."""
    order = make.make_order()
    with pytest.raises(BusinessError, match="The invoice of this order hasn't been paid"):
        activate_order(order=order, ctx=CTX)
    activate_order(order=order, unpaid_because="pays by cheque", ctx=CTX)
    assert AuditEntry.objects.get(action="order.activated_unpaid").reason == "pays by cheque"


def test_a_pending_order_under_suspicion_is_stopped() -> None:
    order = make.make_order(items=[make.make_item(), make.make_domain_item()])
    stop_order_as_fraud(order=order, reason="asked", ctx=CTX)
    assert (order.status, services(order)) == ("fraud", ["pending"])
    assert Domain.objects.get().status == "fraud"
    release_order(order=order, reason="asked", ctx=CTX)
    assert (order.status, Domain.objects.get().status) == ("pending", "pending")


def test_an_active_order_under_suspicion_is_switched_off() -> None:
    order = make.make_order(status="active", items=[make.make_item(qty=2)])
    first, second = Service.objects.order_by("pk")
    activate_service(service=first, ctx=CTX)
    stop_order_as_fraud(order=order, reason="asked", ctx=CTX)
    first.refresh_from_db()
    assert (first.status, first.suspension_reason) == ("suspended", "fraud")
    release_order(order=order, reason="asked", ctx=CTX)
    assert order.status == "active"
    assert sorted(services(order)) == ["active", "pending"]
    assert second.status == "pending"


def test_what_was_never_active_is_not_released_to_active() -> None:
    order = make.make_order(status="fraud")
    with pytest.raises(StateConflict):
        activate_order(order=order, unpaid_because="no", ctx=CTX)


@pytest.mark.parametrize("status", ["pending", "fraud"])
def test_a_cancelled_order_leaves_nothing_open(status: str) -> None:
    """S4."""
    order = make.make_order(status=status, items=[make.make_item(qty=2), make.make_domain_item()])
    cancel_order(order=order, reason="asked", ctx=CTX)
    assert order.status == "cancelled"
    assert services(order) == ["cancelled", "cancelled"]
    assert Domain.objects.get().status == "cancelled"
    assert order.invoice is not None
    order.invoice.refresh_from_db()
    assert (order.invoice.status, order.invoice.amount_due) == ("cancelled", 0)


def test_what_was_paid_for_a_cancelled_order_becomes_credit() -> None:
    order = make.make_order()
    assert order.invoice is not None
    make.make_payment(order.invoice)
    cancel_order(order=order, reason="asked", ctx=CTX)
    order.invoice.refresh_from_db()
    assert (order.invoice.status, services(order)) == ("refunded", ["cancelled"])
    assert credit_balance(order.client_id, "EUR") == order.total


def test_so_does_a_part_of_it() -> None:
    order = make.make_order()
    assert order.invoice is not None
    make.make_payment(order.invoice, amount=1)
    cancel_unpaid_order(order=order, reason="asked", ctx=CTX)
    order.refresh_from_db()
    assert (order.status, services(order)) == ("cancelled", ["cancelled"])
    assert credit_balance(order.client_id, "EUR") == 1


def test_a_paid_order_is_not_cancelled_as_unpaid() -> None:
    order = make.make_order()
    make.make_payment(order.invoice)
    with pytest.raises(StateConflict):
        cancel_unpaid_order(order=order, reason="asked", ctx=CTX)
    assert services(order) == ["pending"]
