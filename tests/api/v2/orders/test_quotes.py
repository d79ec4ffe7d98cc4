"""Quotes: net prices and discounts hold until they expire, and nothing else does (client-api-v2.md 4)."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.options import create_option, create_option_group
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.products import set_product_status, set_stock
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.models import Product, PromoCode
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Order, PriceQuote
from commerce.site_settings.actions import set_setting
from commerce.timetable import PERIODIC_WORK
from tests import make
from tests.api.v2.orders.ordering import body_of, items, money, order, orderer, places, quote
from tests.make import make_token
from tests.make.api import call_api
from tests.make.statements import switch_on_consumers
from tests.make.table_digests import table_digests

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def token(alice: Client) -> str:
    return orderer(alice)


@pytest.fixture
def product(alice: Client) -> Product:
    return make.make_product()


@pytest.fixture
def promo() -> PromoCode:
    return create_promo(code="WELCOME", percent=2000, ctx=CTX)


def reprice(product: Product, price: int) -> None:
    set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=price, ctx=CTX)


def taxed(rate_milli: int) -> None:
    set_setting(key="company.country", value="DE", ctx=CTX)
    set_setting(key="tax.enabled", value="on", ctx=CTX)
    add_tax_rule(
        country="DE",
        category="S",
        rate=rate_milli,
        name="VAT",
        valid_from=(make.AT - timedelta(days=1)).date(),
        ctx=CTX,
    )


@pytest.mark.usefixtures("promo")
def test_a_quote_says_what_the_order_then_costs(token: str, product: Product) -> None:
    taxed(19_000)
    body = {"items": items(product, make.make_product()), "promo_code": "welcome"}
    body["items"][0]["quantity"] = 3
    answer = quote(token, body)
    assert answer.status == 201, answer.body
    made = answer.json["data"]
    assert call_api(f"/api/v2/quotes/{made['id']}", token).json["data"] == made
    assert (made["subtotal"], made["discount"], made["promo_code"]) == (2000, 400, "WELCOME")
    assert made["due_today"] == money(1600 + 304)
    for name in ("subtotal", "discount", "tax_amount"):
        assert sum(one[name] for one in made["lines"]) == made[name]
    assert sum(one["total"] for one in made["lines"]) == 1904
    # The code is for the first period.
    assert [one["total"] for one in made["recurring"]] == [1785, 595]
    done = order(token, {"quote_id": made["id"]}).json["data"]
    assert (done["total"], done["discount"], done["promo_code"]) == (1904, 400, "WELCOME")


def test_a_price_that_staff_changed_holds_for_who_was_quoted_another(
    token: str, product: Product, promo: PromoCode
) -> None:
    group = create_option_group(name="Extras", products=[product], ctx=CTX)
    create_option(group=group, name="Size", kind="dropdown", values=["S"], ctx=CTX)
    made = quote(token, {"items": items(product), "promo_code": "WELCOME"}).json["data"]
    reprice(product, 900)
    PromoCode.objects.filter(pk=promo.pk).update(percent=1000)
    changed = order(token, body_of(product, 500), key="k-2").json
    assert (changed["detail"], changed["expected_total"]) == ("The price is now €9.00.", money(900))
    assert changed["quote"]["due_today"] == money(900)
    anew = order(token, {"quote_id": changed["quote"]["id"]}, key="k-4")
    assert (anew.status, anew.json["data"]["total"]) == (201, 900), anew.body
    for key in ("k-1", "k-3"):
        answer = order(token, {"quote_id": made["id"]}, key=key)
        assert (answer.status, answer.json["data"]["total"]) == (201, 400), answer.body
    renewed = Order.objects.last()
    assert renewed is not None
    assert renewed.items.get().units.get().service.amount == 500


ENDS = {
    "retired": (409, "quote.ended"),
    "cycle": (409, "quote.ended"),
    "promo": (409, "quote.ended"),
    "currency": (409, "quote.ended"),
    "expired": (409, "quote.expired"),
    "stock": (409, "product.sold_out"),
    "used": (409, "promo_code.used_up"),
    "tax": (409, "price.changed"),
    "terms": (422, "order.terms_not_accepted"),
}


@pytest.mark.parametrize("why", ENDS)
def test_what_a_quote_does_not_hold_is_judged_by_the_order(
    alice: Client, token: str, product: Product, promo: PromoCode, why: str
) -> None:
    made = quote(token, {"items": items(product), "promo_code": "WELCOME"}).json["data"]
    if why == "retired":
        set_product_status(product=product, status="retired", ctx=CTX)
    elif why == "cycle":
        product.prices.all().delete()
    elif why == "promo":
        change_promo(promo=promo, is_active=False, ctx=CTX)
    elif why == "currency":
        Client.objects.filter(pk=alice.pk).update(currency_code=make.make_currency("USD").code)
    elif why == "expired":
        PriceQuote.objects.update(expires_at=clock.now())
    elif why == "stock":
        set_stock(product=product, units=0, ctx=CTX)
    elif why == "used":
        change_promo(promo=promo, max_uses=1, ctx=CTX)
        other = orderer(make.make_client(owner="charlie@example.com"))
        assert order(other, body_of(product, 400, promo_code="WELCOME")).status == 201
    elif why == "tax":
        taxed(19_000)
    else:
        set_setting(key="orders.terms_url", value="https://example.com/terms", ctx=CTX)
    answer = order(token, {"quote_id": made["id"]})
    assert (answer.status, answer.json["code"]) == ENDS[why], answer.body
    if why == "tax":
        assert answer.json["detail"] == "The price is now €4.76."
    assert not Order.objects.for_client(alice).exists()


def test_a_quote_is_its_clients_own_and_stands_alone(token: str, product: Product) -> None:
    made = quote(token, {"items": items(product)}).json["data"]
    charlie = orderer(make.make_client(owner="charlie@example.com"))
    assert order(charlie, {"quote_id": made["id"]}).status == 404
    assert call_api(f"/api/v2/quotes/{made['id']}", charlie).status == 404
    assert call_api("/api/v2/quotes", charlie).json["data"] == []
    assert call_api("/api/v2/quotes", token).ids == [made["id"]]
    answer = order(token, body_of(product, 500, quote_id=made["id"], promo_code="X"))
    assert places(answer) == dict.fromkeys(
        ("/items", "/expected_total", "/promo_code"), "not_valid"
    )


def test_a_quote_says_what_the_order_needs(alice: Client, token: str, product: Product) -> None:
    assert quote(token, {"items": items(product)}).json["data"]["needs"] == []
    set_setting(key="orders.terms_url", value="https://example.com/terms", ctx=CTX)
    switch_on_consumers()
    Client.objects.filter(pk=alice.pk).update(company="")
    made = quote(token, {"items": items(product)}).json["data"]
    assert made["needs"] == ["terms", "begin_at_once"]


def test_to_ask_for_a_price_takes_no_more_than_reading(alice: Client, product: Product) -> None:
    reads = make_token(alice, scopes=["catalog:read"], name="reads")[1]
    assert quote(reads, {"items": items(product)}).status == 201
    none = make_token(alice, scopes=["orders:read"], name="none")[1]
    assert quote(none, {"items": items(product)}).json["code"] == "token.scope_missing"


def test_a_key_gives_no_old_quote_again(token: str, product: Product) -> None:
    """It would be one that has expired, at a price that is none any more."""
    headers = {"Idempotency-Key": "k"}
    body = {"items": items(product)}
    made = [
        call_api("/api/v2/quotes", token, method="POST", body=body, headers=headers)
        for _ in range(2)
    ]
    assert len({one.json["data"]["id"] for one in made}) == 2


def test_a_tried_quote_leaves_nothing(token: str, product: Product) -> None:
    before = table_digests()
    answer = quote(token, {"items": items(product)}, query="?dry_run=true")
    assert (answer.status, answer.json["data"]["id"]) == (201, None)
    assert table_digests() == before


def test_a_dry_run_at_another_price_quotes_and_leaves_nothing(token: str, product: Product) -> None:
    before = table_digests()
    answer = order(token, body_of(product, 400), query="?dry_run=true")
    assert (answer.status, answer.json["code"]) == (409, "price.changed")
    assert (answer.json["quote"]["id"], answer.json["quote"]["due_today"]) == (None, money(500))
    assert table_digests() == before


def test_old_quotes_are_forgotten(token: str, product: Product) -> None:
    made = [quote(token, {"items": items(product)}).json["data"]["id"] for _ in range(2)]
    work: Any = next(one.run for one in PERIODIC_WORK if one.name == "price-quotes")
    PriceQuote.objects.filter(key=made[0]).update(expires_at=clock.now() - timedelta(days=2))
    work(clock.now())
    assert [one.key for one in PriceQuote.objects.all()] == [made[1]]
