"""`/cart`: what guests and clients change in it, what joins at sign-in, and whose cart nobody else can reach."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.actions.clients import change_client, suspend_client
from commerce.catalog.actions.products import set_product_status, set_stock
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Product
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.orders.actions import carts
from commerce.orders.models import Cart, CartItem
from commerce.portal.shop import guest_cart
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.mails import link_to
from tests.make.people import AT, PASSWORD, make_client, make_member, make_user
from tests.make.records import make_product
from tests.make.sign_in import make_alice, new_browser, send_sign_in_form
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.django_db


def sold(name: str = "Rocket", **over: object) -> Product:
    return make_product(
        name=name, prices=[("USD", "monthly", 900), ("EUR", "monthly", 800)], **over
    )


def put(web: HttpsTestClient, product: Product, **over: str) -> Any:
    return web.post(f"/store/{product.slug}", {"billing_cycle": "monthly", "qty": "1"} | over)


def shown(web: HttpsTestClient) -> str:
    return web.get("/cart").content.decode()


def item_of(web: HttpsTestClient) -> CartItem:
    return CartItem.objects.get(cart__guest_key=key_of(web))


def key_of(web: HttpsTestClient) -> str:
    """The key of the guest's cart, as his browser has it."""
    request = RequestFactory().get("/cart")
    request.COOKIES[guest_cart.GUEST_CART_COOKIE] = web.cookies[guest_cart.GUEST_CART_COOKIE].value
    return guest_cart.guest_cart_key(request)


def promo(code: str = "SPRING", **over: Any) -> None:
    create_promo(**{"code": code, "percent": 5000, "ctx": Context(AT, SYSTEM)} | over)


def test_an_empty_cart_says_where_to_go_on() -> None:
    page = shown(make_browser())
    assert "Your cart is empty" in page
    assert 'href="/store"' in page
    assert not Cart.objects.exists()


def test_quantity_and_removal() -> None:
    web = make_browser()
    put(web, sold())
    item = item_of(web)
    assert web.post(f"/cart/items/{item.pk}", {"qty": "3"}).status_code == 303
    assert "$27.00" in shown(web)
    for wrong in ("0", "101", "1.5", "", "many", "9" * 5000, "1_0", "1e1", "١", "１"):
        answer = web.post(f"/cart/items/{item.pk}", {"qty": wrong})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "from 1 to 100" in page
        assert f'value="{wrong}"' in page or not wrong
    assert "$27.00" in shown(web)
    for _ in range(2):  # safe to send twice
        assert web.post(f"/cart/items/{item.pk}", {"remove": "1"}).status_code == 303
    assert "Your cart is empty" in shown(web)


def test_the_count_is_that_of_the_list() -> None:
    web = make_browser()
    for name in ("Rocket", "Shuttle"):
        put(web, sold(name))
    page = shown(web)
    assert '<span class="cart-count">(2)</span>' in page
    assert page.count('name="remove" value="1"') == 2


def test_nobody_reaches_the_cart_of_another_session(cast: PortalCast) -> None:
    web, other = make_browser(), make_browser()
    product = sold()
    put(web, product)
    item = item_of(web)
    put(other, product, qty="2")
    for stranger in (other, cast.browse(cast.alice), make_browser()):
        stranger.post(f"/cart/items/{item.pk}", {"qty": "7"})
        stranger.post(f"/cart/items/{item.pk}", {"remove": "1"})
    assert item_of(web).qty == 1
    assert item_of(other).qty == 2


def test_a_promo_code_is_used_and_taken_out() -> None:
    promo()
    web = make_browser()
    put(web, sold())
    web.post("/cart/promo", {"promo_code": " spring "})
    page = shown(web)
    assert "SPRING" in page
    assert '<span class="money nowrap">−$4.50' in page
    web.post("/cart/promo", {"remove": "1"})
    assert "SPRING" not in shown(web)


def test_a_code_that_does_not_fit_says_why_and_is_gone() -> None:
    promo("OFF", is_active=False)
    web = make_browser()
    put(web, sold())
    for code in ("NONE", "OFF"):
        answer = web.post("/cart/promo", {"promo_code": code})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "This promo code isn&#x27;t valid. Check the spelling and try again." in page
        assert f'value="{code}"' in page
    assert Cart.objects.get().promo_code == ""


def test_a_code_that_ended_in_the_cart_is_said_there() -> None:
    promo(ends_on=AT.date())
    with clock.freeze_time(AT):
        web = make_browser()
        put(web, sold())
        web.post("/cart/promo", {"promo_code": "SPRING"})
        assert "$4.50" in shown(web)
    with clock.freeze_time(AT + timedelta(days=2)):
        page = shown(web)
    assert "expired" in page
    assert "$4.50" not in page


