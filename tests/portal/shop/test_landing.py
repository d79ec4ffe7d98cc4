"""`/`, `/faq` and what search engines and caches are told of the public pages."""

import json
import re
from datetime import date

import pytest

from commerce.billing.models import TaxRule
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.pictures import set_product_picture
from commerce.catalog.actions.products import change_product_group, set_product_status, set_stock
from commerce.catalog.models import Currency, Product, ProductGroup, Stock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting, upload_setting_picture
from commerce.support.actions import create_faq_entry
from tests.make.browser import make_browser
from tests.make.people import AT
from tests.make.pictures import png
from tests.make.records import make_group, make_product
from tests.portal.conftest import PortalCast

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
PRICES = [("USD", "monthly", 1000), ("USD", "annually", 10_000), ("EUR", "monthly", 900)]


def read(url: str, **headers: str) -> str:
    return make_browser().get(url, headers=headers).content.decode()


def sell_from_germany(**over: object) -> Product:
    """A product of a German company, with the rates of Germany and France."""
    set_setting(key="company.country", value="DE", ctx=CTX)
    for country, rate in (("DE", 19_000), ("FR", 20_000)):
        add_tax_rule(
            country=country,
            rate=rate,
            category="S",
            name="VAT",
            valid_from=date(2020, 1, 1),
            ctx=CTX,
        )
    return make_product(**{"name": "Rocket", "prices": PRICES} | over)


def test_a_new_installation_has_a_useful_start_page() -> None:
    page = read("/")
    assert "Your hosting, in one place" in page
    assert 'href="/client/login">Sign in' in page
    assert "Pay online and download every invoice." in page
    for absent in ("Frequently asked", "Still have questions?", "About My", "View plans"):
        assert absent not in page


def test_the_start_page_has_each_block_that_there_is_something_for() -> None:
    make_product(
        name="Rocket",
        prices=PRICES,
        features="Storage: 10 GB\nDaily backups",
        is_featured=True,
    )
    for key, value in (
        ("company.name", "Harbour"),
        ("company.email", "hello@harbour.example"),
        ("company.phone", "+353 1 555 0142"),
        ("portal.hero_title", "Hosting that works"),
        ("portal.about", "Since **2009**. <script>alert(1)</script>"),
        ("portal.highlights", "Fast | Really. ; Backups"),
        ("portal.show_faq", "on"),
    ):
        set_setting(key=key, value=value, ctx=CTX)
    create_faq_entry(question="Is it <fast>?", answer="*Yes*.", ctx=CTX)
    create_faq_entry(question="Unpublished?", answer="No.", is_published=False, ctx=CTX)
    page = read("/")
    for shown in (
        *("Hosting that works", "Since <strong>2009</strong>", ">Fast</h2>", "Really."),
        *("Most popular", "Storage: <strong>10 GB</strong>", "Daily backups"),
        *("Is it &lt;fast&gt;?", "<em>Yes</em>", "About Harbour"),
        *("mailto:hello@harbour.example", 'href="tel:+35315550142"', 'href="#plans">View plans'),
    ):
        assert shown in page, shown
    assert "<script>alert" not in page
    assert "Unpublished?" not in page
    assert "Pay online and download" not in page


def test_the_start_page_without_hero_and_products_still_leads_to_them() -> None:
    make_product(name="Rocket", prices=PRICES)
    set_setting(key="portal.show_products", value="off", ctx=CTX)
    page = read("/")
    assert "Rocket" not in page
    assert 'href="/store">View plans' in page
    set_setting(key="portal.show_hero", value="off", ctx=CTX)
    assert '<h1 class="visually-hidden">' in read("/")


