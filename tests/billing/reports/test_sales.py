"""What was invoiced and what sold best, against books that were made by hand (backoffice.md 6)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commerce.billing.invoices.rules import OUTSIDE_SCOPE, DraftLine
from commerce.billing.reports.sales import InvoicedMonth, invoiced_by_month, top_products
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import Product
from commerce.hosting.actions.pricing import change_service_plan
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.plan_changes import ask, pay_request
from tests.make.records import make_credit_note
from tests.make.renewals import make_renewal

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 4, 1), date(2026, 4, 30)


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def test_net_is_invoiced_in_the_month_of_issue_and_taken_back_in_that_of_the_credit_note() -> None:
    lines = [DraftLine("Work", 100_00, make.VAT)]
    make.make_invoice(lines=lines, at=on(1, 31))
    back = make.make_invoice(lines=lines, at=on(2, 1))
    make.make_invoice(lines=lines, at=on(2, 28), currency_code="USD")
    make.make_draft(lines=lines, at=on(2, 28))
    make_credit_note(invoice=back, amount=60_00, ctx=Context(on(3, 3), SYSTEM))
    make.make_invoice(lines=lines, at=on(4, 1))
    assert invoiced_by_month(date(2026, 1, 1), date(2026, 4, 1)) == {
        "EUR": {
            date(2026, 1, 1): InvoicedMonth(100_00),
            date(2026, 2, 1): InvoicedMonth(100_00),
            date(2026, 3, 1): InvoicedMonth(0, 50_00),
        },
        "USD": {date(2026, 2, 1): InvoicedMonth(100_00)},
    }
    assert InvoicedMonth(100_00, 50_00).net == 50_00


def product(name: str, price: int, setup_fee: int = 0) -> Product:
    row = make.make_product(name=name, prices=[("EUR", "monthly", price)])
    if setup_fee:
        set_price(
            product=row,
            currency_code="EUR",
            billing_cycle="monthly",
            price=price,
            setup_fee=setup_fee,
            ctx=Context(make.AT, SYSTEM),
        )
    return row


def test_products_are_told_by_what_was_paid_for_them() -> None:
    starter, business = product("Starter", 5_00, setup_fee=3_00), product("Business", 20_00)
    client = make.make_client()
    items = [
        make.make_item(product=starter, qty=2, discount=1_00),
        make.make_domain_item(unit_amount=10_00),
        make.make_item(product=business),
    ]
    order = make.make_order(client, items=items, at=on(4, 2))
    make.make_payment(order.invoice, at=on(4, 2))
    # Unpaid, paid after the span, and of no product.
    make.make_order(client, items=[make.make_item(product=starter)], at=on(4, 3))
    late = make.make_order(client, items=[make.make_item(product=starter)], at=on(4, 3))
    make.make_payment(late.invoice, at=on(5, 1))
    other = make.make_invoice(client, lines=[DraftLine("Work", 99_00, OUTSIDE_SCOPE)], at=on(4, 4))
    make.make_payment(other, at=on(4, 4))

    found = top_products(FIRST, LAST)
    # Twice 5.00, 3.00 of setup and 1.00 off; three lines
    assert [(one.name, one.amount, one.lines) for one in found["EUR"]] == [
        ("Business", 20_00, 1),
        ("Starter", 14_00, 3),
    ]
    assert [one.name for one in top_products(FIRST, LAST, limit=1)["EUR"]] == ["Business"]


def test_a_renewal_is_its_product_s() -> None:
    starter = product("Starter", 7_00)
    renewal = make_renewal(services=2, product=starter, amount=7_00)
    assert renewal.issue_date == date(2026, 5, 1)
    make.make_payment(renewal, at=on(5, 3))
    [sold] = top_products(date(2026, 5, 1), date(2026, 5, 31))["EUR"]
    assert (sold.product_id, sold.amount, sold.lines) == (starter.pk, 14_00, 2)
    assert top_products(FIRST, LAST) == {}


def become(service: Service, other: Product, at: datetime) -> None:
    """Another product from now on."""
    change_service_plan(
        service=service,
        product=other,
        billing_cycle="monthly",
        amount=20_00,
        options=[],
        price_parts={},
        ctx=Context(at, SYSTEM),
    )


def test_a_past_month_says_what_was_sold_then_whatever_the_service_is_now() -> None:
    """A change to Big on 2 July made the report of June say that Big was sold."""
    small, big = product("Small", 5_00, setup_fee=3_00), product("Big", 20_00)
    ordered = [make.make_item(product=small), make.make_item(product=small, qty=2)]
    order = make.make_order(items=ordered, at=on(4, 2))
    make.make_payment(order.invoice, at=on(4, 2))
    renewal = make_renewal(services=1, product=small, amount=7_00)
    make.make_payment(renewal, at=on(5, 3))
    months = [(FIRST, LAST), (date(2026, 5, 1), date(2026, 5, 31))]
    before = [top_products(*month) for month in months]
    for service in Service.objects.filter(status="pending"):
        activate_service(service=service, ctx=Context(on(4, 2), SYSTEM))
    for service in Service.objects.all():
        become(service, big, on(6, 2))
    assert [top_products(*month) for month in months] == before
    assert [(one.name, one.amount, one.lines) for one in before[0]["EUR"]] == [("Small", 24_00, 4)]
    assert [(one.name, one.amount, one.lines) for one in before[1]["EUR"]] == [("Small", 7_00, 1)]


def test_a_plan_change_sells_the_new_plan() -> None:
    group = make.make_group()
    small = make.make_product(group=group, name="Small", prices=[("EUR", "monthly", 30_00)])
    large = make.make_product(group=group, name="Large", prices=[("EUR", "monthly", 60_00)])
    service = make.make_service(product=small, amount=30_00)
    at = make.AT + timedelta(days=10)
    change = ask(service, large, at)
    invoice = pay_request(change, change.total or 0, at)
    assert invoice is not None
    charged = invoice.lines.filter(amount__gt=0)
    assert set(charged.values_list("product", flat=True)) == {large.pk}
