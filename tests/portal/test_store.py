"""`/`, `/store` and `/store/{slug}`: what guests and clients see, and what goes into the cart."""

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from commerce.accounts.actions.groups import create_client_group, put_in_group
from commerce.catalog import actions as catalog
from commerce.catalog.models import Currency, Product
from commerce.kit.actor import SYSTEM
from commerce.orders.models import Cart
from commerce.preferences.actions import set_preference
from tests.make.browser import browser
from tests.make.people import AT
from tests.make.trade import make_domain, make_group, make_product
from tests.portal.conftest import Cast

pytestmark = pytest.mark.django_db


def sold(name: str = "Rocket", **over: object) -> Product:
    return make_product(
        name=name, prices=[("USD", "monthly", 900), ("USD", "annually", 9600)], **over
    )


def with_option(product: Product) -> tuple[int, int]:
    """An option "Memory" with a free and a priced value; its id and that of the priced one."""
    group = catalog.create_option_group(name="Extras", products=[product], at=AT, actor=SYSTEM)
    option = catalog.create_option(
        group=group, name="Memory", kind="dropdown", values=["4 GB", "8 GB"], at=AT, actor=SYSTEM
    )
    value = option.values.get(name="8 GB")
    for cycle in ("monthly", "annually"):
        catalog.set_option_price(
            value=value, currency_code="USD", billing_cycle=cycle, price=300, at=AT, actor=SYSTEM
        )
    return option.pk, value.pk


def test_the_start_page_and_the_store_show_what_is_sold() -> None:
    sold()
    for url in ("/", "/store"):
        page = browser().get(url).content.decode()
        assert "Rocket" in page
        assert "$8.00" in page  # the year's price by the month
        assert "$9.00" in page


def test_hidden_retired_and_unpriced_products_are_not_listed() -> None:
    for status in ("hidden", "retired"):
        catalog.move_product(product=sold(status.title()), to=status, at=AT, actor=SYSTEM)
    unseen = make_group()
    catalog.change_group(group=unseen, is_visible=False, at=AT, actor=SYSTEM)
    make_product(name="Elsewhere", group=unseen, prices=[("USD", "monthly", 500)])
    page = browser().get("/store").content.decode()
    assert "Hidden" not in page
    assert "Retired" not in page
    assert "Elsewhere" not in page


def test_an_empty_store_says_so() -> None:
    assert "Nothing is sold here" in browser().get("/store").content.decode()


def test_a_group_has_its_own_list_and_an_unknown_one_shows_all() -> None:
    product = sold()
    sold("Other")
    web = browser()
    page = web.get("/store", {"group": product.group.slug}).content.decode()
    assert "Rocket" in page
    assert "Other" not in page
    answer = web.get("/store?group=nothing")
    assert answer.status_code == 422
    for words in ("There is no such group.", "Rocket", "Other"):
        assert words in answer.content.decode()


def test_a_product_has_its_page_by_link_unless_it_is_retired() -> None:
    product = sold()
    web = browser()
    assert web.get(f"/store/{product.slug}").status_code == 200
    catalog.move_product(product=product, to="hidden", at=AT, actor=SYSTEM)
    assert web.get(f"/store/{product.slug}").status_code == 200
    catalog.move_product(product=product, to="retired", at=AT, actor=SYSTEM)
    assert web.get(f"/store/{product.slug}").status_code == 404
    assert web.get("/store/unknown").status_code == 404


def test_a_product_of_a_hidden_group_leads_to_no_list_of_it() -> None:
    product = sold()
    link = f"/store?group={product.group.slug}"
    assert link in browser().get(f"/store/{product.slug}").content.decode()
    catalog.change_group(group=product.group, is_visible=False, at=AT, actor=SYSTEM)
    assert link not in browser().get(f"/store/{product.slug}").content.decode()


def test_a_client_whose_currency_is_not_sold_in_is_told_before_he_chooses(cast: Cast) -> None:
    product = make_product(prices=[("EUR", "monthly", 500)])
    catalog.change_currency(
        currency=Currency.objects.get(pk="EUR"), is_active=False, at=AT, actor=SYSTEM
    )
    web = cast.browse(cast.alice)
    page = web.get(f"/store/{product.slug}").content.decode()
    assert "We do not sell in your currency any more." in page
    assert "Put into the cart" not in page
    fields = {"billing_cycle": "monthly", "qty": "1"}
    assert web.post(f"/store/{product.slug}", fields).status_code == 422
    assert not Cart.objects.filter(items__isnull=False).exists()


