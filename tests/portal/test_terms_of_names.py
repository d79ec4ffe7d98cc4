"""The term and the privacy of a name: chosen beside the product, changed in the cart (catalog-and-orders.md 6)."""

import pytest

from commerce.catalog.models import Product
from commerce.domains import actions as domains
from commerce.kit.actor import SYSTEM
from commerce.orders.models import CartItem
from commerce.preferences.actions import set_preference
from tests.make.browser import Browser
from tests.make.people import AT
from tests.make.trade import make_product
from tests.portal.conftest import Cast
from tests.portal.test_cart import put


@pytest.fixture
def web(cast: Cast) -> Browser:
    return cast.browse(cast.alice)


@pytest.fixture
def hosting(cast: Cast) -> Product:
    """A product that needs a name, where names under .test can be registered."""
    for key, value in (("domains.ns1", "ns1.example.net"), ("domains.ns2", "ns2.example.net")):
        set_preference(key=key, value=value, at=AT, actor=SYSTEM)
    tld = domains.set_tld(tld="test", at=AT, actor=SYSTEM)
    prices = dict.fromkeys(("register", "renew"), 1000) | dict.fromkeys(("transfer", "restore"))
    domains.set_tld_price(tld=tld, currency_code="EUR", at=AT, actor=SYSTEM, **prices)
    return make_product(name="Host", prices=[("EUR", "monthly", 100)], require_domain=True)


def test_a_name_under_an_ending_of_two_years_could_not_be_bought(
    web: Browser, hosting: Product
) -> None:
    """The form asked for no term, and the cart wished for one year."""
    domains.set_tld(tld="test", min_years=2, max_years=5, at=AT, actor=SYSTEM)
    for host, years, kept in (("short", "", 2), ("long", "4", 4)):
        sent = {"domain": f"{host}.test", "domain_action": "register", "years": years}
        assert put(web, hosting, **sent, whois_privacy="on").status_code == 303
        item = CartItem.objects.get(action="register", domain=f"{host}.test")
        assert (item.years, item.whois_privacy) == (kept, True)
    page = put(web, hosting, domain="more.test", domain_action="register", years="6")
    assert page.status_code == 422


def test_privacy_that_an_ending_does_not_have_is_refused(web: Browser, hosting: Product) -> None:
    domains.set_tld(tld="test", privacy_available=False, at=AT, actor=SYSTEM)
    other = domains.set_tld(tld="open", at=AT, actor=SYSTEM)
    prices = dict.fromkeys(("register", "renew"), 900) | dict.fromkeys(("transfer", "restore"))
    domains.set_tld_price(tld=other, currency_code="EUR", at=AT, actor=SYSTEM, **prices)
    sent = {"domain": "more.test", "domain_action": "register", "whois_privacy": "on"}
    answer = put(web, hosting, **sent)
    assert answer.status_code == 422
    assert "no privacy of the holder" in answer.content.decode()
    assert not CartItem.objects.filter(domain="more.test").exists()


def test_a_registration_without_a_name_was_forgotten(web: Browser, hosting: Product) -> None:
    Product.objects.filter(pk=hosting.pk).update(require_domain=False)
    for action in ("register", "transfer"):
        answer = put(web, hosting, domain_action=action)
        assert answer.status_code == 422
        assert "Type the name that is meant." in answer.content.decode()
    assert not CartItem.objects.exists()
    assert put(web, hosting, domain_action="own").status_code == 303


def test_a_name_in_letters_of_its_own_could_not_be_bought(web: Browser, hosting: Product) -> None:
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
        assert f"{other} is not a domain name." in answer.content.decode()


def test_the_years_of_a_name_are_changed_in_the_cart(web: Browser, hosting: Product) -> None:
    put(web, hosting, domain="mine.test", domain_action="register")
    name = CartItem.objects.get(action="register")
    domains.set_tld(tld="test", min_years=2, max_years=5, at=AT, actor=SYSTEM)
    page = web.get("/cart").content.decode()
    assert 'value="1" selected' in page  # what it was, beside what it can be
    assert ".test is sold for 2 to 5 years." in page
    url = f"/cart/items/{name.pk}"
    assert web.post(url, {"years": "3"}).status_code == 303
    name.refresh_from_db()
    assert name.years == 3
    assert "\u20ac30.00" in web.get("/cart").content.decode()
    for wrong in ("6", "1", "0", "many", "9" * 5000):
        web.post(url, {"years": wrong})
        assert ".test is sold for 2 to 5 years." in web.get("/cart").content.decode()
    name.refresh_from_db()
    assert name.years == 3


def test_a_product_has_no_years(web: Browser, hosting: Product) -> None:
    put(web, hosting, domain="mine.test")
    item = CartItem.objects.get(product=hosting)
    web.post(f"/cart/items/{item.pk}", {"years": "3"})
    assert "The term of this cannot be chosen." in web.get("/cart").content.decode()
