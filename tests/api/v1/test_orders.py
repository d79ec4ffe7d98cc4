"""``GET /orders`` and ``GET /orders/{id}`` (client-api.md 8)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.catalog.actions.products import rename_product
from commerce.catalog.quote import ChosenOption
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Order, OrderItem
from commerce.orders.order_lines import ProductOrderLine
from commerce.orders.rules import OrderStatus
from tests.api.v1.exact_replies import assert_list, assert_row, statuses
from tests.make import (
    AT,
    VAT,
    make_currency,
    make_domain_item,
    make_draft,
    make_item,
    make_order,
    make_product,
)
from tests.make.api import call_api

pytestmark = pytest.mark.django_db

WHEN = AT.replace(microsecond=654_321)
MORE = ("billing_cycle", "setup_fee", "domain")


def rows(order: Order, items: list[dict[str, Any]], **over: Any) -> tuple[dict[str, Any], ...]:
    """An order as the list shows it, and as it is shown alone, except what only that adds."""
    detailed = {
        "id": order.pk,
        "order_number": f"ORD-{order.pk:04d}",
        "status": "pending",
        "total": 600,
        "currency_code": "EUR",
        "created_at": "2026-04-08T14:33:10Z",
        "items": items,
    } | over
    brief = [{k: v for k, v in item.items() if k not in MORE} for item in items]
    return detailed | {"items": brief}, detailed


def item(name: str, **over: Any) -> dict[str, Any]:
    return {
        "product_name": name,
        "qty": 1,
        "amount": 500,
        "billing_cycle": "monthly",
        "setup_fee": 0,
        "domain": None,
    } | over


def test_everything_of_an_order(alice: Client, token: str) -> None:
    product = make_product(name="Business")
    business = ProductOrderLine(
        product_id=product.pk,
        product_name="Business",
        billing_cycle="annually",
        base=12_000,
        qty=3,
        options=(ChosenOption("Backups", "Daily", 2400),),
        setup_fee=1000,
        promo_discounts=(2000,) * 3,
        promo_code="WELCOME20",
        domain="acme.example",
        tax=VAT,
    )
    name = make_domain_item(domain="acme.example", years=2, unit_amount=1500)
    order = make_order(alice, items=[business, name], promo_code="WELCOME20", at=WHEN)
    # 3 × (144.00 + 10.00) + 2 × 15.00, less 3 × 20.00, and 20 % of that.
    brief, detailed = rows(
        order,
        [
            item(
                "Business",
                qty=3,
                amount=14_400,
                billing_cycle="annually",
                setup_fee=1000,
                domain="acme.example",
            ),
            item(
                "Domain registration",
                qty=2,
                amount=1500,
                billing_cycle="annually",
                domain="acme.example",
            ),
        ],
        total=51_840,
    )
    assert_list(call_api("/orders", token), brief)
    assert_row(
        call_api(f"/orders/{order.pk}", token),
        detailed
        | {
            "subtotal": 49_200,
            "discount": 6000,
            "tax_amount": 8640,
            "promo_code": "WELCOME20",
            "invoice_id": order.invoice_id,
        },
    )
    assert call_api(f"/invoices/{order.invoice_id}", token).json["data"]["total"] == 51_840


def test_what_is_not_known_is_null_and_stays_a_key(alice: Client, token: str) -> None:
    order = make_order(alice, items=[make_item(product=make_product(name="S"))], with_invoice=False)
    brief, detailed = rows(order, [item("S")])
    assert_list(call_api("/orders", token), brief)
    amounts = {"subtotal": 500, "discount": 0, "tax_amount": 100}
    nothing = {"promo_code": None, "invoice_id": None}
    assert_row(call_api(f"/orders/{order.pk}", token), detailed | amounts | nothing)


def test_an_invoice_that_is_still_a_draft_is_not_told(alice: Client, token: str) -> None:
    order = make_order(alice, with_invoice=False)
    Order.objects.filter(pk=order.pk).update(invoice=make_draft(alice))
    assert call_api(f"/orders/{order.pk}", token).json["data"]["invoice_id"] is None


def test_states_outside(alice: Client, token: str) -> None:
    values = {one: [one] for one in ("pending", "active", "fraud", "cancelled")}
    assert set(values) == set(OrderStatus)
    made = {make_order(alice, inside).pk: inside for inside in values}
    assert statuses("/orders", token, values) == made
    for wrong in ("terminated", "expired", "draft", "unpaid"):
        assert call_api(f"/orders?status={wrong}", token).status == 422


@pytest.mark.parametrize(
    ("code", "amount"), [("JPY", 500), ("KWD", 1_234_567), ("USD", 2**53 + 1), ("EUR", 0)]
)
def test_amounts_are_minor_units_of_any_currency(
    alice: Client, token: str, code: str, amount: int
) -> None:
    product = make_product(prices=[(code, "monthly", amount)])
    bought = ProductOrderLine(
        product_id=product.pk, product_name="P", billing_cycle="monthly", base=amount
    )
    make_currency(code)
    order = make_order(alice, items=[bought], currency_code=code)
    data = call_api(f"/orders/{order.pk}", token).json["data"]
    assert (data["currency_code"], data["total"], data["subtotal"]) == (code, amount, amount)
    assert data["items"][0]["amount"] == amount
    assert data["status"] == ("pending" if amount else "active")  # free: nothing to wait for


def test_the_name_of_a_product_is_the_one_that_was_ordered(alice: Client, token: str) -> None:
    product = make_product(name="Starter")
    order = make_order(alice, items=[make_item(product=product)])
    rename_product(product=product, name="Starter 2", ctx=Context(AT, SYSTEM))
    assert (
        call_api(f"/orders/{order.pk}", token).json["data"]["items"][0]["product_name"] == "Starter"
    )


def test_order_numbers_grow_beyond_four_digits(alice: Client, token: str) -> None:
    first = make_order(alice)
    big = 12_345_678
    Order.objects.create(
        **{
            field.attname: getattr(first, field.attname)
            for field in Order._meta.concrete_fields
            if field.attname not in ("id", "idempotency_key", "invoice_id")
        },
        id=big,
        idempotency_key="big",
    )
    answer = call_api("/orders", token)
    assert [row["order_number"] for row in answer.json["data"]] == [
        "ORD-12345678",
        f"ORD-{first.pk:04d}",
    ]
    assert answer.json["data"][0]["items"] == []


def test_items_in_order_of_their_position_whatever_their_ids(alice: Client, token: str) -> None:
    order = make_order(alice, items=[make_item() for _ in range(11)])
    names = list(order.items.order_by("position").values_list("product_name", flat=True))
    for row in OrderItem.objects.filter(order=order):
        OrderItem.objects.filter(pk=row.pk).update(position=row.position + 1000)
    for row in OrderItem.objects.filter(order=order).order_by("-pk"):
        OrderItem.objects.filter(pk=row.pk).update(position=1012 - row.position)
    for answer in (
        call_api("/orders", token).json["data"][0],
        call_api(f"/orders/{order.pk}", token).json["data"],
    ):
        assert [one["product_name"] for one in answer["items"]] == names[::-1]


def test_any_text_comes_back_as_it_was_stored(alice: Client, token: str) -> None:
    text = "</script>\"'\\ 東京 😀 \u202e \u2028 %s %% {0}"
    order = make_order(alice)
    OrderItem.objects.filter(order=order).update(product_name=text, domain="xn--ü\"'.example")
    Order.objects.filter(pk=order.pk).update(promo_code=text)
    data = call_api(f"/orders/{order.pk}", token).json["data"]
    assert (data["promo_code"], data["items"][0]["product_name"]) == (text, text)
    assert data["items"][0]["domain"] == "xn--ü\"'.example"
    assert call_api("/orders", token).json["data"][0]["items"][0]["product_name"] == text


def test_newest_first_then_the_later_id(alice: Client, token: str) -> None:
    made = [make_order(alice, at=AT + timedelta(microseconds=n)).pk for n in (0, 0, 1, 999_999)]
    assert call_api("/orders", token).ids == made[::-1]


def test_nothing_for_staff_or_of_the_caller_is_shown(alice: Client, token: str) -> None:
    order = make_order(
        alice, address="198.51.100.77", user_agent="planted-agent", idempotency_key="planted-key"
    )
    Order.objects.filter(pk=order.pk).update(notes="planted-notes")
    Invoice.objects.filter(pk=order.invoice_id).update(sent_at=AT)
    for target in ("/orders", f"/orders/{order.pk}"):
        body = call_api(target, token).body
        assert b"planted" not in body
        assert b"198.51" not in body