def test_an_old_address_leads_to_the_new_one() -> None:
    product = sold()
    old = product.slug
    catalog.set_slug(product=product, slug="new-place", at=AT, actor=SYSTEM)
    reply = browser().get(f"/store/{old}")
    assert (reply.status_code, reply["Location"]) == (301, "/store/new-place")


def test_a_product_without_a_price_in_the_currency_is_shown_and_not_orderable() -> None:
    product = make_product(name="Euro only", prices=[("EUR", "monthly", 500)])
    page = browser().get(f"/store/{product.slug}").content.decode()
    assert "has no price in USD" in page
    assert "Put into the cart" not in page


def test_a_guest_chooses_the_currency() -> None:
    product = make_product(name="Euro only", prices=[("EUR", "monthly", 500)])
    web = browser()
    reply = web.post("/store/currency", {"currency": "EUR", "next": f"/store/{product.slug}"})
    assert (reply.status_code, reply["Location"]) == (303, f"/store/{product.slug}")
    assert "€5.00" in web.get(f"/store/{product.slug}").content.decode()
    assert web.post("/store/currency", {"currency": "EUR", "next": "//evil.example"})[
        "Location"
    ].startswith("/client")
    web.post("/store/currency", {"currency": "XXX"})
    assert "€5.00" in web.get(f"/store/{product.slug}").content.decode()


def test_a_client_sees_his_currency_and_the_prices_of_his_group(cast: Cast) -> None:
    product = make_product(name="Rocket", prices=[("EUR", "monthly", 900)])
    group = create_client_group(name="Friends", discount=0, at=AT, actor=SYSTEM)
    put_in_group(client=cast.client, group=group, at=AT, actor=SYSTEM)
    catalog.set_group_price(
        group=group,
        product=product,
        currency_code="EUR",
        billing_cycle="monthly",
        price=700,
        at=AT,
        actor=SYSTEM,
    )
    page = cast.browse(cast.alice).get("/store").content.decode()
    assert "€7.00" in page
    assert "9.00" not in page
    assert "/store/currency" not in page


def test_the_server_says_what_a_choice_costs() -> None:
    product = sold()
    option, value = with_option(product)
    web = browser()
    choice = {"billing_cycle": "monthly", "qty": "2", f"option-{option}": str(value), "update": "1"}
    url = f"/store/{product.slug}"
    page = web.post(url, choice)
    assert page.status_code == 200
    assert "$24.00" in page.content.decode()
    assert '<option value="' + str(value) + '" selected' in page.content.decode()
    part = web.post(url, choice, headers={"HX-Request": "true"}).content.decode()
    assert "$24.00" in part
    assert "<html" not in part
    assert not Cart.objects.exists()


def test_a_choice_goes_into_the_cart() -> None:
    product = sold()
    option, value = with_option(product)
    web = browser()
    choice = {"billing_cycle": "monthly", "qty": "2", f"option-{option}": str(value)}
    reply = web.post(f"/store/{product.slug}", choice)
    assert (reply.status_code, reply["Location"]) == (303, "/cart")
    item = Cart.objects.get().items.get()
    assert (item.qty, item.options) == (2, {str(option): value})
    page = web.get("/cart").content.decode()
    assert "$24.00" in page
    assert "(1)" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"billing_cycle": "hourly"},
        {"qty": "0"},
        {"qty": "101"},
        {"qty": "1.5"},
        {"option": "999999"},
    ],
)
def test_what_is_not_offered_changes_nothing(wrong: dict[str, str]) -> None:
    product = sold()
    option, value = with_option(product)
    good = {"billing_cycle": "monthly", "qty": "1", f"option-{option}": str(value)}
    if "option" in wrong:
        wrong = {f"option-{option}": wrong["option"]}
    reply = browser().post(f"/store/{product.slug}", good | wrong)
    assert reply.status_code == 422
    assert not Cart.objects.filter(items__isnull=False).exists()


def test_an_option_that_the_form_does_not_name_is_the_first_in_order() -> None:
    product = sold()
    option, _ = with_option(product)
    for said in ({}, {f"option-{option}": ""}):
        web = browser()
        fields = {"billing_cycle": "monthly", "qty": "1"} | said
        assert web.post(f"/store/{product.slug}", fields).status_code == 303
        page = web.get("/cart").content.decode()
        assert "Memory: 4 GB" in page
        assert "$9.00" in page
    page = web.get(f"/store/{product.slug}").content.decode()
    assert "(optional)" not in page[page.index("Memory") :][:100]


