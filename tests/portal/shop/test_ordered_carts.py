"""The second tab and the Back button say what was ordered (portal.md 5)."""

from datetime import timedelta

import pytest

from commerce.accounts.models import Membership
from commerce.catalog.models import Product
from commerce.kit import clock
from commerce.orders.models import CartItem, Order
from tests.make.browser import HttpsTestClient
from tests.make.people import AT
from tests.portal.conftest import PortalCast
from tests.portal.shop.checkout_steps import form, put, review

pytestmark = pytest.mark.django_db


def test_the_second_tab_names_the_order(web: HttpsTestClient) -> None:
    first, second = form(review(web)), form(review(web))
    assert first["key"] != second["key"]
    assert web.post("/checkout", first).status_code == 303
    order = Order.objects.get()
    answer = web.post("/checkout", second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f'href="/client/orders/{order.pk}"' in page
    assert f'href="/client/invoices/{order.invoice_id}"' in page
    assert f'href="/client/invoices/{order.invoice_id}/pay"' in page
    assert order.number in page
    assert Order.objects.count() == 1


def test_the_second_tab_names_it_beside_a_new_cart_with_the_same(
    web: HttpsTestClient, product: Product
) -> None:
    first, second = form(review(web)), form(review(web))
    web.post("/checkout", first)
    put(web, product)
    answer = web.post("/checkout", second)
    assert (answer.status_code, Order.objects.count()) == (409, 1)
    assert Order.objects.get().number in answer.content.decode()
    assert "Rocket" in review(web)


def test_the_way_back_names_the_order_for_a_day(web: HttpsTestClient) -> None:
    web.post("/checkout", form(review(web)))
    order = Order.objects.get()
    assert "You already placed this order" in review(web)
    assert order.number in review(web)
    assert order.number in web.get("/cart").content.decode()
    with clock.freeze_time(AT + timedelta(days=1, minutes=1)):
        CartItem.objects.all().delete()
        assert web.get("/cart").status_code == 302 or order.number not in review(web)


def test_nobody_is_told_of_the_order_of_another_client(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    sent = form(review(web))
    web.post("/checkout", sent)
    order = Order.objects.get()
    charlie = cast.browse(cast.charlie, acting=cast.foreign)
    for answer in (charlie.get("/checkout"), charlie.post("/checkout", sent | {"key": "k" * 40})):
        assert answer["Location"] == "/cart"
    assert order.number not in charlie.get("/cart").content.decode()


def test_who_may_not_see_orders_is_offered_no_link(web: HttpsTestClient, cast: PortalCast) -> None:
    web.post("/checkout", form(review(web)))
    order = Order.objects.get()
    Membership.objects.filter(user=cast.bob).update(rights=["orders.place"])
    page = review(cast.browse(cast.bob))
    assert order.number in page
    assert f"/client/orders/{order.pk}" not in page
    assert "/client/invoices/" not in page