def test_plans_of_a_group_are_compared_by_their_features() -> None:
    group = make_group(name="Web")
    for name, features in (("Small", "Storage: 1 GB\nBackups"), ("Large", "Storage: 9 GB\nSSH")):
        make_product(name=name, group=group, prices=PRICES, features=features)
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', read("/store"), re.DOTALL)
    words = [re.sub(r"<[^>]*>", " ", row).split() for row in rows]
    assert words == [
        ["Price", "$8.33", "per", "month", "$8.33", "per", "month"],
        ["Storage", "1", "GB", "9", "GB"],
        ["Backups", "Included", "–", "Not", "included"],
        ["SSH", "–", "Not", "included", "Included"],
    ]


def test_a_product_alone_and_one_without_features_are_not_compared() -> None:
    make_product(name="Alone", prices=PRICES, features="Storage: 1 GB")
    group = make_group()
    for name in ("First", "Second"):
        make_product(name=name, group=group, prices=PRICES)
    assert "Compare plans" not in read("/store")


def test_a_longer_cycle_says_what_it_saves() -> None:
    product = make_product(
        name="Rocket", prices=[("USD", "monthly", 500), ("USD", "annually", 5000)]
    )
    page = read("/")
    assert "from <strong><span" in page
    for shown in ("$4.17", "$50.00 billed yearly", "Save 17%", "billed monthly"):
        assert shown in page, shown
    make_product(name="Even", prices=[("USD", "monthly", 100), ("USD", "annually", 1200)])
    assert read("/").count("Save ") == 1
    assert "Yearly: $50.00 (save 17%)" in read(f"/store/{product.slug}")


def test_a_free_product_says_so() -> None:
    make_product(name="Community", prices=[("USD", "monthly", 0)])
    page = read("/store")
    assert "<strong>Free</strong>" in page
    assert "$0.00" not in page


def test_a_consumer_in_the_eu_sees_prices_with_their_tax() -> None:
    product = sell_from_germany()
    web = make_browser()
    page = web.get("/store").content.decode()
    for shown in ("$11.90", "$119.00 billed yearly", "incl. 19% VAT", "USD · Germany"):
        assert shown in page, shown
    web.post("/store/currency", {"currency": "EUR", "country": "FR", "next": "/store"})
    for url in ("/store", f"/store/{product.slug}"):
        page = web.get(url).content.decode()
        assert "€10.80" in page, url
        assert "incl. 20% VAT" in page, url
    web.post("/store/currency", {"currency": "EUR", "country": "US", "next": "/store"})
    page = web.get("/store").content.decode()
    assert "€9.00" in page
    assert "VAT" not in page


def test_what_another_process_changed_of_prices_and_tax_is_on_the_next_page() -> None:
    """Nothing of what the rows said is kept between pages: written past our actions, it shows all the same."""
    product = sell_from_germany(prices=[("USD", "monthly", 1000)])
    assert "$11.90" in read("/store")
    product.prices.update(price=2000, setup_fee=500)
    page = read("/store")
    assert "$23.80" in page
    assert 'plus <span class="money nowrap">$5.95</span> setup fee' in page
    assert "$11.90" not in page
    TaxRule.objects.filter(country="DE").update(rate_milli=7000)
    page = read("/store")
    assert "$21.40" in page
    assert "incl. 7% VAT" in page
    Product.objects.filter(pk=product.pk).update(
        description="*New* words", features="Disk: 9 GB", stock_control=True
    )
    ProductGroup.objects.update(name="Ships")
    Currency.objects.filter(pk="USD").update(prefix="US$")
    page = read("/store")
    for shown in ("New words", "Disk: <strong>9 GB</strong>", "Sold out", "Ships</h2>", "US$21.40"):
        assert shown in page, shown
    Stock.objects.create(product=product, left=3)
    assert "Only 3 left" in read("/store")
    product.prices.all().delete()
    product.prices.create(currency_id="EUR", billing_cycle="monthly", price=900)
    set_setting(key="company.email", value="sales@example.com", ctx=CTX)
    assert "mailto:sales@example.com?subject=Rocket" in read("/store")


