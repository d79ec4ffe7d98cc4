"""What is typed beside an order: kept with it, or not at all (catalog-and-orders.md 7)."""

from datetime import date

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import Membership
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import Product
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import CartItem, Order
from commerce.portal.base import throttles
from commerce.site_settings.actions import set_setting
from tests.make.browser import HttpsTestClient
from tests.make.people import AT
from tests.portal.conftest import PortalCast
from tests.portal.shop.checkout_steps import ADDRESS, CONTACT, form, ordered, put, review

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
EMPTY = dict.fromkeys(("address1", "city", "postcode"), "")


@pytest.fixture
def _taxed() -> None:
    """The company is German; Germany takes 19 %, France 20 %."""
    set_setting(key="company.country", value="DE", ctx=CTX)
    for country, rate in (("DE", 19_000), ("FR", 20_000)):
        add_tax_rule(country=country, rate=rate, category="S", valid_from=date(2020, 1, 1), ctx=CTX)


def test_the_address_is_typed_once_and_kept_with_the_order(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    change_client(client=cast.client, ctx=CTX, **EMPTY)
    sent = form(review(web)) | {"first_name": "Jane", "last_name": "Smith", **ADDRESS}
    answer = web.post("/checkout", sent | {"city": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Check the highlighted fields. Nothing was ordered." in page
    assert page.count('aria-invalid="true"') == 1
    assert 'value="1 Main Street"' in page
    cast.client.refresh_from_db()
    assert (cast.client.address1, Order.objects.count()) == ("", 0)
    assert web.post("/checkout", form(page) | {"city": "Berlin"}).status_code == 303
    cast.client.refresh_from_db()
    assert (cast.client.name, cast.client.city) == ("Jane Smith", "Berlin")
    assert cast.client.currency_code == "EUR"
    invoice = Order.objects.get().invoice
    assert invoice is not None
    assert "1 Main Street" in str(invoice.buyer)


def test_an_order_that_is_refused_keeps_nothing_of_what_was_typed(
    web: HttpsTestClient, cast: PortalCast, product: Product
) -> None:
    sent = form(review(web)) | {"city": "Potsdam"}
    key = {"product": product, "currency_code": "EUR", "billing_cycle": "monthly"}
    set_price(**key, price=950, ctx=CTX)
    answer = web.post("/checkout", sent)
    assert answer.status_code == 422
    cast.client.refresh_from_db()
    assert cast.client.city == "Berlin"
    page = answer.content.decode()
    assert form(page)["city"] == "Potsdam"  # nothing to type again
    assert web.post("/checkout", form(page)).status_code == 303
    cast.client.refresh_from_db()
    assert (cast.client.city, Order.objects.get().total) == ("Potsdam", 950)


def test_an_address_that_another_tab_saved_stays(web: HttpsTestClient, cast: PortalCast) -> None:
    sent = form(review(web))
    change_client(client=cast.client, ctx=CTX, city="Potsdam", postcode="14467")
    answer = web.post("/checkout", sent | {"city": "Bonn"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This was changed to “Potsdam” after you opened the page." in page
    assert (form(page)["city"], form(page)["postcode"]) == ("Bonn", "14467")
    assert web.post("/checkout", sent).status_code == 303
    cast.client.refresh_from_db()
    assert (cast.client.city, cast.client.postcode) == ("Potsdam", "14467")


@pytest.mark.usefixtures("_taxed")
def test_a_country_that_another_tab_saved_is_priced_and_shown(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    change_client(client=cast.client, company="", ctx=CTX)
    sent = form(review(web))
    change_client(client=cast.client, country="FR", ctx=CTX)
    answer = web.post("/checkout", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert (form(page)["country"], form(page)["shown_total"]) == ("FR", "1080")
    assert web.post("/checkout", form(page)).status_code == 303
    assert Order.objects.get().total == 1080


def test_only_so_many_tax_numbers_are_asked_about(web: HttpsTestClient, cast: PortalCast) -> None:
    limit = throttles.ThrottleLimit(f"vat:{cast.client.pk}", 10, 3600)
    for _ in range(10):
        throttles.count_attempt([limit])
    assert ordered(web, tax_id="DE136695976").status_code == 429
    assert not Order.objects.exists()
    assert ordered(web).status_code == 303  # nothing new to ask about


def test_only_so_many_orders_are_placed(web: HttpsTestClient, cast: PortalCast) -> None:
    """Whoever registered could make invoices as fast as they could send forms."""
    limit = throttles.ThrottleLimit(f"orders:{cast.client.pk}", 60, 3600)
    for _ in range(59):
        throttles.count_attempt([limit])
    assert ordered(web).status_code == 303
    put(web, Product.objects.get())
    assert ordered(web).status_code == 429
    assert Order.objects.count() == 1


def test_a_tax_number_has_to_be_one(web: HttpsTestClient, cast: PortalCast) -> None:
    answer = ordered(web, tax_id="DE000000000")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('aria-invalid="true"') == 1
    assert form(page)["tax_id"] == "DE000000000"
    cast.client.refresh_from_db()
    assert (cast.client.tax_id, Order.objects.count()) == ("", 0)


@pytest.mark.usefixtures("_taxed")
def test_the_total_follows_the_country_before_it_is_saved(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    change_client(client=cast.client, company="", ctx=CTX)
    page = review(web)
    assert form(page)["shown_total"] == "1071"
    answer = web.post("/checkout", form(page) | {"country": "FR", "update": "1"})
    page = answer.content.decode()
    assert (answer.status_code, form(page)["shown_total"]) == (200, "1080")
    cast.client.refresh_from_db()
    assert cast.client.country == "DE"
    assert web.post("/checkout", form(page)).status_code == 303
    order = Order.objects.get()
    cast.client.refresh_from_db()
    assert order.invoice is not None
    assert (order.total, order.invoice.total, cast.client.country) == (1080, 1080, "FR")


@pytest.mark.usefixtures("_taxed")
def test_a_country_whose_tax_was_not_shown_is_asked_about(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    """Without scripts, and without pressing "Update total"."""
    change_client(client=cast.client, company="", ctx=CTX)
    page = ordered(web, country="FR").content.decode()
    assert "Continue with new prices" in page
    assert not Order.objects.exists()
    page = web.post("/checkout", form(page) | {"update": "confirm"}).content.decode()
    assert (form(page)["shown_total"], form(page)["country"]) == ("1080", "FR")
    assert web.post("/checkout", form(page)).status_code == 303
    assert Order.objects.get().total == 1080


@pytest.mark.usefixtures("_taxed")
def test_with_scripts_only_the_summary_is_sent_back(web: HttpsTestClient, cast: PortalCast) -> None:
    change_client(client=cast.client, company="", ctx=CTX)
    sent = form(review(web)) | {"country": "FR", "update": "1"}
    page = web.post("/checkout", sent, headers={"HX-Request": "true"}).content.decode()
    assert "€10.80" in page
    assert 'id="summary"' in page
    assert 'id="payment"' in page
    assert "<html" not in page


def test_the_quantity_is_changed_at_the_checkout(web: HttpsTestClient) -> None:
    item = CartItem.objects.get()
    page = review(web)
    page = web.post("/checkout", form(page) | {f"qty-{item.pk}": "3", "update": "1"})
    assert form(page.content.decode())["shown_total"] == "2700"
    again = web.post("/checkout", form(review(web)) | {f"qty-{item.pk}": "2"})
    assert again.status_code == 422
    assert "Check the new total" in again.content.decode()
    assert not Order.objects.exists()
    for wrong in ("0", "101", "1.5", "many", "9" * 5000):
        answer = web.post("/checkout", form(review(web)) | {f"qty-{item.pk}": wrong})
        assert answer.status_code == 422
        assert "from 1 to 100" in answer.content.decode()
    assert ordered(web).status_code == 303
    assert Order.objects.get().total == 1800


def test_a_member_who_may_not_change_the_details_orders_with_those_that_are_kept(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    rights = ["orders.place", "orders.view", "invoices.pay"]
    Membership.objects.filter(user=cast.tess).update(rights=rights)
    tess = cast.browse(cast.tess)
    page = review(tess)
    assert 'name="city"' not in page
    answer = tess.post("/checkout", form(page) | {"city": "Elsewhere"})
    assert answer.status_code == 303
    cast.client.refresh_from_db()
    assert cast.client.city == "Berlin"


def test_a_member_who_may_not_complete_the_details_is_told_who_can(
    web: HttpsTestClient, cast: PortalCast
) -> None:
    change_client(client=cast.client, ctx=CTX, **EMPTY)
    rights = ["orders.place", "orders.view"]
    Membership.objects.filter(user=cast.tess).update(rights=rights)
    tess = cast.browse(cast.tess)
    page = review(tess)
    assert "An owner of the account has to complete the billing details." in page
    assert 'name="shown_total"' not in page
    assert tess.post("/checkout", form(page)).status_code == 422
    assert not Order.objects.exists()


def test_the_domain_contact_is_the_billing_contact_with_a_phone(
    web: HttpsTestClient, name: CartItem
) -> None:
    extra = {f"registrant-extra-{name.pk}-0": "GmbH"}
    page = review(web)
    assert "Legal form for mine.test" in page
    for wrong in ({"registrant-phone": "030 1234"}, {"registrant-phone": ""}):
        answer = ordered(web, **extra, **wrong)
        assert (answer.status_code, Order.objects.count()) == (422, 0)
    assert ordered(web, **{"registrant-phone": "+49 30 1234"}).status_code == 422
    assert ordered(web, **extra, **{"registrant-phone": "+٤٩ ٣٠ 1234"}).status_code == 303
    item = Order.objects.get().items.get(domain="mine.test", action="register")
    assert item.registrant["city"] == "Berlin"
    assert (item.registrant["phone"], item.registrant["email"]) == (
        "+49.301234",
        "billing@example.com",
    )
    assert item.extra_fields == {"legal": "GmbH"}


def test_the_domain_contact_can_be_somebody_else(web: HttpsTestClient, name: CartItem) -> None:
    extra = {f"registrant-extra-{name.pk}-0": "GmbH"}
    for wrong in ({"registrant-city": ""}, {"registrant-country": "XX"}):
        answer = ordered(web, **CONTACT | extra | wrong)
        assert (answer.status_code, Order.objects.count()) == (422, 0)
        assert form(answer.content.decode())["registrant-first_name"] == "Rita"
    assert ordered(web, **CONTACT | extra).status_code == 303
    order = Order.objects.get()
    item = order.items.get(domain="mine.test", action="register")
    assert (item.registrant["first_name"], item.registrant["city"]) == ("Rita", "Hamburg")
    assert order.client.city == "Berlin"


def test_a_registry_that_wants_more_than_the_billing_details_have_says_so(
    web: HttpsTestClient, name: CartItem, cast: PortalCast
) -> None:
    """Hong Kong has no postal codes; registries want one."""
    typed = {"country": "HK", "postcode": "", "registrant-phone": "+852 2345678"}
    answer = ordered(web, **typed, **{f"registrant-extra-{name.pk}-0": "Ltd"})
    assert answer.status_code == 422
    assert "The registry also needs this" in answer.content.decode()
    assert "Postal code" in answer.content.decode()
    assert not Order.objects.exists()


def test_a_refused_name_leaves_the_product_out_too(web: HttpsTestClient, name: CartItem) -> None:
    before = CartItem.objects.count()
    hosting = Product.objects.get(name="Host")
    answer = put(web, hosting, domain="other.unsold", domain_action="register")
    assert answer.status_code == 422
    assert "offer the TLD" in answer.content.decode()
    assert CartItem.objects.count() == before


def test_an_authorisation_code_is_never_shown_or_in_an_address(
    web: HttpsTestClient, name: CartItem
) -> None:
    hosting = Product.objects.get(name="Host")
    sent = {"domain": "mine.test", "domain_action": "transfer", "auth_code": "very-secret"}
    answer = put(web, hosting, **sent, update="1")
    assert answer.status_code == 200
    assert "very-secret" not in answer.content.decode()
    assert 'hx-get="' not in answer.content.decode()
    assert 'formmethod="get"' not in answer.content.decode()