def test_guesses_at_codes_are_limited() -> None:  # X3
    web = make_browser()
    put(web, sold())
    for _ in range(20):
        assert web.post("/cart/promo", {"promo_code": "GUESS"}).status_code == 422
    answer = web.post("/cart/promo", {"promo_code": "GUESS"})
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert web.post("/cart/promo", {"remove": "1"}).status_code == 303


def test_a_guest_chooses_currency_and_country() -> None:
    web = make_browser()
    put(web, sold())
    web.post("/store/currency", {"currency": "EUR", "country": "FR", "next": "/cart"})
    page = shown(web)
    assert "€8.00" in page
    assert '<option value="FR" selected' in page
    for odd in ("XX", "France", "<b>"):
        web.post("/store/currency", {"currency": "EUR", "country": odd, "next": "/cart"})
    assert Cart.objects.get().country == "FR"


def test_what_cannot_be_ordered_any_more_is_marked_and_blocks() -> None:
    web, product = make_browser(), sold()
    set_stock(product=product, units=5, ctx=Context(AT, SYSTEM))
    put(web, product, qty="4")
    assert 'href="/checkout"' in shown(web)
    set_stock(product=product, units=2, ctx=Context(AT, SYSTEM))
    page = shown(web)
    assert "Only 2 of" in page
    assert 'href="/checkout"' not in page
    web.post(f"/cart/items/{item_of(web).pk}", {"qty": "2"})
    assert 'href="/checkout"' in shown(web)
    set_product_status(product=product, status="retired", ctx=Context(AT, SYSTEM))
    assert "This product is no longer available" in shown(web)


def test_a_guests_cart_comes_along_when_he_signs_in() -> None:
    make_alice()
    web = new_browser()
    put(web, sold())
    key = web.session.session_key
    assert send_sign_in_form(web, next="/checkout")["Location"] == "/checkout"
    assert web.session.session_key != key
    assert web.cookies[guest_cart.GUEST_CART_COOKIE].value == ""
    cart = Cart.objects.open().get()
    assert (cart.client_id is not None, cart.items.count()) == (True, 1)
    assert "Rocket" in shown(web)
    web.post("/client/logout")
    assert "Your cart is empty" in shown(web)


def reopened(web: HttpsTestClient) -> HttpsTestClient:
    """The same browser, started anew: sessions are gone, and what has a day of its own is still there."""
    new = make_browser()
    for name, cookie in web.cookies.items():
        if cookie["max-age"]:
            new.cookies[name] = cookie.value
    return new


def test_a_guests_cart_was_lost_when_the_browser_was_closed() -> None:
    web, product = make_browser(), sold()
    web.post("/store/currency", {"currency": "EUR"})
    set_setting(key="orders.cart_days", value="12", ctx=Context(AT, SYSTEM))
    put(web, product)
    cookie = web.cookies[guest_cart.GUEST_CART_COOKIE]
    assert (cookie["max-age"], cookie["samesite"], cookie["path"]) == (12 * 86400, "Lax", "/")
    assert cookie["secure"]
    assert cookie["httponly"]
    again = reopened(web)
    page = shown(again)
    assert "€8.00" in page
    assert '<span class="cart-count">(1)</span>' in page
    assert (
        guest_cart.GUEST_CART_COOKIE not in reopened(again).cookies
    )  # to look at it keeps it no longer
    assert "€8.00" in again.get(f"/store/{product.slug}").content.decode()
    again.post(f"/cart/items/{item_of(web).pk}", {"qty": "2"})
    assert again.cookies[guest_cart.GUEST_CART_COOKIE]["max-age"] == 12 * 86400


def test_a_guests_cart_is_forgotten_after_its_days() -> None:
    web = make_browser()
    with clock.freeze_time(AT):
        put(web, sold())
    cart = Cart.objects.get()
    with pytest.raises(StateConflict):
        carts.expire_cart(cart=cart, ctx=Context(AT + timedelta(days=29), SYSTEM))
    assert "Rocket" in shown(web)
    carts.expire_cart(cart=cart, ctx=Context(AT + timedelta(days=30), SYSTEM))
    assert "Your cart is empty" in shown(web)
    assert web.cookies[guest_cart.GUEST_CART_COOKIE].value == ""


@pytest.mark.parametrize("value", ["", "x", "a" * 40, "a" * 40 + ":" + "b" * 43])
def test_nobody_makes_up_the_key_of_a_cart(value: str) -> None:
    web = make_browser()
    put(web, sold())
    Cart.objects.update(guest_key="a" * 40)
    stranger = make_browser()
    stranger.cookies[guest_cart.GUEST_CART_COOKIE] = value
    assert "Your cart is empty" in shown(stranger)


