"""`/`, `/store` and `/store/{slug}`: what guests and clients see, and what goes into the cart."""

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.catalog.actions.currencies import deactivate_currency
from commerce.catalog.actions.options import create_option, create_option_group, set_option_price
from commerce.catalog.actions.pictures import set_product_picture
from commerce.catalog.actions.prices import set_group_price
from commerce.catalog.actions.products import (
    change_product_group,
    set_product_slug,
    set_product_status,
    set_stock,
)
from commerce.catalog.models import Currency, Product
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Cart
from commerce.site_settings.actions import set_setting
from tests.make.browser import make_browser
from tests.make.people import AT
from tests.make.pictures import png
from tests.make.records import make_domain, make_group, make_product
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.django_db


def sold(name: str = "Rocket", **over: object) -> Product:
    return make_product(
        name=name, prices=[("USD", "monthly", 900), ("USD", "annually", 9600)], **over
    )


def with_option(product: Product) -> tuple[int, int]:
    """An option "Memory" with a free and a priced value; its id and that of the priced one."""
    group = create_option_group(name="Extras", products=[product], ctx=Context(AT, SYSTEM))
    option = create_option(
        group=group,
        name="Memory",
        kind="dropdown",
        values=["4 GB", "8 GB"],
        ctx=Context(AT, SYSTEM),
    )
    value = option.values.get(name="8 GB")
    for cycle in ("monthly", "annually"):
        set_option_price(
            value=value,
            currency_code="USD",
            billing_cycle=cycle,
            price=300,
            ctx=Context(AT, SYSTEM),
        )
    return option.pk, value.pk


def test_the_start_page_and_the_store_show_what_is_sold() -> None:
    sold()
    for url in ("/", "/store"):
        page = make_browser().get(url).content.decode()
        assert "Rocket" in page
        assert "$8.00" in page  # the year's price by the month
        assert "$9.00" in page


def test_hidden_retired_and_unpriced_products_are_not_listed() -> None:
    for status in ("hidden", "retired"):
        set_product_status(product=sold(status.title()), status=status, ctx=Context(AT, SYSTEM))
    unseen = make_group()
    change_product_group(group=unseen, is_visible=False, ctx=Context(AT, SYSTEM))
    make_product(name="Elsewhere", group=unseen, prices=[("USD", "monthly", 500)])
    page = make_browser().get("/store").content.decode()
    assert "Hidden" not in page
    assert "Retired" not in page
    assert "Elsewhere" not in page


def test_an_empty_store_says_so() -> None:
    assert "No products yet" in make_browser().get("/store").content.decode()


def test_a_group_has_its_own_list_and_an_unknown_one_shows_all() -> None:
    product = sold()
    sold("Other")
    web = make_browser()
    page = web.get("/store", {"group": product.group.slug}).content.decode()
    assert "Rocket" in page
    assert "Other" not in page
    answer = web.get("/store?group=nothing")
    assert answer.status_code == 422
    for words in ("We couldn't find that product group.", "Rocket", "Other"):
        assert words in answer.content.decode()


def test_a_product_has_its_page_by_link_unless_it_is_retired() -> None:
    product = sold()
    web = make_browser()
    assert web.get(f"/store/{product.slug}").status_code == 200
    set_product_status(product=product, status="hidden", ctx=Context(AT, SYSTEM))
    assert web.get(f"/store/{product.slug}").status_code == 200
    set_product_status(product=product, status="retired", ctx=Context(AT, SYSTEM))
    assert web.get(f"/store/{product.slug}").status_code == 404
    assert web.get("/store/unknown").status_code == 404


def test_a_product_of_a_hidden_group_leads_to_no_list_of_it() -> None:
    product = sold()
    link = f"/store?group={product.group.slug}"
    assert link in make_browser().get(f"/store/{product.slug}").content.decode()
    change_product_group(group=product.group, is_visible=False, ctx=Context(AT, SYSTEM))
    assert link not in make_browser().get(f"/store/{product.slug}").content.decode()


def test_a_client_whose_currency_is_not_sold_in_is_told_before_he_chooses(cast: PortalCast) -> None:
    product = make_product(prices=[("EUR", "monthly", 500)])
    deactivate_currency(currency=Currency.objects.get(pk="EUR"), ctx=Context(AT, SYSTEM))
    web = cast.browse(cast.alice)
    page = web.get(f"/store/{product.slug}").content.decode()
    assert "We no longer sell in your account&#x27;s currency." in page
    assert "Add to cart" not in page
    fields = {"billing_cycle": "monthly", "qty": "1"}
    assert web.post(f"/store/{product.slug}", fields).status_code == 422
    assert not Cart.objects.filter(items__isnull=False).exists()


