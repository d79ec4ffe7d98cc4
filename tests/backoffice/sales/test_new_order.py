"""An order or a quote that staff put together on one page (backoffice.md 3, catalog-and-orders.md 7 and 10)."""

import re

import pytest

from commerce.accounts.models import Client
from commerce.domains import availability
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Order, SalesQuote
from commerce.orders.sales_quotes.links import quote_url
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.names import names_on_sale
from tests.make.quotes import make_caller_draft, make_draft_quote
from tests.make.records import make_required_option
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import open_form, send, text_of

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def bea() -> HttpsTestClient:
    return staff_browser(make_staff("billing"))


def test_the_client_is_chosen_by_id_or_billing_email(bea: HttpsTestClient) -> None:
    client = make.make_client(email="pay@acme.example")
    for typed in (str(client.pk), "PAY@acme.example"):
        answer = send(bea, "/admin/orders/new", client=typed)
        quote = SalesQuote.objects.get()  # an empty one is used again
        assert answer["Location"] == f"/admin/quotes/{quote.pk}"
        assert (quote.client, quote.currency_id) == (client, "EUR")
    make.make_client(email="pay@acme.example")
    for typed in ("pay@acme.example", "nobody@example.com", "999999"):
        assert send(bea, "/admin/orders/new", client=typed).context["form"].errors["client"]


def test_a_new_caller_has_a_name_an_email_and_a_country(bea: HttpsTestClient) -> None:
    make.make_currency("EUR")
    refused = send(bea, "/admin/orders/new", client="", name="Nora New")
    assert set(refused.context["form"].errors) == {"email"}
    send(bea, "/admin/orders/new", client="", name="Nora New", email="n@example.com", country="DE")
    quote = SalesQuote.objects.get()
    assert (quote.client, quote.name, quote.country) == (None, "Nora New", "DE")


def test_an_order_is_placed_with_options_and_a_discount(bea: HttpsTestClient) -> None:
    client = make.make_client()
    product = make.make_product(name="Starter", prices=[("EUR", "monthly", 500)])
    hidden = make.make_product(name="In dollars", prices=[("USD", "monthly", 500)])
    option = make_required_option(product, "dropdown", price=100)
    answer = bea.post(
        f"/admin/clients/{client.pk}/quote", open_form(bea, f"/admin/clients/{client.pk}/quote")
    )
    at = answer["Location"]
    page = bea.get(at)
    assert product.name in text_of(page)
    assert hidden.name not in text_of(page)
    asked = f"{at}/add-product?product={product.pk}"
    assert "Monthly: €5.00" in text_of(bea.get(asked))
    assert "Yes: €1.00" in text_of(bea.get(asked))
    send(bea, asked, domain="acme.example", qty="2")
    assert send(bea, f"{at}/discount?line=0", value="ten", why="x").context["form"].errors["value"]
    send(bea, f"{at}/discount?line=0", kind="percent", value="10", why="Loyal", recurring="on")
    shown = text_of(bea.get(at))
    assert "Place order: €10.80" in shown
    assert "Reason: Loyal" in shown
    placed = send(bea, f"{at}/place")
    order = Order.objects.get()
    assert placed["Location"] == f"/admin/orders/{order.pk}"
    item = order.items.get()
    assert (item.qty, item.unit_amount, item.promo_discount) == (2, 600, 120)
    assert (item.discount_reason, item.options[0]["name"]) == ("Loyal", option.name)
    assert (order.client, order.placed_by, order.total) == (client, None, 1080)
    assert order.placed_by_staff is not None
    assert str(order.placed_by_staff) in text_of(bea.get(f"/admin/orders/{order.pk}"))
    assert order.invoice is not None
    assert not SalesQuote.objects.exists()


def test_a_custom_price_replaces_a_discount_and_goes_again(bea: HttpsTestClient) -> None:
    quote = make_draft_quote()
    at = f"/admin/quotes/{quote.pk}"
    for kind, value, total in (
        ("amount", "1.50", 350),
        ("price", "4.00", 400),
        ("percent", "0", 500),
    ):
        send(bea, f"{at}/discount?line=0", kind=kind, value=value, why="Loyal")
        quote.refresh_from_db()
        assert quote.total == total