def test_pages_of_two_languages_follow_each_other() -> None:
    sell_from_germany()
    set_setting(key="locale.enabled", value="en, de", ctx=CTX)
    for _ in range(2):
        assert "Order now" in read("/store", **{"Accept-Language": "en"})
        page = read("/store", **{"Accept-Language": "de"})
        assert "Order now" not in page
        assert "11,90" in page


def test_a_country_that_a_guest_chose_goes_along_into_their_cart() -> None:
    product = sell_from_germany()
    web = make_browser()
    web.post("/store/currency", {"currency": "EUR", "country": "FR", "next": "/store"})
    web.post(f"/store/{product.slug}", {"billing_cycle": "monthly", "qty": "1"})
    assert "€10.80" in web.get("/cart").content.decode()


def test_a_business_sees_prices_without_tax(cast: PortalCast) -> None:
    sell_from_germany()
    web = cast.browse(cast.alice)
    cast.client.country, cast.client.company = "FR", "ACME"
    cast.client.save()
    page = web.get("/store").content.decode()
    assert "€9.00" in page
    assert "plus 20% VAT" in page


@pytest.mark.parametrize(
    ("mode", "price", "note"),
    [("gross", "$11.90", "incl. 19% VAT"), ("net", "$10.00", "plus 19% VAT")],
)
def test_staff_decide_how_prices_are_shown(mode: str, price: str, note: str) -> None:
    sell_from_germany()
    set_setting(key="portal.show_prices", value=mode, ctx=CTX)
    page = read("/store")
    assert price in page
    assert note in page


def test_prices_that_hold_tax_are_shown_as_they_are_kept() -> None:
    sell_from_germany()
    set_setting(key="tax.prices_include_tax", value="on", ctx=CTX)
    page = read("/store")
    assert "$10.00" in page
    assert "incl. 19% VAT" in page
    set_setting(key="portal.show_prices", value="net", ctx=CTX)
    page = read("/store")
    assert "$8.40" in page
    assert "plus 19% VAT" in page


def test_where_the_state_decides_tax_may_come_on_top() -> None:
    add_tax_rule(
        country="US",
        state="NY",
        rate=8_875,
        category="S",
        name="Sales tax",
        valid_from=date(2020, 1, 1),
        ctx=CTX,
    )
    make_product(name="Rocket", prices=PRICES)
    assert "plus tax" in read("/store")


def test_questions_have_a_page_while_they_are_shown() -> None:
    assert make_browser().get("/faq").status_code == 404
    set_setting(key="portal.show_faq", value="on", ctx=CTX)
    assert "published any answers yet" in read("/faq")
    create_faq_entry(question="Do you move my website?", answer="Yes.", ctx=CTX)
    page = read("/faq")
    assert "Do you move my website?" in page
    assert '<meta name="description" content="Do you move my website?">' in page


def test_the_start_page_has_the_first_questions_and_leads_to_all() -> None:
    set_setting(key="portal.show_faq", value="on", ctx=CTX)
    for number in range(7):
        create_faq_entry(question=f"Question {number}?", answer="Yes.", position=number, ctx=CTX)
    page = read("/")
    assert "Question 5?" in page
    assert "Question 6?" not in page
    assert 'href="/faq">View all questions' in page
    assert "Question 6?" in read("/faq")
    assert 'href="/faq">FAQ' in read("/store")  # from the foot of every page


