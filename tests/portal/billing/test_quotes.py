"""`/quote/{signed}`: read by whoever has the link, accepted by a member, ordered once (catalog-and-orders.md 10)."""

from typing import Any

import pytest

from commerce.catalog.actions.products import set_product_status
from commerce.catalog.models import Product
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.orders.cart_lines import ProductCartLine
from commerce.orders.models import Order
from commerce.orders.sales_quotes.actions.drafts import change_quote_draft
from commerce.orders.sales_quotes.actions.sending import send_quote, withdraw_quote
from commerce.orders.sales_quotes.links import quote_path
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.quotes import LAST_DAY, make_caller_draft, make_quote
from tests.make.staff import make_staff
from tests.make.staff_pages import text_of
from tests.portal.conftest import PortalCast, new_browser
from tests.portal.shop.checkout_steps import form

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
ADDRESS = {"address1": "1 Quay", "postcode": "D01", "city": "Dublin"}


def accept(web: HttpsTestClient, path: str) -> Any:
    return web.post(path)


def test_a_quote_is_read_accepted_and_paid_like_any_order(cast: PortalCast) -> None:
    web = new_browser()
    quote = make_quote(cast.client, note="As agreed")
    path = quote_path(quote)
    shown = web.get(path).content.decode()
    assert "As agreed" in shown
    assert "€5.00" in shown
    assert web.get(f"{path}/pdf").content.startswith(b"%PDF")
    assert accept(web, path)["Location"].startswith("/client/login?next=%2Fquote%2F")
    alice = cast.browse(cast.alice)
    assert accept(alice, path)["Location"] == f"{path}/checkout"
    page = alice.get(f"{path}/checkout").content.decode()
    assert "View quote" in page
    assert 'name="qty-' not in page
    answer = alice.post(f"{path}/checkout", {**form(page), **ADDRESS})
    assert answer.status_code == 303, text_of(answer)
    order = Order.objects.get()
    assert answer["Location"] == f"/client/invoices/{order.invoice_id}/pay"
    quote.refresh_from_db()
    assert (quote.status, quote.order, quote.accepted_by) == ("accepted", order, cast.alice)
    assert alice.get(path)["Location"] == f"/client/orders/{order.pk}"
    again = alice.post(f"{path}/checkout", {**form(page), **ADDRESS})
    assert again["Location"] == answer["Location"]
    assert Order.objects.count() == 1
    assert web.get(path).status_code == 410
    assert cast.browse(cast.charlie).get(path).status_code == 410


def test_used_old_and_false_links_say_the_same(cast: PortalCast) -> None:
    web, quote = new_browser(), make_quote(cast.client)
    path = quote_path(quote)
    texts = set()
    withdraw_quote(quote=quote, reason="Mistake", ctx=CTX)
    for link in (path, path[:-1], "/quote/1.abc", "/quote/x"):
        for place in (link, f"{link}/pdf"):
            answer = web.get(place)
            assert answer.status_code == 410
            texts.add(text_of(answer).partition("Request ID")[0])
    assert len(texts) == 1


def test_a_quote_of_another_account_is_not_accepted(cast: PortalCast) -> None:
    path = quote_path(make_quote(cast.client))
    charlie = cast.browse(cast.charlie)
    answer = accept(charlie, path)
    assert answer.status_code == 409
    assert "This quote is for another account." in answer.content.decode()
    assert charlie.get(f"{path}/checkout")["Location"] == path


def test_a_member_without_the_right_does_not_accept(cast: PortalCast) -> None:
    tess = cast.browse(cast.tess)
    path = quote_path(make_quote(cast.client))
    assert accept(tess, path).status_code == 403
    assert tess.get(f"{path}/checkout").status_code == 403


def test_what_cannot_be_honored_is_said_and_staff_are_told(cast: PortalCast) -> None:
    make_staff("billing")
    quote = make_quote(cast.client)
    alice, path = cast.browse(cast.alice), quote_path(quote)
    accept(alice, path)
    set_product_status(product=Product.objects.get(), status="retired", ctx=CTX)
    for _ in range(2):
        answer = accept(alice, path)
        assert answer.status_code == 409
        assert "will send you a new quote" in answer.content.decode()
    assert OutgoingMail.objects.filter(event="quote_not_honored").count() == 1
    assert "can no longer be ordered" in alice.get(f"{path}/checkout").content.decode()
    assert not Order.objects.exists()


def test_somebody_new_registers_in_the_currency_of_the_quote(cast: PortalCast) -> None:
    del cast
    web = new_browser()
    draft = make_caller_draft(currency_code=make.make_currency("USD").code)
    line = make.make_product(prices=[("USD", "monthly", 700)])
    wish = ProductCartLine(product_id=line.pk, billing_cycle="monthly")
    change_quote_draft(quote=draft, lines=lambda _old: [wish], ctx=CTX)
    quote = send_quote(quote=draft, valid_until=LAST_DAY, ctx=CTX)
    path = quote_path(quote)
    assert "You create an account first." in web.get(path).content.decode()
    assert accept(web, path)["Location"].startswith("/register?next=")
    assert web.session["currency"] == "USD"