def test_an_order_without_an_invoice_waits_for_approval(bea: HttpsTestClient) -> None:
    quote = make_draft_quote()
    send(bea, f"/admin/quotes/{quote.pk}/place", payment="none")
    order = Order.objects.get()
    assert (order.invoice, order.status) == (None, "pending")


def test_the_total_that_was_read_out_is_ordered_or_none(bea: HttpsTestClient) -> None:
    quote = make_draft_quote()
    refused = send(bea, f"/admin/quotes/{quote.pk}/place", shown_total="1")
    assert refused.status_code == 422
    assert not Order.objects.exists()


def test_nothing_is_ordered_from_an_empty_form_or_for_a_suspended_client(
    bea: HttpsTestClient,
) -> None:
    client = make.make_client()
    at = f"/admin/clients/{client.pk}"
    quote = make_draft_quote(client)
    assert send(bea, f"/admin/quotes/{quote.pk}/add-product").status_code == 422
    admin = staff_browser(make_staff("admin"))
    send(admin, f"{at}/suspend", reason="Odd")
    assert bea.post(f"{at}/quote", {}).status_code == 409
    assert send(bea, f"/admin/quotes/{quote.pk}/place").status_code == 422
    assert not Order.objects.exists()


def test_a_name_is_asked_about_and_priced(bea: HttpsTestClient) -> None:
    quote = make_draft_quote()
    at = f"/admin/quotes/{quote.pk}"
    assert send(bea, f"{at}/add-domain", name="no-name").context["form"].errors["name"]
    with names_on_sale("example") as registry:
        free = send(bea, f"{at}/add-domain", name="acme.example", action="transfer")
        assert "isn't registered yet" in str(free.context["form"].non_field_errors().data)
        registry.taken.add("acme.example")
        availability.forget_answers()
        send(bea, f"{at}/add-domain", name="acme.example", action="transfer", years="3")
        quote.refresh_from_db()
        assert (len(quote.cart_lines), quote.total) == (2, 1400)
        send(bea, f"{at}/remove-line", line="0")
        quote.refresh_from_db()
        assert [one["domain"] for one in quote.cart_lines] == ["acme.example"]
        send(bea, f"{at}/place")
    item = Order.objects.get().items.get()
    assert (item.action, item.domain, item.unit_amount) == ("transfer", "acme.example", 900)


def test_a_quote_is_sent_revised_and_withdrawn(bea: HttpsTestClient) -> None:
    quote = make_draft_quote()
    at = f"/admin/quotes/{quote.pk}"
    send(bea, f"{at}/send", note="As agreed")
    quote.refresh_from_db()
    assert quote.status == "sent"
    shown = bea.get(at).content.decode()
    assert quote_url(quote) in shown
    assert bea.get(f"{at}/pdf").content.startswith(b"%PDF")
    send(bea, f"{at}/revise")
    newer = SalesQuote.objects.get(version=2)
    send(bea, f"/admin/quotes/{newer.pk}/send")
    quote.refresh_from_db()
    assert quote.status == "withdrawn"
    send(bea, f"/admin/quotes/{newer.pk}/withdraw", reason="Mistake")
    assert re.search("Versions", text_of(bea.get(at)))
    found = text_of(bea.get(f"/admin/quotes?q={quote.number}"))
    assert found.count(quote.number) >= 2


def test_a_caller_is_made_a_client_on_the_way(bea: HttpsTestClient) -> None:
    quote = make_caller_draft()
    admin = staff_browser(make_staff("admin"))
    shown = text_of(admin.get(f"/admin/quotes/{quote.pk}"))
    assert "Add the caller as a client first." in shown
    send(
        admin, f"/admin/quotes/{quote.pk}/client", address1="Weg 1", postcode="10115", city="Berlin"
    )
    client = Client.objects.get()
    quote.refresh_from_db()
    assert (quote.client, client.name, client.country) == (client, "Nora New", "DE")