def test_an_option_of_another_product_was_ignored() -> None:
    product, other = sold(), sold("Other")
    option, value = with_option(other)
    web = browser()
    form = {"billing_cycle": "monthly", "qty": "3", f"option-{option}": str(value)}
    answer = web.post(f"/store/{product.slug}", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This option does not belong to the product." in page
    assert 'name="qty" value="3"' in page
    assert not Cart.objects.exists()


def test_a_product_that_needs_a_name_asks_for_it() -> None:
    product = sold(require_domain=True)
    web = browser()
    assert web.post(f"/store/{product.slug}", {"billing_cycle": "monthly"}).status_code == 422
    reply = web.post(
        f"/store/{product.slug}", {"billing_cycle": "monthly", "domain": "Mine.example"}
    )
    assert reply.status_code == 303
    assert Cart.objects.get().items.get().domain == "mine.example"


def test_the_words_of_a_product_hold_no_script() -> None:  # X9
    product = sold(description="**Fast** <script>alert(1)</script> [x](javascript:alert(1))")
    page = browser().get(f"/store/{product.slug}").content.decode()
    assert "<strong>Fast</strong>" in page
    listed = browser().get("/store").content.decode()
    assert "<p>Fast &lt;script&gt;" in listed  # the words alone
    for shown in (page, listed):
        assert "<script>alert" not in shown
        assert 'href="javascript' not in shown


def test_the_addresses_of_clients_lead_to_the_store(cast: Cast) -> None:
    web = cast.browse(cast.alice)
    assert web.get("/client/store")["Location"] == "/store"
    assert web.get("/client/store/rocket")["Location"] == "/store/rocket"


def test_full_pages_ask_no_more_than_one_product(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        group = make_group()
        for number in range(5):
            one = make_product(
                name=f"Rocket {group.pk} {number}",
                group=group,
                prices=[("USD", "monthly", 900), ("EUR", "monthly", 900)],
            )
            catalog.set_stock(product=one, left=5, at=AT, actor=SYSTEM)
    with_option(one)
    guest, member = browser(), cast.browse(cast.alice)
    for url, of_guest, of_member in (
        ("/", 6, 8),
        ("/store", 7, 9),
        (f"/store/{one.slug}", 18, 21),
    ):
        with django_assert_num_queries(of_guest):
            assert "5 left" in guest.get(url).content.decode()
        with django_assert_num_queries(of_member):
            assert member.get(url).status_code == 200


def test_a_guest_chooses_currency_and_language_where_he_arrives(settings: Settings) -> None:
    sold()
    web = browser()
    page = web.get("/").content.decode()
    assert 'action="/store/currency"' in page
    assert 'action="/language"' not in page  # there is one
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
    assert 'action="/language"' not in web.get("/").content.decode()  # the others are not enabled
    set_preference(key="locale.enabled", value="en,de", at=AT, actor=SYSTEM)
    assert '<option value="de" lang="de">Deutsch</option>' in web.get("/").content.decode()
    assert web.post("/language", {"language": "de", "next": "/store"})["Location"] == "/store"
    assert '<html lang="de">' in web.get("/").content.decode()
    for odd in ("xx", "fr", "", "de; path=/"):
        assert web.post("/language", {"language": odd, "next": "//evil.example"}).status_code == 303
        assert '<html lang="de">' in web.get("/").content.decode()
    answer = web.post("/language", {"language": "de", "next": "//evil.example"})
    assert "evil" not in answer["Location"]
    assert web.get("/language").status_code == 405


def test_a_name_that_another_client_has_here_is_not_put_in_as_ones_own(cast: Cast) -> None:
    make_domain(cast.foreign, domain_name="charlies.example")
    make_domain(cast.client, domain_name="acme.example")
    make_domain(cast.foreign, "cancelled", domain_name="former.example")
    prices = [("USD", "monthly", 900), ("EUR", "monthly", 800)]
    product = make_product(prices=prices, require_domain=True)
    for web in (cast.browse(cast.alice), browser()):
        form = {"billing_cycle": "monthly", "qty": "1", "domain_action": "own"}
        form["domain"] = "Charlies.example"
        answer = web.post(f"/store/{product.slug}", form)
        assert answer.status_code == 422
        assert "charlies.example is managed here for another account." in answer.content.decode()
    for name in ("acme.example", "former.example", "elsewhere.example"):
        web = cast.browse(cast.alice)
        answer = web.post(f"/store/{product.slug}", form | {"domain": name})
        assert answer.status_code == 303, name
