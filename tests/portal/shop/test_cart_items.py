"""An item of the cart is edited in its place (catalog-and-orders.md 6)."""

from typing import Any

import pytest

from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import Product
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import CartItem
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.people import AT
from tests.make.records import make_product, make_required_option
from tests.portal.conftest import PortalCast
from tests.portal.shop.checkout_steps import put

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)


@pytest.fixture
def item(web: HttpsTestClient, product: Product) -> CartItem:
    """Alice's Rocket, sold by the year too, with an option from 1 to 8 and another product after it."""
    set_price(product=product, currency_code="EUR", billing_cycle="annually", price=9000, ctx=CTX)
    option = make_required_option(product, "quantity")
    CartItem.objects.update(options={str(option.pk): 2})
    put(web, make_product(name="Shuttle", prices=[("EUR", "monthly", 100)]))
    return CartItem.objects.get(product=product)


def path(item: CartItem) -> str:
    return f"/cart/items/{item.pk}/edit"


def sent(item: CartItem, **over: str) -> dict[str, str]:
    (option,) = item.options
    return {"billing_cycle": "annually", "qty": "3", f"option-{option}": "4"} | over


def test_the_form_shows_what_was_chosen(web: HttpsTestClient, item: CartItem) -> None:
    assert f'href="{path(item)}"' in web.get("/cart").content.decode()
    page = web.get(path(item)).content.decode()
    (option,) = item.options
    assert 'value="monthly" id="id_billing_cycle_0" checked' in page.replace(" required", "")
    assert f'name="option-{option}" value="2"' in page
    assert 'name="qty" value="1"' in page


def test_cycle_options_and_quantity_change_and_the_item_keeps_its_place(
    web: HttpsTestClient, item: CartItem
) -> None:
    answer = web.post(path(item), sent(item))
    assert (answer.status_code, answer["Location"]) == (303, "/cart")
    before = item.position
    item.refresh_from_db()
    (option,) = item.options
    assert (item.billing_cycle, item.qty, item.position) == ("annually", 3, before)
    assert item.options == {option: 4}
    assert CartItem.objects.count() == 2
    page = web.get("/cart").content.decode()
    assert page.index("Rocket") < page.index("Shuttle")
    assert "Yearly" in page


def test_a_wrong_choice_is_said_and_nothing_is_lost(web: HttpsTestClient, item: CartItem) -> None:
    (option,) = item.options
    for wrong in ({"qty": "101"}, {"billing_cycle": "weekly"}, {f"option-{option}": "900"}):
        answer = web.post(path(item), sent(item) | wrong)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.content.decode()
    assert web.post(path(item), sent(item, price="1")).status_code == 422
    before = item.options
    item.refresh_from_db()
    assert (item.billing_cycle, item.qty, item.options) == ("monthly", 1, before)


def test_the_price_follows_the_choice_before_it_is_saved(
    web: HttpsTestClient, item: CartItem
) -> None:
    for headers, whole in (({}, True), ({"HX-Request": "true"}, False)):
        answer: Any = web.post(path(item), sent(item, update="1", qty="2"), headers=headers)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert "€180.00" in page
        assert ("<html" in page) is whole
    item.refresh_from_db()
    assert item.billing_cycle == "monthly"


def test_an_item_that_is_sold_no_more_leads_back(
    web: HttpsTestClient, item: CartItem, product: Product
) -> None:
    product.prices.all().delete()
    assert web.get(path(item))["Location"] == "/cart"
    assert "is no longer sold" in web.get("/cart").content.decode()


def test_nobody_edits_the_item_of_another_cart(
    web: HttpsTestClient, item: CartItem, cast: PortalCast
) -> None:
    for other in (cast.browse(cast.charlie, acting=cast.foreign), make_browser()):
        assert other.get(path(item))["Location"] == "/cart"
        assert other.post(path(item), sent(item))["Location"] == "/cart"
    item.refresh_from_db()
    assert item.qty == 1
