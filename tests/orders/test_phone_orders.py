"""Orders that staff place while a client is on the phone (catalog-and-orders.md 8)."""

import pytest

from commerce.accounts.models import Client
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.cart_lines import LineDiscount, ProductCartLine
from commerce.orders.models import Order, SalesQuote
from commerce.orders.sales_quotes.actions.drafts import set_client_of_quote
from commerce.orders.sales_quotes.actions.phone import place_draft
from tests import make
from tests.make.quotes import CTX, make_caller_draft, make_draft_quote
from tests.make.staff import make_staff

pytestmark = pytest.mark.django_db
OFF = LineDiscount(reason="loyal", percent=1000)


def product_line(**over: LineDiscount) -> ProductCartLine:
    return ProductCartLine(product_id=make.make_product().pk, billing_cycle="monthly", **over)


def test_an_order_by_phone_says_who_placed_it_and_takes_the_draft_along() -> None:
    staff = make_staff("billing")
    ctx = Context(CTX.at, Actor("staff", staff.pk, str(staff)))
    quote = make_draft_quote(lines=[product_line(discount=OFF)])
    with pytest.raises(BusinessError) as refused:
        place_draft(quote=quote, shown_total=1, idempotency_key="k", vat_refresh=None, ctx=ctx)
    assert refused.value.code == "order.price_changed"
    assert not Order.objects.exists()
    order = place_draft(
        quote=quote, shown_total=450, idempotency_key="k", vat_refresh=None, ctx=ctx
    )
    assert (order.placed_by, order.placed_by_staff, order.total) == (None, staff, 450)
    assert not SalesQuote.objects.exists()


def test_a_caller_becomes_a_client_in_the_currency_of_the_quote() -> None:
    quote = make_caller_draft()
    with pytest.raises(StateConflict):
        set_client_of_quote(quote=quote, client=Client(currency_code="USD"), ctx=CTX)
    client = make.make_client()
    set_client_of_quote(quote=quote, client=client, ctx=CTX)
    quote.refresh_from_db()
    assert (quote.client, quote.name, quote.email) == (client, "", "")
