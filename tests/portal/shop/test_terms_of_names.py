"""The term and the privacy of a name: chosen beside the product, changed in the cart (catalog-and-orders.md 6)."""

import pytest

from commerce.catalog.models import Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import CartItem
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient
from tests.make.people import AT
from tests.make.records import make_product
from tests.portal.conftest import PortalCast
from tests.portal.shop.test_cart import put


@pytest.fixture
def web(cast: PortalCast) -> HttpsTestClient:
    return cast.browse(cast.alice)


@pytest.fixture
def hosting(cast: PortalCast) -> Product:
    """A product that needs a name, where names under .test can be registered."""
    for key, value in (("domains.ns1", "ns1.example.net"), ("domains.ns2", "ns2.example.net")):
        set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))
    tld = set_tld(tld="test", ctx=Context(AT, SYSTEM))
    prices = dict.fromkeys(("register", "renew"), 1000) | dict.fromkeys(("transfer", "restore"))
    set_tld_price(tld=tld, currency_code="EUR", ctx=Context(AT, SYSTEM), **prices)
    return make_product(name="Host", prices=[("EUR", "monthly", 100)], require_domain=True)


def test_a_name_under_an_ending_of_two_years_could_not_be_bought(
    web: HttpsTestClient, hosting: Product
) -> None:
    """The form asked for no term, and the cart wished for one year."""
    set_tld(tld="test", min_years=2, max_years=5, ctx=Context(AT, SYSTEM))
    for host, years, kept in (("short", "", 2), ("long", "4", 4)):
        sent = {"domain": f"{host}.test", "domain_action": "register", "years": years}
        assert put(web, hosting, **sent, whois_privacy="on").status_code == 303
        item = CartItem.objects.get(action="register", domain=f"{host}.test")
        assert (item.years, item.whois_privacy) == (kept, True)
    page = put(web, hosting, domain="more.test", domain_action="register", years="6")
    assert page.status_code == 422


def test_privacy_that_an_ending_does_not_have_is_refused(
    web: HttpsTestClient, hosting: Product
) -> None:
    set_tld(tld="test", privacy_available=False, ctx=Context(AT, SYSTEM))
    other = set_tld(tld="open", ctx=Context(AT, SYSTEM))
    prices = dict.fromkeys(("register", "renew"), 900) | dict.fromkeys(("transfer", "restore"))
    set_tld_price(tld=other, currency_code="EUR", ctx=Context(AT, SYSTEM), **prices)
    sent = {"domain": "more.test", "domain_action": "register", "whois_privacy": "on"}
    answer = put(web, hosting, **sent)
    assert answer.status_code == 422
    assert "WHOIS privacy isn&#x27;t available for " in answer.content.decode()
    assert not CartItem.objects.filter(domain="more.test").exists()


def test_a_registration_without_a_name_was_forgotten(
    web: HttpsTestClient, hosting: Product
) -> None:
    Product.objects.filter(pk=hosting.pk).update(require_domain=False)
    for action in ("register", "transfer"):
        answer = put(web, hosting, domain_action=action)
        assert answer.status_code == 422
        assert "Enter a domain name." in answer.content.decode()
    assert not CartItem.objects.exists()
    assert put(web, hosting, domain_action="own").status_code == 303


def test_a_name_in_letters_of_its_own_could_not_be_bought(
    web: HttpsTestClient, hosting: Product
) -> None:
    sent = {"domain": "Münster.TEST.", "domain_action": "register"}
    assert put(web, hosting, **sent).status_code == 303
    domains_in = {item.domain for item in CartItem.objects.all()}
    assert domains_in == {"xn--mnster-3ya.test"}
    for page in ("/cart", "/checkout"):
        assert "münster.test" in web.get(page).content.decode()
    sent["domain"] = "XN--strae-oqa.test"
    assert put(web, hosting, **sent).status_code == 303
    assert CartItem.objects.filter(domain="xn--strae-oqa.test").count() == 2
    # The first would be another name, strasse.test (decision 37).
    for other in ("straße.test", "two words.test", "a..test"):
        answer = put(web, hosting, domain=other, domain_action="register")
        assert answer.status_code == 422
        assert f"{other} isn&#x27;t a valid domain name." in answer.content.decode()


def test_the_years_of_a_name_are_changed_in_the_cart(
    web: HttpsTestClient, hosting: Product
) -> None:
    put(web, hosting, domain="mine.test", domain_action="register")
    name = CartItem.objects.get(action="register")
    set_tld(tld="test", min_years=2, max_years=5, ctx=Context(AT, SYSTEM))
    page = web.get("/cart").content.decode()
    assert 'value="1" selected' in page  # what it was, beside what it can be
    assert "Choose a term from 2 to 5 years for .test." in page
    url = f"/cart/items/{name.pk}"
    assert web.post(url, {"years": "3"}).status_code == 303
    name.refresh_from_db()
    assert name.years == 3
    assert "\u20ac30.00" in web.get("/cart").content.decode()
    for wrong in ("6", "1", "0", "many", "9" * 5000):
        web.post(url, {"years": wrong})
        assert "Choose a term from 2 to 5 years for .test." in web.get("/cart").content.decode()
    name.refresh_from_db()
    assert name.years == 3


def test_a_product_has_no_years(web: HttpsTestClient, hosting: Product) -> None:
    put(web, hosting, domain="mine.test")
    item = CartItem.objects.get(product=hosting)
    web.post(f"/cart/items/{item.pk}", {"years": "3"})
    assert "The term of this item can&#x27;t be changed." in web.get("/cart").content.decode()