def test_a_suspended_client_filled_his_cart(cast: PortalCast) -> None:
    web, product = cast.browse(cast.alice), sold()
    put(web, product)
    item = CartItem.objects.get()
    suspend_client(client=cast.client, ctx=Context(AT, SYSTEM), reason="asked")
    posts = {
        f"/store/{product.slug}": {"billing_cycle": "monthly", "qty": "1"},
        f"/cart/items/{item.pk}": {"qty": "2"},
        "/cart/promo": {"promo_code": "SPRING"},
        "/cart/confirm-currency": {},
        "/store/currency": {"currency": "EUR"},
        "/checkout": {},
    }
    for path, form in posts.items():
        answer = web.post(path, form)
        assert (path, answer.status_code) == (path, 403)
        assert "suspended" in answer.content.decode()
    assert CartItem.objects.get().qty == 1
    page = shown(web)
    assert "Rocket" in page
    assert 'action="/cart/' not in page


@pytest.mark.parametrize("name", ["price", "unit_amount", "setup-fee", "Total"])
def test_a_price_that_is_sent_is_refused(name: str) -> None:
    web, product = make_browser(), sold()
    assert put(web, product, **{name: "1"}).status_code == 422
    put(web, product)
    for path, form in (
        (f"/cart/items/{item_of(web).pk}", {"qty": "2"}),
        ("/cart/promo", {"promo_code": "X"}),
    ):
        answer = web.post(path, form | {name: "1"})
        assert answer.status_code == 422
        assert "set prices. Reload" in answer.content.decode()
    assert CartItem.objects.get().qty == 1


def test_a_clients_own_cart_is_counted_as_soon_as_he_signs_in() -> None:
    make_alice()
    first, later = new_browser(), new_browser()
    send_sign_in_form(first)
    put(first, sold())
    send_sign_in_form(later)
    assert '<span class="cart-count">(1)</span>' in later.get("/client/dashboard").content.decode()


def test_two_carts_become_one_and_the_new_currency_is_confirmed() -> None:
    alice = make_alice()
    client = alice.memberships.get().client
    change_client(client=client, currency_code="EUR", ctx=Context(AT, SYSTEM))
    known = new_browser()
    send_sign_in_form(known)
    put(known, sold("Shuttle"))
    web = new_browser()
    put(web, sold())
    assert "$9.00" in shown(web)
    send_sign_in_form(web)
    page = shown(web)
    assert "Rocket" in page
    assert "Shuttle" in page
    assert "€16.00" in page
    assert 'href="/checkout"' not in page
    web.post("/cart/confirm-currency")
    assert 'href="/checkout"' in shown(web)


def test_a_client_who_changes_his_currency_confirms_the_new_prices(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    put(web, sold())
    change_client(client=cast.client, currency_code="USD", ctx=Context(AT, SYSTEM))
    page = shown(web)
    assert "$9.00" in page
    assert "Continue with new prices" in page


def test_a_guests_cart_waits_until_he_chose_his_client() -> None:
    user = make_user("two@example.com")
    make_client(owner=user, company="First")
    second = make_client(owner=user, company="Second")
    web = new_browser()
    put(web, sold())
    send_sign_in_form(web, email="two@example.com")
    assert "Rocket" in shown(web)
    web.post("/client/switch", {"client": str(second.pk), "next": "/cart"})
    assert "Rocket" in shown(web)
    assert Cart.objects.open().get().client == second


def test_a_guests_cart_comes_along_through_registration() -> None:
    web = new_browser()
    web.post("/store/currency", {"currency": "EUR"})
    put(web, sold())
    with clock.freeze_time(clock.now()) as _:
        form = web.get("/register?next=/checkout").context["form"]
    values = {
        "first_name": "New",
        "last_name": "Person",
        "country": "DE",
        "email": "new@example.com",
        "password": PASSWORD,
        "began": form.initial["began"],
        "next": "/checkout",
    }
    with clock.freeze_time(clock.now() + timedelta(seconds=10)):
        assert web.post("/register", values)["Location"] == "/client/verify"
        assert "Rocket" in shown(web)
        link = link_to("new@example.com", "verify")
        assert web.post(link)["Location"] == "/checkout"
    cart = Cart.objects.open().get()
    assert cart.client is not None
    assert (cart.client.currency_code, cart.confirm_currency) == ("EUR", False)
    page = web.get("/checkout").content.decode()
    assert "Rocket" in page
    assert "€8.00" in page


def test_who_may_not_order_hears_it_before(cast: PortalCast) -> None:
    tess = make_member(cast.client, "reader@example.com", "technical").user
    web = cast.browse(tess)
    product = sold()
    page = web.get(f"/store/{product.slug}").content.decode()
    assert "have permission to place orders" in page
    assert "Add to cart" not in page
    refused = put(web, product)
    assert (refused.status_code, "orders.place" in refused.content.decode()) == (403, True)
    assert not Cart.objects.exists()


def test_the_page_asks_the_database_no_more_for_more_items(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    web = cast.browse(cast.alice)
    for number in range(20):
        put(web, sold(f"Rocket {number}"))
    web.get("/cart")
    with django_assert_num_queries(12):
        assert "Rocket 19" in shown(web)
