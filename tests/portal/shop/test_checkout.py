"""`/checkout`: from a cart to one order, bound to what was shown (catalog-and-orders.md 7 and 9; R14, R15, X19)."""

import re

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.actions.clients import change_client, suspend_client
from commerce.accounts.models import Client, Membership, User
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.products import set_stock
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.models import Product
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Cart, CartItem, Order
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT
from tests.make.records import make_product
from tests.portal.conftest import PortalCast
from tests.portal.shop.checkout_steps import form, ordered, put, review

pytestmark = pytest.mark.django_db


def test_an_order_goes_on_to_its_pay_page(web: HttpsTestClient, cast: PortalCast) -> None:
    page = review(web)
    assert "Place order and pay" in page
    assert "€9.00" in page
    answer = web.post("/checkout", form(page))
    order = Order.objects.get()
    assert order.invoice is not None
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"/client/invoices/{order.invoice.pk}/pay",
    )
    assert (order.client, order.placed_by, order.total) == (cast.client, cast.alice, 900)
    assert order.number in web.get(answer["Location"]).content.decode()
    assert "Your cart is empty" in web.get("/cart").content.decode()


def test_the_way_to_pay_is_chosen_at_the_review(web: HttpsTestClient, cast: PortalCast) -> None:
    """Its page is next; a way that does not fit (any more) leads to the page with all of them."""
    assert "Payment method</legend>" not in review(web)  # there is none
    switch_on_bank_transfer()
    page = review(web)
    assert re.search(r'name="gateway" value="bank_transfer"[^>]* checked', page)
    assert "on the next page" not in page
    sent = form(page)
    for chosen, end in (("bank_transfer", "/bank_transfer"), ("stripe", ""), ("manual", "")):
        answer = web.post("/checkout", sent | {"gateway": chosen})  # again it is the same order
        order = Order.objects.get()
        assert answer["Location"] == f"/client/invoices/{order.invoice_id}/pay{end}"
    page = web.get(f"/client/invoices/{order.invoice_id}/pay/bank_transfer").content.decode()
    assert "Transfer details" in page


