"""Alice at the checkout, with a product and a domain name in her cart."""

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.catalog.models import Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import CartItem
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient
from tests.make.people import AT
from tests.make.records import make_product
from tests.portal.conftest import PortalCast
from tests.portal.shop.checkout_steps import ADDRESS, put


@pytest.fixture
def product() -> Product:
    return make_product(name="Rocket", prices=[("EUR", "monthly", 900)])


@pytest.fixture
def web(cast: PortalCast, product: Product) -> HttpsTestClient:
    """Alice, who has one Rocket in the cart and a whole address."""
    change_client(client=cast.client, ctx=Context(AT, SYSTEM), **ADDRESS)
    made = cast.browse(cast.alice)
    put(made, product)
    return made


@pytest.fixture
def name(web: HttpsTestClient, cast: PortalCast) -> CartItem:
    """A name in Alice's cart whose registry wants to know the legal form."""
    for key, value in (("domains.ns1", "ns1.example.net"), ("domains.ns2", "ns2.example.net")):
        set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))
    asked = [{"name": "legal", "label": "Legal form", "type": "text", "required": True}]
    tld = set_tld(tld="test", extra_fields=asked, ctx=Context(AT, SYSTEM))
    prices = dict.fromkeys(("register", "renew"), 1000) | dict.fromkeys(("transfer", "restore"))
    set_tld_price(tld=tld, currency_code="EUR", ctx=Context(AT, SYSTEM), **prices)
    hosting = make_product(name="Host", prices=[("EUR", "monthly", 100)], require_domain=True)
    sent = {"domain": "mine.test", "domain_action": "register"}
    assert put(web, hosting, **sent).status_code == 303
    return CartItem.objects.get(action="register")
