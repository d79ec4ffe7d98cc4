"""`/client/orders` and one order."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.make.browser import make_browser
from tests.make.people import AT, PASSWORD
from tests.make.records import make_domain_item, make_item, make_order, make_payment, make_product
from tests.portal.conftest import PortalCast


def test_a_full_page_costs_the_same_queries_as_a_single_order(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(27):
        make_order(cast.client, at=AT + timedelta(minutes=n))
    web = cast.browse(cast.bob)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 number of orders,
    # 6 one page of them with their invoices, 7 their items, 8 signs of currencies
    with django_assert_num_queries(8):
        page = web.get("/client/orders").content.decode()
    assert page.count('class="row-link"') == 25


def test_one_order_costs_twelve_queries(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    items = [make_item(qty=3), make_item(), make_domain_item(), make_domain_item()]
    order = make_order(cast.client, items=items, promo_code="SPRING", placed_by=cast.bob)
    web = cast.browse(cast.bob)
    # 1 session, 2 user, 3 settings, 4 memberships with their clients, 5 the order with invoice and maker,
    # 6 items, 7 their units, 8 services of those, 9 domains of those, 10 taxes, 11 signs of currencies
    with django_assert_num_queries(12):
        page = web.get(f"/client/orders/{order.pk}").content.decode()
    assert f"Order {order.number}" in page
    assert page.count('href="/client/services/') == 4
    assert page.count('href="/client/domains/') == 2
    assert "Bob Example" in page
    assert "€15.00" in page  # three units of the first item
    assert "VAT 20%" in page


def test_discount_and_promo_code_are_shown(cast: PortalCast) -> None:
    item = make_item(discount=100, promo_code="Spring")
    order = make_order(cast.client, items=[item], promo_code="SPRING")
    page = cast.browse(cast.bob).get(f"/client/orders/{order.pk}").content.decode()
    assert "Promo code" in page
    assert "−€1.00" in page
    assert "SPRING" in page


def test_a_pending_order_says_what_it_waits_for(cast: PortalCast) -> None:
    order = make_order(cast.client)
    web = cast.browse(cast.bob)
    assert "Waiting for payment" in web.get("/client/orders").content.decode()
    make_payment(order.invoice)
    assert "Waiting for approval" in web.get("/client/orders").content.decode()


def test_an_order_says_what_it_waits_for_and_offers_to_pay(cast: PortalCast) -> None:
    order = make_order(cast.client)
    path = f"/client/orders/{order.pk}"
    pay = f'href="/client/invoices/{order.invoice_id}/pay"'
    page = cast.browse(cast.bob).get(path).content.decode()
    assert "as soon as we receive your payment" in page
    assert pay in page
    assert pay not in cast.browse(cast.tess).get(path).content.decode()  # who may not pay
    make_payment(order.invoice)
    page = cast.browse(cast.bob).get(path).content.decode()
    assert "once it&#x27;s approved" in page
    assert pay not in page
    page = cast.browse(cast.bob).get(f"/client/orders/{make_order(cast.client, 'fraud').pk}")
    assert "reviewing your order" in page.content.decode()
    assert "/pay" not in page.content.decode()


def test_a_long_order_is_told_in_short(cast: PortalCast) -> None:
    make_order(cast.client, items=[make_item() for _ in range(8)])
    assert "and 3 more" in cast.browse(cast.bob).get("/client/orders").content.decode()


def test_an_empty_list_leads_to_the_store(cast: PortalCast) -> None:
    assert (
        'href="/store">View plans' in cast.browse(cast.bob).get("/client/orders").content.decode()
    )
    assert "View plans" not in cast.browse(cast.tess).get("/client/orders").content.decode()


def test_suspicion_is_called_a_review(cast: PortalCast) -> None:
    order = make_order(cast.client, "fraud")
    page = cast.browse(cast.bob).get(f"/client/orders/{order.pk}").content.decode()
    assert "Under review" in page
    assert "looked odd" not in page
    assert "raud" not in page


def test_the_filter_knows_each_status(cast: PortalCast) -> None:
    made = {s: make_order(cast.client, s) for s in ("pending", "active", "fraud", "cancelled")}
    web = cast.browse(cast.bob)
    for status, order in made.items():
        page = web.get("/client/orders", {"status": status}).content.decode()
        assert page.count('class="row-link"') == 1
        assert f'href="/client/orders/{order.pk}"' in page


@pytest.mark.parametrize(
    "query", ["{number}", "ord-{id}", "Rocket", "rocket.example", "12.00", "SPRING", "2026-04-09"]
)
def test_the_search_finds_an_order_once(cast: PortalCast, query: str) -> None:
    product = make_product(name="Rocket", prices=[("EUR", "monthly", 500)])
    items = [make_item(product=product, domain="rocket.example") for _ in range(2)]
    other = make_order(cast.client)
    found = make_order(cast.client, items=items, promo_code="SPRING", at=AT + timedelta(days=1))
    query = query.format(number=found.number, id=found.pk)
    page = cast.browse(cast.bob).get("/client/orders", {"q": query}).content.decode()
    assert page.count(f'href="/client/orders/{found.pk}"') == 1
    assert f'href="/client/orders/{other.pk}"' not in page


def test_an_unpaid_order_is_cancelled_after_a_question(cast: PortalCast) -> None:
    order = make_order(cast.client)
    web, address = cast.browse(cast.alice), f"/client/orders/{order.pk}/cancel"
    assert address in web.get(f"/client/orders/{order.pk}").content.decode()
    assert "Keep order" in web.get(address).content.decode()
    order.refresh_from_db()
    assert order.status == "pending"
    assert web.post(address).headers["Location"] == f"/client/orders/{order.pk}"
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert web.get(address).status_code == web.post(address).status_code == 303


def test_cancelling_an_order_asks_for_the_password(cast: PortalCast) -> None:
    order = make_order(cast.client)
    address = f"/client/orders/{order.pk}/cancel"
    web = make_browser(cast.alice, acting=cast.client, confirmed=False)
    assert 'name="password"' in web.get(address).content.decode()
    for typed in ({}, {"password": "wrong"}):
        assert web.post(address, typed).status_code == 422
        order.refresh_from_db()
        assert order.status == "pending"
    assert web.post(address, {"password": PASSWORD}).status_code == 303
    order.refresh_from_db()
    assert order.status == "cancelled"