def test_no_way_to_pay_is_asked_for_where_nothing_is_left_to_pay(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    switch_on_bank_transfer()
    add_credit(client=cast.client, currency_code="EUR", amount=900, ctx=Context(AT, SYSTEM))
    page = review(web)
    assert 'name="gateway"' not in page
    answer = web.post("/checkout", form(page) | {"gateway": "bank_transfer"})
    assert answer["Location"] == f"/client/orders/{Order.objects.get().pk}"


def test_who_may_order_and_not_pay_went_to_a_page_that_refused_him(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    switch_on_bank_transfer()
    rights = ["orders.place", "orders.view"]
    Membership.objects.filter(user=cast.tess).update(rights=rights)
    tess = cast.browse(cast.tess)
    page = review(tess)
    assert 'name="gateway"' not in page
    answer = tess.post("/checkout", form(page))
    assert answer["Location"] == f"/client/orders/{Order.objects.get().pk}"
    assert tess.get(answer["Location"]).status_code == 200


def test_a_balance_is_for_who_may_pay(web: HttpsTestClient, cast: PortalCast) -> None:
    add_credit(client=cast.client, currency_code="EUR", amount=400, ctx=Context(AT, SYSTEM))
    Membership.objects.filter(user=cast.tess).update(rights=["orders.place", "orders.view"])
    assert "€5.00" in review(web)
    page = review(cast.browse(cast.tess))
    assert "€5.00" not in page
    assert "€4.00" not in page


def test_r14_the_form_sent_twice_gives_one_order(web: HttpsTestClient, product: Product) -> None:
    sent = form(review(web))
    first, again = web.post("/checkout", sent), web.post("/checkout", sent)
    assert first["Location"] == again["Location"]
    put(web, product)  # a new cart does not go with the old form either
    assert web.post("/checkout", sent)["Location"] == first["Location"]
    assert Order.objects.count() == 1
    assert Cart.objects.open().get().items.count() == 1


def test_the_form_of_one_client_never_orders_for_another_one(
    web: HttpsTestClient, cast: PortalCast, product: Product
) -> None:
    """A member of two clients switched in another tab; what is in both carts is the same."""
    sent = form(review(web))
    Membership.objects.filter(user=cast.charlie).update(user=cast.alice)
    Client.objects.filter(pk=cast.foreign.pk).update(country=cast.client.country)
    switched = cast.browse(cast.alice, acting=cast.foreign)
    put(switched, product)
    answer = switched.post("/checkout", sent)
    assert answer.status_code == 422
    assert "Your order has changed" in answer.content.decode()
    assert not Order.objects.exists()


def test_r15_a_changed_price_is_shown_and_not_ordered(
    web: HttpsTestClient, product: Product
) -> None:
    sent = form(review(web))
    set_price(
        product=product,
        currency_code="EUR",
        billing_cycle="monthly",
        price=950,
        ctx=Context(AT, SYSTEM),
    )
    answer = web.post("/checkout", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Prices have changed" in page
    assert "Continue with new prices" in page
    assert form(page)["shown_total"] == "950"
    assert form(page)["key"] != sent["key"]
    assert not Order.objects.exists()
    assert web.post("/checkout", form(page)).status_code == 303
    assert Order.objects.get().total == 950


def test_r15_another_tab_changed_the_cart(web: HttpsTestClient, product: Product) -> None:
    sent = form(review(web))
    put(web, product)
    answer = web.post("/checkout", sent)
    assert answer.status_code == 422
    assert form(answer.content.decode())["shown_total"] == "1800"
    assert not Order.objects.exists()


@pytest.mark.parametrize("wrong", ["1", "-1", "", "9" * 5000, "9.00"])
def test_x19_a_total_of_the_browser_is_no_price(web: HttpsTestClient, wrong: str) -> None:
    assert ordered(web, shown_total=wrong).status_code == 422
    assert not Order.objects.exists()


def test_another_currency_is_not_what_was_shown(
    web: HttpsTestClient, cast: PortalCast, product: Product
) -> None:
    set_price(
        product=product,
        currency_code="USD",
        billing_cycle="monthly",
        price=900,
        ctx=Context(AT, SYSTEM),
    )
    sent = form(review(web))
    change_client(client=cast.client, currency_code="USD", ctx=Context(AT, SYSTEM))
    answer = web.post("/checkout", sent)
    assert answer.status_code == 422
    assert "currency has changed" in answer.content.decode()
    assert "Continue with new prices" in answer.content.decode()
    assert 'name="shown_total"' not in answer.content.decode()  # the new prices are confirmed first
    page = web.post("/checkout", form(review(web)) | {"update": "confirm"}).content.decode()
    assert web.post("/checkout", form(page)).status_code == 303
    assert Order.objects.get().currency_id == "USD"


def test_a_code_that_fails_is_taken_out_and_the_price_without_it_is_shown(
    web: HttpsTestClient,
) -> None:
    code = create_promo(code="SPRING", percent=5000, ctx=Context(AT, SYSTEM))
    web.post("/cart/promo", {"promo_code": "SPRING"})
    sent = form(review(web))
    assert sent["shown_total"] == "450"
    change_promo(promo=code, is_active=False, ctx=Context(AT, SYSTEM))
    page = review(web)
    assert "Continue without the code" in page
    assert "Promo code SPRING wasn't applied" in page
    assert 'name="shown_total"' not in page
    answer = web.post("/checkout", sent)
    assert answer.status_code == 422
    assert "This promo code isn&#x27;t valid" in answer.content.decode()
    assert form(answer.content.decode())["shown_total"] == "900"
    assert Cart.objects.open().get().promo_code == ""
    assert not Order.objects.exists()


def test_stock_that_went_is_named(web: HttpsTestClient, product: Product) -> None:
    sent = form(review(web))
    set_stock(product=product, units=0, ctx=Context(AT, SYSTEM))
    answer = web.post("/checkout", sent)
    assert answer.status_code == 422
    assert "Rocket is sold out" in answer.content.decode()
    assert "Remove the items that can&#x27;t be ordered to continue." in review(web)


def test_a_free_order_goes_to_the_order(web: HttpsTestClient, product: Product) -> None:
    set_price(
        product=product,
        currency_code="EUR",
        billing_cycle="monthly",
        price=0,
        ctx=Context(AT, SYSTEM),
    )
    answer = ordered(web)
    order = Order.objects.get()
    assert answer["Location"] == f"/client/orders/{order.pk}"
    assert order.invoice is not None
    assert order.invoice.status == InvoiceStatus.PAID


def test_the_terms_are_accepted(web: HttpsTestClient) -> None:
    set_setting(key="orders.terms_url", value="https://example.com/terms", ctx=Context(AT, SYSTEM))
    assert "https://example.com/terms" in review(web)
    answer = ordered(web)
    assert answer.status_code == 422
    assert "Accept the terms to place your order." in answer.content.decode()
    assert ordered(web, terms="on").status_code == 303


def test_an_unproven_address_is_said_before(web: HttpsTestClient, cast: PortalCast) -> None:
    sent = form(review(web))
    User.objects.filter(pk=cast.alice.pk).update(email_verified_at=None)
    page = review(web)
    assert "Confirm your email address first" in page
    assert 'name="shown_total"' not in page
    assert web.post("/checkout", sent).status_code == 422
    assert not Order.objects.exists()


def test_a_suspended_client_hears_it_before_and_cannot_order(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    sent = form(review(web))
    suspend_client(client=cast.client, reason="asked", ctx=Context(AT, SYSTEM))
    for page in (review(web), web.get("/cart").content.decode()):
        assert "place orders right now" in page
        assert 'name="shown_total"' not in page
    assert web.post("/checkout", sent).status_code == 403
    assert not Order.objects.exists()


def test_without_the_right_it_names_the_right(cast: PortalCast) -> None:
    for method in ("get", "post"):
        answer = getattr(cast.browse(cast.tess), method)("/checkout")
        assert answer.status_code == 403
        assert "orders.place" in answer.content.decode()


def test_the_review_asks_the_database_no_more_for_more_items(
    web: HttpsTestClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        put(web, make_product(name=f"More {number}", prices=[("EUR", "monthly", 100)]))
    CartItem.objects.update(qty=F("qty") + 1)
    web.get("/checkout")
    with django_assert_num_queries(14):
        assert "More 11" in review(web)
