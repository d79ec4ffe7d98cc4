"""A guest's account is made on the way to the order (catalog-and-orders.md 7, accounts.md 4)."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client, CustomValue, User
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import Product
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import CartItem, Order
from commerce.site_settings.actions import set_setting
from tests.make.mails import MailingBrowser, link_to, mails_to
from tests.make.names import names_on_sale
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT, make_client, make_custom_field
from tests.portal.shop.checkout_steps import ADDRESS, form, put, review

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]
CTX = Context(AT, SYSTEM)
NORA = "nora@example.com"
NEW = {
    "first_name": "Nora",
    "last_name": "New",
    "email": NORA,
    "password": "a long way round the harbour",
    **ADDRESS,
}


@pytest.fixture
def guest(product: Product) -> MailingBrowser:
    """A guest with one Rocket in the cart, in EUR."""
    web = MailingBrowser(headers={"host": "localhost"})
    web.post("/store/currency", {"currency": "EUR"})
    put(web, product)
    return web


def send(web: MailingBrowser, page: str = "", *, after: int = 5, **over: str) -> Any:
    """Fill the page in as Nora would, and send it so many seconds later."""
    sent = form(page or review(web)) | NEW | over
    with clock.freeze_time(clock.now() + timedelta(seconds=after)):
        return web.post("/checkout", sent)


def test_one_page_asks_for_the_account_and_the_order(guest: MailingBrowser) -> None:
    page = review(guest)
    for field in ("email", "password", "first_name", "address1", "country", "tax_id"):
        assert page.count(f'name="{field}"') == (2 if field in ("email", "password") else 1)
    assert 'action="/client/login"' in page
    assert "Create account and continue" in page
    assert "€9.00" in page


def test_the_address_is_proven_before_the_order(guest: MailingBrowser) -> None:
    switch_on_bank_transfer()
    answer = send(guest, gateway="bank_transfer")
    assert (answer.status_code, answer["Location"]) == (303, "/client/verify")
    assert not Order.objects.exists()
    client = Client.objects.get()
    assert (client.name, client.address1, client.currency_code) == (
        "Nora New",
        "1 Main Street",
        "EUR",
    )
    answer = guest.post(link_to(NORA, "verify"))
    assert answer["Location"] == "/checkout"
    page = review(guest)
    assert "Place order and pay" in page
    answer = guest.post("/checkout", form(page))  # nothing is asked for twice
    order = Order.objects.get()
    assert answer["Location"] == f"/client/invoices/{order.invoice_id}/pay/bank_transfer"
    assert (order.client, order.total) == (client, 900)


def test_an_order_needs_a_proven_address_where_signing_in_does_not(guest: MailingBrowser) -> None:
    set_setting(key="security.require_email_verification", value="off", ctx=CTX)
    answer = send(guest)
    assert answer["Location"] == "/checkout"
    page = review(guest)
    assert "Confirm your email address to place the order." in page
    assert guest.post("/checkout", form(page)).status_code == 422
    assert not Order.objects.exists()
    assert guest.post(link_to(NORA, "verify"))["Location"] == "/checkout"
    assert guest.post("/checkout", form(review(guest))).status_code == 303
    assert Order.objects.get().client == Client.objects.get()


@pytest.mark.parametrize("must_prove", ["on", "off"])
def test_what_the_page_promises_is_what_the_invoice_says(
    guest: MailingBrowser, must_prove: str
) -> None:
    set_setting(key="security.require_email_verification", value=must_prove, ctx=CTX)
    set_setting(key="company.country", value="DE", ctx=CTX)
    for country, rate in (("DE", 19_000), ("FR", 20_000)):
        add_tax_rule(country=country, rate=rate, category="S", valid_from=date(2020, 1, 1), ctx=CTX)
    page = review(guest)
    assert form(page)["shown_total"] == "1071"
    typed = NEW | {"country": "FR", "update": "1"}
    page = guest.post("/checkout", form(page) | typed).content.decode()
    assert form(page)["shown_total"] == "1080"
    assert form(page)["address1"] == "1 Main Street"
    assert "€10.80" in page
    assert send(guest, page, country="FR").status_code == 303
    guest.post(link_to(NORA, "verify"))
    page = review(guest)
    assert form(page)["shown_total"] == "1080"
    assert guest.post("/checkout", form(page)).status_code == 303
    order = Order.objects.get()
    assert order.invoice is not None
    assert (order.total, order.invoice.total, order.invoice.amount_due) == (1080, 1080, 1080)


def test_a_form_that_is_sent_once_more_spoils_no_link(guest: MailingBrowser) -> None:
    send(guest)
    assert send(guest)["Location"] == "/client/verify"
    assert len(mails_to(NORA)) == 1
    assert guest.post(link_to(NORA, "verify"))["Location"] == "/checkout"
    assert "Place order and pay" in review(guest)


def test_a_known_address_gets_the_same_page_and_a_mail(guest: MailingBrowser) -> None:
    make_client(owner=NORA)
    before = (User.objects.count(), Client.objects.count())
    answer = send(guest)
    assert (answer.status_code, answer["Location"]) == (303, "/client/verify")
    assert (User.objects.count(), Client.objects.count()) == before
    assert "Berlin" not in {client.city for client in Client.objects.filter(first_name="Nora")}
    assert len(mails_to(NORA)) == 1


def test_a_wrong_tax_number_is_said_whether_or_not_the_address_is_known(
    guest: MailingBrowser,
) -> None:
    unknown = send(guest, tax_id="DE000000000")
    make_client(owner=NORA)
    known = send(guest, tax_id="DE000000000")
    assert unknown.status_code == known.status_code == 422
    errors = [page.content.decode().count("field-error") for page in (unknown, known)]
    assert errors == [1, 1]
    assert User.objects.count() == 1


def test_what_is_wrong_is_said_beside_each_field_and_nothing_is_lost(guest: MailingBrowser) -> None:
    answer = send(guest, city="", email="no address", password="short")
    page = answer.content.decode()
    assert answer.status_code == 422
    kept = form(page)
    assert (kept["address1"], kept["email"], kept["password"]) == (
        "1 Main Street",
        "no address",
        "",
    )
    assert page.count('aria-invalid="true"') == 2
    answer = send(guest, page, password="short")
    assert answer.status_code == 422
    assert 'id="id_password_error"' in answer.content.decode()
    assert not User.objects.exists()


def test_who_is_taken_for_a_robot_reads_that_nothing_was_made_and_sends_the_form_again(
    guest: MailingBrowser,
) -> None:
    for fast, trap in ((1, ""), (5, "https://spam.example")):
        answer = send(guest, after=fast, website=trap)
        assert answer.status_code == 422
        assert "been created yet. Submit the form again." in answer.content.decode()
    assert not User.objects.exists()
    answer = send(guest, answer.content.decode())
    assert (answer.status_code, answer["Location"]) == (303, "/client/verify")


def test_accounts_are_limited_and_totals_are_not(guest: MailingBrowser) -> None:
    page = review(guest)
    for _ in range(8):
        answer = guest.post("/checkout", form(page) | NEW | {"update": "1"})
        assert answer.status_code == 200
    codes = [send(guest, page, city="").status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]


def test_a_guest_chooses_the_currency_at_the_checkout(
    guest: MailingBrowser, product: Product
) -> None:
    set_price(product=product, currency_code="USD", billing_cycle="monthly", price=1000, ctx=CTX)
    page = review(guest)
    assert form(page)["currency"] == "EUR"
    page = guest.post("/checkout", form(page) | {"currency": "USD", "update": "1"}).content.decode()
    assert "$10.00" in page
    assert form(page)["shown_currency"] == "USD"
    answer = send(guest, page, currency="EUR")  # without pressing "Update total"
    assert answer.status_code == 422
    assert "€9.00" in answer.content.decode()
    assert not User.objects.exists()
    page = guest.post("/checkout", form(page) | NEW | {"currency": "USD", "update": "1"})
    assert send(guest, page.content.decode()).status_code == 303
    assert Client.objects.get().currency_code == "USD"


def test_fields_of_registration_and_order_are_asked_once(guest: MailingBrowser) -> None:
    both = make_custom_field("Both", show_on_registration=True, show_on_order=True, required=True)
    order = make_custom_field("Order", show_on_order=True)
    first = make_custom_field("First", show_on_registration=True)
    other = make_custom_field("Other")
    page = review(guest)
    names = {field.name: f"custom-{field.pk}" for field in (both, order, first, other)}
    assert [page.count(f'name="{name}"') for name in names.values()] == [1, 1, 1, 0]
    assert send(guest, page).status_code == 422
    answers = {name: label for label, name in names.items()}
    assert send(guest, page, **answers).status_code == 303
    kept = set(CustomValue.objects.values_list("field__name", "value"))
    assert kept == {("Both", "Both"), ("Order", "Order"), ("First", "First")}


def test_the_terms_are_accepted_with_the_account(guest: MailingBrowser) -> None:
    set_setting(key="orders.terms_url", value="https://example.com/terms", ctx=CTX)
    answer = send(guest)
    assert answer.status_code == 422
    assert "Accept the terms to place your order." in answer.content.decode()
    assert send(guest, terms="on").status_code == 303
    assert User.objects.get().terms_version == "https://example.com/terms"


def test_who_has_an_account_signs_in_on_the_page(guest: MailingBrowser) -> None:
    make_client(owner=NORA)
    assert 'name="next" value="/checkout"' in review(guest)


def test_where_nobody_registers_there_is_only_the_sign_in(guest: MailingBrowser) -> None:
    set_setting(key="portal.registration", value="off", ctx=CTX)
    page = review(guest)
    assert 'name="next" value="/checkout"' in page
    assert 'action="/checkout"' not in page
    assert guest.post("/checkout", NEW | {"key": "k" * 40}).status_code == 422
    assert not User.objects.exists()


def test_an_empty_cart_has_no_checkout(product: Product) -> None:
    web = MailingBrowser(headers={"host": "localhost"})
    assert web.get("/checkout")["Location"] == "/cart"
    put(web, product)
    CartItem.objects.all().delete()
    assert web.post("/checkout", NEW)["Location"] == "/cart"


def test_the_phone_number_of_a_domain_is_asked_for_once(guest: MailingBrowser) -> None:
    with names_on_sale("com"):
        guest.post("/domains/add", {"domain": "nora.com"})
        sent = {"registrant-phone": "+49 30 1234", "gateway": ""}
        assert send(guest, **sent)["Location"] == "/client/verify"
        assert Client.objects.get().phone == "+49 301234"
        guest.post(link_to(NORA, "verify"))
        page = review(guest)
        assert "with the phone number +49" in page
        assert guest.post("/checkout", form(page)).status_code == 303
        item = Order.objects.get().items.get(domain="nora.com")
        assert item.registrant["phone"] == "+49.301234"
