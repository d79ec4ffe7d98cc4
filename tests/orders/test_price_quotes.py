"""M7 for price quotes: an order by one costs what was quoted, whatever staff changed in between (decision 147)."""

import json

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings

from commerce.accounts.models import Client, ClientGroup
from commerce.catalog.models import GroupPrice, OptionPrice, Price, PromoAmount, PromoCode
from commerce.domains.models import Domain, TldPrice
from commerce.hosting.models import Service
from commerce.orders.actions import carts
from commerce.orders.actions.creation import OrderRequest
from commerce.orders.actions.price_quotes import make_price_quote, place_quoted_order
from commerce.orders.models import PriceQuote
from tests import make
from tests.orders.test_one_price import (
    CTX,
    EXAMPLES,
    OrderCase,
    agree,
    cases,
    expect,
    fill,
    open_installation,
    put_on_sale,
    renew,
    take_off,
    undone,
)


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cases)
def test_m7_an_order_by_a_quote_costs_what_was_quoted_whatever_staff_change(
    case: OrderCase,
) -> None:
    with undone():
        client = open_installation(case)
        assert client.group is not None
        products = [put_on_sale(one, case.currency, client.group) for one in case.products]
        cart = carts.get_or_create_cart(at=make.AT, client=client)
        fill(cart, case, products)
        take_off(cart, case, products)
        lines = carts.cart_lines_of(cart)
        quote = make_price_quote(
            client=client, cart_lines=lines, promo_code=cart.promo_code, ctx=CTX
        )
        for prices in (Price, GroupPrice, OptionPrice):
            prices._default_manager.update(price=F("price") + 77, setup_fee=F("setup_fee") + 7)
        TldPrice.objects.update(register=5_000, renew=6_000, transfer=7_000)
        PromoCode.objects.exclude(percent=0).update(percent=1)
        PromoAmount.objects.update(amount=1)
        ClientGroup.objects.update(discount=9_999)
        request = OrderRequest(
            client=Client.objects.get(pk=client.pk),
            placed_by=None,
            currency_code=case.currency,
            idempotency_key="k",
            vat_refresh=None,
            ctx=CTX,
            promo_code=quote.promo_code,
        )
        order, priced = place_quoted_order(
            quote=PriceQuote.objects.get(), request=request, terms_accepted=True, begin_at_once=True
        )
        assert order.invoice is not None
        assert priced is not None
        assert order.total == quote.total
        agree(order, order.invoice)
        expect(case, order)
        due = [one for one in Service.objects.all() if one.billing_cycle != "one_time"]
        renews = sum(one.amount for one in due)
        renews += sum(one.recurring_amount for one in Domain.objects.all())
        assert sum(one.amount for one in priced.renewals) == renews
        told = json.loads(quote.answer)["recurring"]
        assert [one["total"] for one in told] == [one.total for one in priced.renewals]
        renew(client)
