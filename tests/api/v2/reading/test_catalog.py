"""Products and TLDs of version 2: what this client may buy, and at which prices."""

from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.accounts.models import Client
from commerce.catalog.actions.prices import set_group_price, set_price
from commerce.catalog.actions.products import set_stock
from commerce.catalog.models import Currency, Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.orders.cart_lines import CartLine, DomainCartLine, ProductCartLine
from commerce.orders.quote import quote_order
from tests.make import AT, make_client, make_product, make_token
from tests.make.api import call_api
from tests.make.cards import CTX
from tests.make.records import make_required_option
from tests.make.repricing import make_tld
from tests.make.vat_clients import sell_from_ireland


def shown(token: str, product: Product) -> Any:
    return call_api(f"/api/v2/products/{product.pk}", token).json["data"]


def cost_of(client: Client, line: CartLine) -> tuple[int, int]:
    """What the cart says today: before tax and with it."""
    quote = quote_order([line], currency_code="EUR", on=AT.date(), client=client)
    assert quote.problem is None
    return quote.sums.total - quote.sums.tax_amount, quote.sums.total


@pytest.fixture
def reseller(db: None) -> Client:
    """An Irish client, who pays 23 % of tax, in a group that pays a tenth less."""
    sell_from_ireland()
    client = make_client(owner="alice@example.com", country="IE")
    group = create_client_group(name="Resellers", discount=1000, ctx=CTX)
    set_client_group(client=client, group=group, ctx=CTX)
    client.refresh_from_db()
    return client


def test_a_price_is_what_an_order_of_one_costs(
    reseller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_token(reseller)[1]
    plain, special = make_product(), make_product(prices=[("EUR", "annually", 5000)])
    set_price(
        product=plain,
        currency_code="EUR",
        billing_cycle="quarterly",
        price=1333,
        setup_fee=777,
        ctx=CTX,
    )
    assert reseller.group is not None
    set_group_price(
        group=reseller.group,
        product=special,
        currency_code="EUR",
        billing_cycle="annually",
        price=3001,
        ctx=CTX,
    )
    option = make_required_option(plain, "dropdown", price=250)
    told = {one.pk: shown(token, one) for one in (plain, special)}
    assert [one["billing_cycle"] for one in told[plain.pk]["prices"]] == ["monthly", "quarterly"]
    for product in (plain, special):
        for price in told[product.pk]["prices"]:
            added = [
                value
                for each in told[product.pk]["options"]
                for value in each["values"][0]["prices"]
                if value["billing_cycle"] == price["billing_cycle"]
            ]
            line = ProductCartLine(product_id=product.pk, billing_cycle=price["billing_cycle"])
            net, gross = (
                sum(one[f"amount{end}"] + one[f"setup_fee{end}"] for one in (price, *added))
                for end in ("", "_with_tax")
            )
            assert (net, gross) == cost_of(reseller, line)
    assert told[special.pk]["prices"][0]["amount"] == 3001
    (offered,) = told[plain.pk]["options"]
    assert (offered["id"], offered["type"], offered["is_required"]) == (
        option.pk,
        "dropdown",
        True,
    )


def test_only_what_the_store_lists_in_the_currency_is_there(alice: Client, token: str) -> None:
    bought = make_product()
    dollars = make_product(prices=[("USD", "monthly", 500)])
    hidden, retired = make_product(), make_product()
    for one, status in ((hidden, "hidden"), (retired, "retired")):
        Product.objects.filter(pk=one.pk).update(status=status)
    unlisted = make_product()
    type(unlisted.group).objects.filter(pk=unlisted.group_id).update(is_visible=False)
    assert call_api("/api/v2/products", token).ids == [bought.pk]
    for other in (dollars, hidden, retired, unlisted):
        assert call_api(f"/api/v2/products/{other.pk}", token).status == 404
    assert call_api(f"/api/v2/products?slug={bought.slug},x&type=hosting", token).ids == [bought.pk]
    assert call_api("/api/v2/products?type=other", token).ids == []
    Currency.objects.filter(code="EUR").update(is_active=False)
    assert call_api("/api/v2/products", token).ids == []


def test_stock_and_prices_move_the_tag(alice: Client, token: str) -> None:
    product = make_product()
    paths = ("/api/v2/products", f"/api/v2/products/{product.pk}")

    def tags() -> list[str]:
        return [call_api(path, token).headers["etag"] for path in paths]

    first = tags()
    left = call_api(paths[0], token).headers["x-ratelimit-remaining"]
    for path, tag in zip(paths, first, strict=True):
        again = call_api(path, token, headers={"If-None-Match": tag})
        assert (again.status, again.headers["x-ratelimit-remaining"]) == (304, left)
    assert shown(token, product)["in_stock"] is True
    set_stock(product=product, units=0, ctx=CTX)
    assert shown(token, product)["in_stock"] is False
    second = tags()
    set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=600, ctx=CTX)
    assert all(len({*three}) == 3 for three in zip(first, second, tags(), strict=True))


