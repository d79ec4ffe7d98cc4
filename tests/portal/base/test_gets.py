"""What is only looked at does not change (portal.md 1)."""

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions import carts
from commerce.orders.models import Cart, CartItem
from commerce.portal.shop import guest_cart
from tests.make.browser import make_browser
from tests.make.people import AT
from tests.make.sign_in import make_alice, new_browser, send_sign_in_form
from tests.portal.shop.test_cart import item_of, put, shown, sold

pytestmark = pytest.mark.django_db


def test_a_get_right_after_sign_in_changes_nothing() -> None:
    """It joined carts and changed their currency; only what is sent by a form does now."""
    client = make_alice().memberships.get().client
    guest, web = make_browser(), new_browser()
    put(guest, sold())
    mine = carts.get_or_create_cart(client=client, at=clock.now())
    carts.add_product_to_cart(
        cart=mine, product=sold("Shuttle"), billing_cycle="monthly", at=clock.now()
    )
    send_sign_in_form(web)
    web.cookies[guest_cart.GUEST_CART_COOKIE] = guest.cookies[guest_cart.GUEST_CART_COOKIE].value
    change_client(client=client, currency_code="EUR", ctx=Context(AT, SYSTEM))
    before = list(Cart.objects.values()), list(CartItem.objects.values())
    for path in ("/client/dashboard", "/store", "/cart"):
        assert web.get(path).status_code == 200
    assert "€8.00" in shown(web)
    assert (list(Cart.objects.values()), list(CartItem.objects.values())) == before
    web.post(f"/cart/items/{item_of(guest).pk}", {"qty": "2"})
    names = CartItem.objects.filter(cart=mine).values_list("product__name", flat=True)
    assert sorted(names) == ["Rocket", "Shuttle"]
