"""Orders by several threads: within the token's limit, one for each key, and beside the checkout of the same client."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from django.db import connection

from commerce.accounts.models import TokenCommitment
from commerce.billing.credit.actions import add_credit
from commerce.catalog.actions.products import set_stock
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Product
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions import carts
from commerce.orders.actions.placing import place_cart
from commerce.orders.cart_lines import cart_fingerprint
from commerce.orders.models import Order
from tests import make
from tests.api.v2.orders.ordering import SCOPES, body_of, money, order, orderer
from tests.api.v2.posting import post
from tests.flows.test_races import at_once
from tests.make.api import ApiAnswer, call_api

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def product(settings: Any) -> Product:
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (100_000, 60)
    return make.make_product()


def test_of_20_acts_of_each_kind_with_either_secret_three_fit_the_limit(settings: Any) -> None:
    """Orders, renewals, payments and switches of auto-renew, each for 12.00, while the token is rotated: half of them
    with the secret of before, and half with the new one as soon as it is there.
    """
    settings.COMMERCE_API_RATE = settings.COMMERCE_API_WRITE_RATE = (100_000, 60)
    product = make.make_product(prices=[("EUR", "monthly", 600)])
    client = make.make_client(owner="alice@example.com")
    scopes = (*SCOPES, "domains:read", "domains:write", "invoices:read")
    token = orderer(client, most=4000, scopes=scopes)
    made: Future[str] = Future()
    total = {"expected_total": money(1200)}
    acts: list[tuple[str, str, Any]] = []
    for _ in range(5):
        renewed, kept = make.make_domain(client), make.make_domain(client, auto_renew=False)
        acts += [
            ("POST", "/orders", body_of(product, 600)),
            ("POST", f"/domains/{renewed.pk}/renewals", total),
            ("PATCH", f"/domains/{kept.pk}", {"auto_renew": True}),
            (
                "POST",
                f"/invoices/{make.make_invoice(client).pk}/pay",
                total | {"payment": "credit"},
            ),
        ]
    # Or it would pay them as they are issued.
    add_credit(client=client, currency_code="EUR", amount=20_000, ctx=CTX)

    def rotate() -> ApiAnswer:
        rotated = post("/api/v2/token/rotate", token, {"overlap_minutes": 60})
        made.set_result(rotated.json["data"]["secret"])
        return rotated

    def send(number: int) -> ApiAnswer:
        method, path, body = acts[number]
        secret = made.result(timeout=30) if number // 4 % 2 else token
        headers = {"Idempotency-Key": f"k-{number}"}
        return call_api(f"/api/v2{path}", secret, method=method, body=body, headers=headers)

    rotated, *answers = at_once([rotate, *(lambda n=n: send(n) for n in range(len(acts)))])
    assert rotated.status == 200
    codes = sorted(one.json.get("code", "") for one in answers)
    assert codes == [""] * 3 + ["token.spending_limit"] * 17
    assert sum(one.amount for one in TokenCommitment.objects.all()) == 3600


def test_a_key_sent_5_times_by_each_of_4_threads_is_one_order(product: Product) -> None:
    token = orderer(make.make_client(owner="alice@example.com"))

    def send() -> list[ApiAnswer]:
        found: list[ApiAnswer] = []
        while len(found) < 5:
            answer = order(token, body_of(product, 500))
            if answer.status == 409:
                assert answer.json["code"] == "idempotency.in_progress"
            else:
                found.append(answer)
        return found

    answers = [one for each in at_once([send] * 4) for one in each]
    assert {one.status for one in answers} == {201}
    assert len({one.body for one in answers}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in answers) == 1
    assert Order.objects.count() == TokenCommitment.objects.count() == 1


def test_the_checkout_and_programs_of_one_client_take_the_last_uses_and_units_once(
    product: Product,
) -> None:
    """Both lock promo code, stock and client in this order."""
    create_promo(code="FEW", percent=2000, max_uses=4, ctx=CTX)
    set_stock(product=product, units=4, ctx=CTX)
    client = make.make_client(owner="alice@example.com")
    token = orderer(client)
    cart = carts.get_or_create_cart(at=make.AT, client=client)
    carts.add_product_to_cart(cart=cart, product=product, billing_cycle="monthly", at=make.AT)
    carts.set_cart_promo(cart=cart, code="FEW", at=make.AT)
    shown = carts.quote_cart(cart, at=make.AT)

    def check_out() -> Order:
        return place_cart(
            cart=cart,
            placed_by=None,
            quote=shown,
            shown_total=400,
            shown_fingerprint=cart_fingerprint(carts.cart_lines_of(cart)),
            idempotency_key="form",
            vat_refresh=None,
            ctx=CTX,
        )

    body = body_of(product, 400, promo_code="FEW")
    acts: list[Callable[[], Any]] = [check_out]
    acts += [lambda n=n: order(token, body, key=f"k-{n}") for n in range(9)]
    results = at_once(acts)
    refused = [one for one in results if isinstance(one, ApiAnswer) and one.status != 201]
    assert {one.status for one in refused} == {422}
    assert Order.objects.count() == 4