def test_a_client_keeps_their_region(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    assert web.get("/store/region?next=/store")["Location"] == "/store"
    assert "Change region" not in web.get("/store").content.decode()
    assert make_browser().get("/store/region?next=//evil.example").status_code == 200
    assert "evil" not in read("/store/region?next=//evil.example")


def test_a_strangers_page_may_be_kept_and_nobody_elses(cast: PortalCast) -> None:
    product = make_product(name="Rocket", prices=PRICES)
    set_setting(key="portal.show_faq", value="on", ctx=CTX)
    for url in ("/", "/store", "/faq"):
        answer = make_browser().get(url)
        assert answer["Cache-Control"] == "public, max-age=0, s-maxage=60", url
        assert {"Cookie", "Accept-Language"} <= set(re.split(r",\s*", answer["Vary"]))
        assert not answer.cookies
        again = make_browser().get(url, headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert cast.browse(cast.alice).get(url)["Cache-Control"] == "no-store"
    guest = make_browser()
    guest.post(f"/store/{product.slug}", {"billing_cycle": "monthly", "qty": "1"})
    page = guest.get("/store", headers={"If-None-Match": answer["ETag"]})
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    assert make_browser().get(f"/store/{product.slug}")["Cache-Control"] == "no-store"


def test_a_strangers_page_changes_its_tag_with_what_it_shows() -> None:
    product = make_product(name="Rocket", prices=PRICES)
    set_stock(product=product, units=5, ctx=CTX)
    before = make_browser().get("/store")["ETag"]
    assert make_browser().get("/store")["ETag"] == before
    set_stock(product=product, units=4, ctx=CTX)
    assert make_browser().get("/store")["ETag"] != before


def test_pages_say_what_they_are_to_search_engines_and_previews() -> None:
    product = sell_from_germany(description="Fast & **safe** </script>", features="Storage: 1 GB")
    name = set_product_picture(product=product, content=png(), ctx=CTX)
    page = read(f"/store/{product.slug}?utm=x")
    for shown in (
        '<link rel="canonical" href="https://localhost:8443/store/rocket">',
        '<meta property="og:title" content="Rocket">',
        f'<meta property="og:image" content="https://localhost:8443/store/pictures/{name}">',
        '<meta name="description" content="Fast &amp; safe',
    ):
        assert shown in page, shown
    (record,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    told = json.loads(record)
    assert told["name"] == "Rocket"
    assert [(o["price"], o["priceCurrency"]) for o in told["offers"]] == [
        ("11.90", "USD"),
        ("119.00", "USD"),
    ]
    assert told["offers"][0]["priceSpecification"]["valueAddedTaxIncluded"] is True
    group = read(f"/store?group={product.group.slug}&x=1")
    assert f'href="https://localhost:8443/store?group={product.group.slug}">' in group


def test_a_hidden_product_is_left_out_by_search_engines() -> None:
    product = make_product(name="Rocket", prices=PRICES)
    assert "noindex" not in read("/store/rocket")
    set_product_status(product=product, status="hidden", ctx=CTX)
    assert '<meta name="robots" content="noindex">' in read("/store/rocket")


def test_a_preview_of_another_page_shows_the_logo() -> None:
    name = upload_setting_picture(key="branding.logo", content=png(), ctx=CTX)
    assert f'content="https://localhost:8443/brand/{name}"' in read("/")


def test_the_sitemap_has_what_anybody_may_find() -> None:
    assert "/store" not in read("/sitemap.xml")
    sold = make_product(name="Rocket", prices=PRICES)
    for status in ("hidden", "retired"):
        product = make_product(name=status.title(), prices=PRICES)
        set_product_status(product=product, status=status, ctx=CTX)
    unseen = make_product(name="Unseen", prices=PRICES)
    change_product_group(group=unseen.group, is_visible=False, ctx=CTX)
    places = re.findall("<loc>(.*?)</loc>", read("/sitemap.xml"))
    site = "https://localhost:8443"
    assert places == [
        f"{site}/",
        f"{site}/store",
        f"{site}/store?group={sold.group.slug}",
        f"{site}/store/rocket",
    ]


def test_search_engines_are_kept_from_what_belongs_to_one_person() -> None:
    text = read("/robots.txt")
    assert "Disallow: /client/" in text
    assert "Sitemap: https://localhost:8443/sitemap.xml" in text
    assert "Disallow: /store\n" not in text


def test_programs_that_ask_for_an_icon_get_the_brands() -> None:
    assert make_browser().get("/favicon.ico")["Location"] == "/brand.svg"
    name = upload_setting_picture(key="branding.favicon", content=png(), ctx=CTX)
    assert make_browser().get("/favicon.ico")["Location"] == f"/brand/{name}"