def test_an_old_address_leads_to_the_new_one() -> None:
    product = sold()
    old = product.slug
    set_product_slug(product=product, slug="new-place", ctx=Context(AT, SYSTEM))
    reply = make_browser().get(f"/store/{old}")
    assert (reply.status_code, reply["Location"]) == (301, "/store/new-place")


def test_a_product_without_a_price_in_the_currency_is_shown_and_not_orderable() -> None:
    product = make_product(name="Euro only", prices=[("EUR", "monthly", 500)])
    page = make_browser().get(f"/store/{product.slug}").content.decode()
    assert "Custom pricing" in page
    assert 'href="mailto:support@example.com?subject=Euro%20only"' in page
    listed = make_browser().get("/store").content.decode()
    assert "Custom pricing" in listed
    assert "Order now" not in listed
    assert "Add to cart" not in page


def test_a_guest_chooses_the_currency() -> None:
    product = make_product(name="Euro only", prices=[("EUR", "monthly", 500)])
    web = make_browser()
    reply = web.post("/store/currency", {"currency": "EUR", "next": f"/store/{product.slug}"})
    assert (reply.status_code, reply["Location"]) == (303, f"/store/{product.slug}")
    assert "€5.00" in web.get(f"/store/{product.slug}").content.decode()
    assert web.post("/store/currency", {"currency": "EUR", "next": "//evil.example"})[
        "Location"
    ].startswith("/client")
    web.post("/store/currency", {"currency": "XXX"})
    assert "€5.00" in web.get(f"/store/{product.slug}").content.decode()


def test_a_client_sees_his_currency_and_the_prices_of_his_group(cast: PortalCast) -> None:
    product = make_product(name="Rocket", prices=[("EUR", "monthly", 900)])
    group = create_client_group(name="Friends", discount=0, ctx=Context(AT, SYSTEM))
    set_client_group(client=cast.client, group=group, ctx=Context(AT, SYSTEM))
    set_group_price(
        group=group,
        product=product,
        currency_code="EUR",
        billing_cycle="monthly",
        price=700,
        ctx=Context(AT, SYSTEM),
    )
    page = cast.browse(cast.alice).get("/store").content.decode()
    assert "€7.00" in page
    assert "9.00" not in page
    assert "/store/currency" not in page


def test_the_server_says_what_a_choice_costs() -> None:
    product = sold()
    option, value = with_option(product)
    web = make_browser()
    choice = {"billing_cycle": "monthly", "qty": "2", f"option-{option}": str(value), "update": "1"}
    url = f"/store/{product.slug}"
    page = web.post(url, choice)
    assert page.status_code == 200
    assert "$24.00" in page.content.decode()
    assert '<option value="' + str(value) + '" selected' in page.content.decode()
    part = web.post(url, choice, headers={"HX-Request": "true"}).content.decode()
    assert "$24.00" in part
    assert "<html" not in part
    rows = part.partition("</ul>")[0]
    for shown in ("Rocket", "Monthly × 2", "$9.00", "Memory", "8 GB", "$3.00"):
        assert shown in rows
    assert not Cart.objects.exists()


def test_a_choice_goes_into_the_cart() -> None:
    product = sold()
    option, value = with_option(product)
    web = make_browser()
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
    reply = make_browser().post(f"/store/{product.slug}", good | wrong)
    assert reply.status_code == 422
    assert not Cart.objects.filter(items__isnull=False).exists()


