"""How a cart is filled from the store: each choice once, also from two tabs or after a refusal."""

import pytest

from commerce.catalog.actions.products import set_stock
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Cart, CartItem
from tests.make.browser import make_browser
from tests.make.people import AT
from tests.portal.shop.test_cart import item_of, put, sold

pytestmark = pytest.mark.django_db


def test_the_same_form_sent_twice_puts_one_item_in() -> None:
    web, product = make_browser(), sold()
    for _ in range(2):
        assert put(web, product, key="k" * 24)["Location"] == "/cart"
    assert item_of(web).qty == 1


def test_a_form_that_was_refused_and_sent_again_said_that_the_product_is_in_the_cart() -> None:
    web, product = make_browser(), sold()
    set_stock(product=product, units=1, ctx=Context(AT, SYSTEM))
    for _ in range(2):
        answer = put(web, product, qty="2", key="k" * 24)
        assert answer.status_code == 422
        assert "Only 1 of Rocket is in stock" in answer.content.decode()
    set_stock(product=product, units=2, ctx=Context(AT, SYSTEM))
    assert put(web, product, qty="2", key="k" * 24).status_code == 303
    assert item_of(web).qty == 2


def test_another_choice_in_a_form_that_was_sent_before_was_not_put_in() -> None:
    """The browser's way back leads to the same form with the same key."""
    web, product = make_browser(), sold()
    for qty in ("1", "2", "2"):
        assert put(web, product, qty=qty, key="k" * 24).status_code == 303
    assert [item.qty for item in CartItem.objects.order_by("pk")] == [1, 2]


def test_two_tabs_that_filled_the_first_cart_at_once_made_two() -> None:
    tabs, product = (make_browser(), make_browser()), sold()
    tabs[0].get("/store/rocket")
    tabs[1].cookies.load({name: each.value for name, each in tabs[0].cookies.items()})
    for tab in tabs:  # neither has the other's answer yet
        put(tab, product)
    assert Cart.objects.get().items.count() == 2
