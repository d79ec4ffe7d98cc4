"""An order that staff place for a client (backoffice.md 3, catalog-and-orders.md 7)."""

import pytest

from commerce.orders.models import Order
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.names import names_on_sale
from tests.make.records import make_required_option
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bea() -> HttpsTestClient:
    return staff_browser(make_staff("billing"))


def test_the_client_is_chosen_by_id_or_billing_email(bea: HttpsTestClient) -> None:
    client = make.make_client(email="pay@acme.example")
    for typed in (str(client.pk), "PAY@acme.example"):
        answer = send(bea, "/admin/orders/new", client=typed)
        assert answer["Location"] == f"/admin/clients/{client.pk}/order"
    make.make_client(email="pay@acme.example")
    for typed in ("pay@acme.example", "nobody@example.com", "999999"):
        assert send(bea, "/admin/orders/new", client=typed).context["form"].errors["client"]


def test_an_order_is_placed_with_options_and_an_agreed_price(bea: HttpsTestClient) -> None:
    client = make.make_client()
    product = make.make_product(name="Starter", prices=[("EUR", "monthly", 500)])
    hidden = make.make_product(name="In dollars", prices=[("USD", "monthly", 500)])
    option = make_required_option(product, "dropdown", price=100)
    at = f"/admin/clients/{client.pk}/order"
    page = bea.get(at)
    assert product.name in text_of(page)
    assert hidden.name not in text_of(page)
    asked = f"{at}?product={product.pk}"
    assert "Monthly: €5.00" in text_of(bea.get(asked))
    typed = {"domain": "acme.example", "qty": "2", "agreed_price": "4.00"}
    refused = send(bea, asked, **typed)
    assert refused.context["form"].errors["price_reason"]
    answer = send(bea, asked, **typed, price_reason="Agreed by phone")
    order = Order.objects.get()
    assert answer["Location"] == f"/admin/orders/{order.pk}"
    item = order.items.get()
    assert (item.qty, item.unit_amount, item.price_reason) == (2, 400, "Agreed by phone")
    assert (item.domain, item.options[0]["name"]) == ("acme.example", option.name)
    assert (order.client, order.placed_by) == (client, None)
    assert order.invoice is not None


def test_an_order_without_an_invoice_waits_for_approval(bea: HttpsTestClient) -> None:
    client, product = make.make_client(), make.make_product()
    path = f"/admin/clients/{client.pk}/order?product={product.pk}"
    send(bea, path, with_invoice=None)
    order = Order.objects.get()
    assert (order.invoice, order.status) == (None, "pending")


def test_nothing_is_ordered_from_an_empty_form_or_for_a_suspended_client(
    bea: HttpsTestClient,
) -> None:
    client = make.make_client()
    at = f"/admin/clients/{client.pk}"
    assert send(bea, f"{at}/order").status_code == 422
    assert send(bea, f"{at}/order", register="acme.example many").status_code == 422
    admin = staff_browser(make_staff("admin"))
    send(admin, f"{at}/suspend", reason="Odd")
    assert bea.post(f"{at}/order", {}).status_code == 409
    assert not Order.objects.exists()


def test_a_transfer_is_ordered_and_its_code_is_asked_for_later(bea: HttpsTestClient) -> None:
    client = make.make_client()
    path = f"/admin/clients/{client.pk}/order"
    assert send(bea, path, transfer="no-name").context["form"].errors["transfer"]
    with names_on_sale("example"):
        send(bea, path, transfer="acme.example")
    item = Order.objects.get().items.get()
    assert (item.action, item.domain, item.unit_amount) == ("transfer", "acme.example", 900)