def test_an_option_that_the_form_does_not_name_is_the_first_in_order() -> None:
    product = sold()
    option, _ = with_option(product)
    for said in ({}, {f"option-{option}": ""}):
        web = make_browser()
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
    web = make_browser()
    form = {"billing_cycle": "monthly", "qty": "3", f"option-{option}": str(value)}
    answer = web.post(f"/store/{product.slug}", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This option isn&#x27;t available for this product." in page
    assert 'name="qty" value="3"' in page
    assert not Cart.objects.exists()


def test_a_product_that_needs_a_name_asks_for_it() -> None:
    product = sold(require_domain=True)
    web = make_browser()
    assert web.post(f"/store/{product.slug}", {"billing_cycle": "monthly"}).status_code == 422
    reply = web.post(
        f"/store/{product.slug}", {"billing_cycle": "monthly", "domain": "Mine.example"}
    )
    assert reply.status_code == 303
    assert Cart.objects.get().items.get().domain == "mine.example"


def test_the_words_of_a_product_hold_no_script() -> None:  # X9
    product = sold(description="**Fast** <script>alert(1)</script> [x](javascript:alert(1))")
    page = make_browser().get(f"/store/{product.slug}").content.decode()
    assert "<strong>Fast</strong>" in page
    listed = make_browser().get("/store").content.decode()
    assert ">Fast &lt;script&gt;" in listed  # the words alone
    for shown in (page, listed):
        assert "<script>alert" not in shown
        assert 'href="javascript' not in shown


def test_the_addresses_of_clients_lead_to_the_store(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    assert web.get("/client/store")["Location"] == "/store"
    assert web.get("/client/store/rocket")["Location"] == "/store/rocket"


def test_full_pages_ask_no_more_than_one_product(
    cast: PortalCast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        group = make_group()
        for number in range(5):
            one = make_product(
                name=f"Rocket {group.pk} {number}",
                group=group,
                prices=[("USD", "monthly", 900), ("EUR", "monthly", 900)],
            )
            set_stock(product=one, units=5, ctx=Context(AT, SYSTEM))
    with_option(one)
    guest, member = make_browser(), cast.browse(cast.alice)
    for url, of_guest, of_member in (
        ("/", 6, 9),
        ("/store", 7, 10),
        (f"/store/{one.slug}", 14, 17),
    ):
        with django_assert_num_queries(of_guest):
            assert "5 left" in guest.get(url).content.decode()
        with django_assert_num_queries(of_member):
            assert member.get(url).status_code == 200


def test_a_guest_chooses_currency_and_language_where_he_arrives(settings: Settings) -> None:
    sold()
    web = make_browser()
    region = "/store/region?next=/"
    assert f'href="{region}"' in web.get("/").content.decode()
    page = web.get(region).content.decode()
    assert 'action="/store/currency"' in page
    assert 'name="next" value="/"' in page
    assert 'action="/language"' not in page  # there is one
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
    assert 'action="/language"' not in web.get(region).content.decode()  # the others are off
    set_setting(key="locale.enabled", value="en,de", ctx=Context(AT, SYSTEM))
    assert '<option value="de" lang="de">Deutsch</option>' in web.get(region).content.decode()
    assert web.post("/language", {"language": "de", "next": "/store"})["Location"] == "/store"
    assert '<html lang="de">' in web.get("/").content.decode()
    for odd in ("xx", "fr", "", "de; path=/"):
        assert web.post("/language", {"language": odd, "next": "//evil.example"}).status_code == 303
        assert '<html lang="de">' in web.get("/").content.decode()
    answer = web.post("/language", {"language": "de", "next": "//evil.example"})
    assert "evil" not in answer["Location"]
    assert web.get("/language").status_code == 405


def test_a_name_that_another_client_has_here_is_not_put_in_as_ones_own(cast: PortalCast) -> None:
    make_domain(cast.foreign, domain_name="charlies.example")
    make_domain(cast.client, domain_name="acme.example")
    make_domain(cast.foreign, "cancelled", domain_name="former.example")
    prices = [("USD", "monthly", 900), ("EUR", "monthly", 800)]
    product = make_product(prices=prices, require_domain=True)
    for web in (cast.browse(cast.alice), make_browser()):
        form = {"billing_cycle": "monthly", "qty": "1", "domain_action": "own"}
        form["domain"] = "Charlies.example"
        answer = web.post(f"/store/{product.slug}", form)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert (
            "charlies.example is already in another account. If it&#x27;s yours, contact us."
            in page
        )
    for name in ("acme.example", "former.example", "elsewhere.example"):
        web = cast.browse(cast.alice)
        answer = web.post(f"/store/{product.slug}", form | {"domain": name})
        assert answer.status_code == 303, name


def test_the_picture_of_a_product_is_kept_for_good_by_browsers() -> None:
    product = sold()
    name = set_product_picture(product=product, content=png(), ctx=Context(AT, SYSTEM))
    answer = make_browser().get(f"/store/pictures/{name}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert "immutable" in answer["Cache-Control"]
    assert make_browser().get("/store/pictures/other.png").status_code == 404