def test_a_walk_by_id_has_each_once(alice: Client, token: str) -> None:
    made = [make_product().pk for _ in range(3)]
    first = call_api("/api/v2/products?limit=2", token)
    assert first.ids == made[:2]
    rest = call_api(f"/api/v2/products?cursor={first.json['meta']['next_cursor']}", token)
    assert (rest.ids, rest.json["meta"]["has_more"]) == (made[2:], False)
    assert call_api("/api/v2/products?sort=-created_at", token).status == 400
    assert call_api("/api/v2/products?created_after=2026-01-01T00:00:00Z", token).status == 400


def test_statements_do_not_grow_with_the_rows(alice: Client, token: str) -> None:
    counts = []
    for _ in range(2):
        make_required_option(make_product(), "dropdown")
        make_tld(f"t{len(counts)}")
        for path in ("/api/v2/products", "/api/v2/tlds"):
            call_api(path, token)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                call_api(path, token)
            counts.append(len(seen))
    assert counts[:2] == counts[2:]


def test_nothing_is_worked_out_for_who_has_no_requests_left(alice: Client, token: str) -> None:
    with override_settings(COMMERCE_API_RATE=(1, 60)):
        assert call_api("/api/v2/products", token).status == 200
        with CaptureQueriesContext(connection) as seen:
            assert call_api("/api/v2/products", token).status == 429
    assert len(seen) == 0


def test_prices_are_for_tokens_with_the_scope_and_members_who_see_the_profile(
    alice: Client,
) -> None:
    token = make_token(alice, scopes=["orders:read"])[1]
    for path in ("/api/v2/products", "/api/v2/tlds"):
        assert call_api(path, token).json["code"] == "token.scope_missing"


# --- TLDs ----------------------------------------------------------------------------------------------------------


def test_a_tld_has_what_names_under_it_cost(reseller: Client) -> None:
    token = make_token(reseller)[1]
    make_tld("co.example")
    (told,) = call_api("/api/v2/tlds", token).json["data"]
    assert call_api("/api/v2/tlds/co.example", token).json["data"] == told
    assert (told["can_register"], told["can_transfer"], told["transfer"]) == (True, False, None)
    line = DomainCartLine(action="register", domain="new.co.example", years=1)
    price = told["register"]
    assert (price["amount"], price["amount_with_tax"]) == cost_of(reseller, line)
    assert told["renew"]["amount"] == 1500
    fields = {one["name"]: one for one in told["contact_fields"]}
    assert fields["company"]["is_required"] is False
    assert (fields["postcode"]["is_required"], fields["postcode"]["max_length"]) == (True, 16)


def test_what_the_registry_asks_for_is_told_as_the_form_asks_it(alice: Client, token: str) -> None:
    make_tld()
    asked = {
        "name": "nexus",
        "label": "Nexus category",
        "type": "choice",
        "required": True,
        "options": [["C11", "U.S. citizen"]],
        "needed_if": ["purpose", ["P1"]],
    }
    fixed = {"name": "kind", "type": "fixed", "options": ["x"]}
    set_tld(tld="example", extra_fields=[{"name": "purpose"}, asked, fixed], ctx=CTX)
    told = call_api("/api/v2/tlds/example", token).json["data"]["registry_fields"]
    assert [one["name"] for one in told] == ["purpose", "nexus"]
    assert told[1] == {
        "name": "nexus",
        "label": "Nexus category",
        "type": "choice",
        "is_required": True,
        "options": [{"value": "C11", "label": "U.S. citizen"}],
        "needed_if": {"field": "purpose", "values": ["P1"]},
    }


def test_tlds_that_are_not_sold_to_this_client_are_not_there(alice: Client, token: str) -> None:
    make_tld("kept")
    make_tld("paused")
    set_tld(tld="paused", is_active=False, ctx=CTX)
    make_tld("norenewal", renew_price=None)
    dollars = set_tld(tld="dollars", ctx=CTX)
    set_tld_price(tld=dollars, currency_code="USD", register=900, renew=900, ctx=CTX)
    assert call_api("/api/v2/tlds", token).ids == ["kept"]
    for other in ("paused", "norenewal", "dollars", "unknown", "7"):
        assert call_api(f"/api/v2/tlds/{other}", token).status == 404
    assert call_api("/api/v2/tlds?ids=kept,paused", token).ids == ["kept"]
