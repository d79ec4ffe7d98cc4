"""Quotes of staff: prices that hold, discounts, versions, and one order at most (catalog-and-orders.md 10)."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisCase

from commerce.accounts.models import Client
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.products import set_product_status, set_stock
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.orders.actions import carts
from commerce.orders.actions.placing import PriceChangedError, place_cart
from commerce.orders.cart_lines import (
    DomainCartLine,
    LineDiscount,
    PriceOverride,
    ProductCartLine,
    cart_fingerprint,
)
from commerce.orders.events import QuoteAccepted, QuoteSent
from commerce.orders.models import Cart, Order, PromoUse, SalesQuote
from commerce.orders.sales_quotes.actions.accepting import (
    accept_blocked_reason,
    sent_blocked_reason,
)
from commerce.orders.sales_quotes.actions.carts import cart_of_quote
from commerce.orders.sales_quotes.actions.drafts import (
    change_quote_draft,
    delete_old_quotes,
    delete_quote_draft,
    draft_blocked_reason,
    draft_quote_for_client,
    new_quote_blocked_reason,
)
from commerce.orders.sales_quotes.actions.phone import place_draft, place_draft_blocked_reason
from commerce.orders.sales_quotes.actions.sending import (
    lapse_quote,
    revise_blocked_reason,
    revise_quote,
    send_quote,
    send_quote_blocked_reason,
    withdraw_quote,
)
from commerce.orders.sales_quotes.emails import send_quote_accepted_email, send_quote_email
from commerce.orders.sales_quotes.links import quote_of_link, quote_path
from commerce.orders.sales_quotes.pricing import price_quote
from tests import make
from tests.make.names import names_on_sale
from tests.make.quotes import CTX, LAST_DAY, make_caller_draft, make_draft_quote, make_quote
from tests.make.staff import make_staff

pytestmark = pytest.mark.django_db
OFF = LineDiscount(reason="loyal", percent=1000)


def accept(quote: SalesQuote, client: Client | None = None, **over: Any) -> Order:
    client = client or quote.client
    assert client is not None
    ctx = over.pop("ctx", CTX)
    cart = cart_of_quote(quote=quote, client=client, ctx=ctx)
    priced = carts.quote_cart(cart, at=ctx.at)
    values: dict[str, Any] = {"placed_by": None, "shown_total": priced.sums.total, **over}
    return place_cart(
        cart=cart,
        quote=priced,
        shown_fingerprint=cart_fingerprint(carts.cart_lines_of(cart)),
        idempotency_key=f"form-{cart.pk}",
        vat_refresh=None,
        ctx=ctx,
        **values,
    )


def product_line(product: Any = None, **over: Any) -> ProductCartLine:
    product = product or make.make_product()
    return ProductCartLine(product_id=product.pk, billing_cycle="monthly", **over)


def half_up(value: Fraction) -> int:
    """By the rule of the specification: a half goes up."""
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


class DiscountsBySecondModel(HypothesisCase):
    """What staff take off, worked out from the sentences of the specification alone."""

    @settings(max_examples=40, deadline=None)
    @given(
        price=st.integers(0, 90_000),
        qty=st.integers(1, 7),
        group=st.sampled_from([0, 1, 750, 1000, 3333]),
        percent=st.integers(1, 10_000),
        amount=st.integers(1, 200_000),
        is_percent=st.booleans(),
        recurring=st.booleans(),
    )
    def test_a_discount(self, **drawn: Any) -> None:
        price, qty = drawn["price"], drawn["qty"]
        product = make.make_product(prices=[("EUR", "monthly", price)])
        client = make.make_client()
        Client.objects.filter(pk=client.pk).update(group=make_discount_group(drawn["group"]))
        client.refresh_from_db()
        kind = "percent" if drawn["is_percent"] else "amount"
        off = LineDiscount(reason="why", recurring=drawn["recurring"], **{kind: drawn[kind]})
        quote = make_quote(client, lines=[product_line(product, qty=qty, discount=off)])
        after_group = price - half_up(Fraction(price * drawn["group"], 10_000))
        if drawn["is_percent"]:
            taken = [half_up(Fraction(after_group * drawn["percent"], 10_000))] * qty
        else:
            whole = min(drawn["amount"], after_group * qty)
            least = whole // qty
            taken = [least + (unit < whole - least * qty) for unit in range(qty)]
        first = after_group * qty - sum(taken)
        assert quote.total == first
        order = accept(quote)
        assert order.total == first
        assert order.invoice is None or order.invoice.total == first
        services = Service.objects.filter(client=client).order_by("pk")
        renewing = [after_group - (one if drawn["recurring"] else 0) for one in taken]
        assert [one.amount for one in services] == renewing
        item = order.items.get()
        assert (item.discount_reason, item.list_amount) == ("why", None)


def make_discount_group(percent: int) -> Any:
    from commerce.accounts.actions.client_groups import create_client_group

    return create_client_group(
        name=f"Group {percent} {Client.objects.count()}", discount=percent, ctx=CTX
    )


def test_the_price_of_the_day_of_sending_holds_and_the_tax_is_that_of_acceptance() -> None:
    create_promo(code="HALF", percent=5000, ctx=CTX)
    rule = {"country": "DE", "product_kind": "all", "name": "VAT"}
    product = make.make_product()
    client = make.make_client(country="DE")
    quote = make_quote(client, lines=[product_line(product)], promo_code="half")
    assert quote.total == 250
    set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=900, ctx=CTX)
    promo = create_promo(code="OTHER", percent=1000, ctx=CTX)
    change_promo(promo=promo, is_active=False, ctx=CTX)
    assert price_quote(quote).sums.total == 250
    add_tax_rule(rate=19_000, valid_from=date(2020, 1, 1), ctx=CTX, **rule)
    order = accept(quote)
    assert (order.subtotal - order.discount, order.total) == (250, 298)
    assert not PromoUse.objects.exists()
    quote.refresh_from_db()
    assert (quote.status, quote.order) == ("accepted", order)


def test_a_total_that_was_not_seen_is_not_ordered() -> None:
    quote = make_quote()
    with pytest.raises(PriceChangedError):
        accept(quote, shown_total=1)
    quote.refresh_from_db()
    assert (quote.status, Order.objects.count()) == ("sent", 0)


def test_accepted_twice_is_one_order() -> None:
    quote = make_quote()
    order = accept(quote)
    with pytest.raises(StateConflict):
        accept(quote)
    assert Order.objects.get() == order


def test_what_cannot_be_ordered_any_more_is_said_before() -> None:
    product = make.make_product()
    other = make.make_product()
    quote = make_quote(lines=[product_line(product), product_line(other, discount=OFF)])
    set_product_status(product=product, status="retired", ctx=CTX)
    priced = price_quote(quote)
    assert [one.problem is None for one in priced.entries] == [False, True]
    assert priced.sums.total == 450  # of what is left, at its own price
    with pytest.raises(BusinessError) as refused:
        accept(quote)
    assert refused.value.code == "product.not_sold"
    set_stock(product=other, units=0, ctx=CTX)
    assert price_quote(quote).problem is not None
    assert not Cart.objects.exists()


@pytest.mark.parametrize(
    ("make_it", "code"),
    [
        (lambda _q: make.make_client(), "sales_quote.of_other_client"),
        (lambda q: Client(pk=q.client_id, currency_code="USD"), "sales_quote.other_currency"),
    ],
)
def test_who_cannot_accept_it(make_it: Callable[[SalesQuote], Client], code: str) -> None:
    quote = make_quote()
    reason = accept_blocked_reason(quote, make_it(quote), CTX)
    assert reason is not None
    assert reason.code == code


def test_it_lapses_after_its_last_day_and_not_before() -> None:
    quote = make_quote()
    last = Context(CTX.at + timedelta(days=14), SYSTEM)
    with pytest.raises(StateConflict):
        lapse_quote(quote=quote, ctx=last)
    late = Context(CTX.at + timedelta(days=15), SYSTEM)
    with pytest.raises(StateConflict) as refused:
        accept(quote, ctx=late)
    assert refused.value.code == "sales_quote.lapsed"
    lapse_quote(quote=quote, ctx=late)
    quote.refresh_from_db()
    assert quote.status == "lapsed"


def test_a_new_version_takes_the_place_of_the_one_before_once_it_is_sent() -> None:
    quote = make_quote(lines=[product_line(discount=OFF)], note="first")
    draft = revise_quote(quote=quote, ctx=CTX)
    assert (draft.number, draft.version, draft.cart_lines) == (quote.number, 2, quote.cart_lines)
    with pytest.raises(StateConflict):
        revise_quote(quote=quote, ctx=CTX)
    assert sent_blocked_reason(quote, CTX) is None
    newer = send_quote(quote=draft, valid_until=LAST_DAY, ctx=CTX)
    quote.refresh_from_db()
    assert (quote.status, newer.status) == ("withdrawn", "sent")
    assert quote_of_link(quote_path(quote).rpartition("/")[2]) is None
    accept(newer)
    with pytest.raises(StateConflict):
        revise_quote(quote=newer, ctx=CTX)


def test_a_version_is_not_sent_after_another_was_accepted() -> None:
    quote = make_quote()
    draft = revise_quote(quote=quote, ctx=CTX)
    accept(quote)
    with pytest.raises(StateConflict) as refused:
        send_quote(quote=draft, valid_until=LAST_DAY, ctx=CTX)
    assert refused.value.code == "sales_quote.version_accepted"


def test_what_blocks_is_what_is_raised() -> None:
    """Of each act of a quote in each state."""
    empty = draft_quote_for_client(client=make.make_client(), ctx=CTX)
    draft, sent, withdrawn = make_draft_quote(), make_quote(), make_quote()
    withdraw_quote(quote=withdrawn, reason="mistake", ctx=CTX)
    withdrawn.refresh_from_db()
    accepted = make_quote()
    accept(accepted)
    accepted.refresh_from_db()
    pairs: list[tuple[Any, Callable[[SalesQuote], object]]] = [
        (
            send_quote_blocked_reason,
            lambda row: send_quote(quote=row, valid_until=LAST_DAY, ctx=CTX),
        ),
        (sent_blocked_reason, lambda row: withdraw_quote(quote=row, reason="odd", ctx=CTX)),
        (revise_blocked_reason, lambda row: revise_quote(quote=row, ctx=CTX)),
        (
            place_draft_blocked_reason,
            lambda row: place_draft(
                quote=row, shown_total=row.total, idempotency_key="k", vat_refresh=None, ctx=CTX
            ),
        ),
        (draft_blocked_reason, lambda row: delete_quote_draft(quote=row, ctx=CTX)),
    ]
    from django.db import transaction

    for row in (empty, draft, sent, withdrawn, accepted, make_caller_draft()):
        for blocked, act in pairs:
            said = blocked(row, CTX)
            with transaction.atomic():
                if said is None:
                    act(row)
                else:
                    with pytest.raises(StateConflict) as raised:
                        act(row)
                    assert raised.value.code == said.code
                transaction.set_rollback(True)


def test_a_client_who_may_not_order_is_offered_nothing() -> None:
    client = make.make_client()
    Client.objects.filter(pk=client.pk).update(status="suspended")
    client.refresh_from_db()
    assert new_quote_blocked_reason(client, CTX) is not None
    with pytest.raises(StateConflict):
        draft_quote_for_client(client=client, ctx=CTX)


def test_an_empty_draft_of_the_same_person_is_used_again() -> None:
    client = make.make_client()
    first = draft_quote_for_client(client=client, ctx=CTX)
    assert draft_quote_for_client(client=client, ctx=CTX) == first
    change_quote_draft(quote=first, lines=lambda _old: [product_line()], ctx=CTX)
    assert draft_quote_for_client(client=client, ctx=CTX) != first


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (
            {"discount": LineDiscount(reason="x", percent=10_001)},
            "price_override.discount_not_valid",
        ),
        ({"discount": LineDiscount(reason="x")}, "price_override.discount_not_valid"),
        (
            {"discount": LineDiscount(reason="x", percent=1, amount=1)},
            "price_override.discount_not_valid",
        ),
        ({"discount": LineDiscount(reason=" ", percent=1)}, "reason.not_valid"),
        ({"qty": 101}, "cart.qty_out_of_range"),
        ({"price_override": PriceOverride(-1, "x")}, "price_override.negative"),
    ],
)
def test_a_line_that_cannot_be_is_refused(line: dict[str, Any], code: str) -> None:
    quote = make_draft_quote()
    with pytest.raises(BusinessError) as refused:
        change_quote_draft(quote=quote, lines=lambda old: [*old, product_line(**line)], ctx=CTX)
    assert refused.value.code == code
    quote.refresh_from_db()
    assert len(quote.cart_lines) == 1


def test_a_name_is_discounted_once_and_renews_in_full() -> None:
    always = LineDiscount(reason="x", percent=100, recurring=True)
    with names_on_sale("example"):
        name = DomainCartLine(action="register", domain="acme.example", discount=always)
        with pytest.raises(BusinessError) as refused:
            make_draft_quote(lines=[name])
    assert refused.value.code == "price_override.domain_renews_in_full"


def test_a_caller_gets_the_link_and_whoever_accepts_is_the_client() -> None:
    quote = make_caller_draft()
    change_quote_draft(quote=quote, lines=lambda _old: [product_line()], ctx=CTX)
    quote = send_quote(quote=quote, valid_until=LAST_DAY, note="Hi", ctx=CTX)
    send_quote_email(QuoteSent(quote.pk), CTX)
    mail = OutgoingMail.objects.get(event="quote_sent")
    assert mail.recipient == "nora@example.com"
    assert quote_path(quote) in str(mail.values)
    client = make.make_client()
    order = accept(quote, client)
    quote.refresh_from_db()
    make_staff("billing")
    send_quote_accepted_email(QuoteAccepted(quote.pk), CTX)
    assert OutgoingMail.objects.filter(event="quote_accepted").exists()
    assert (quote.client, quote.email, order.client) == (client, "", client)


def test_old_drafts_and_what_nobody_wanted_are_forgotten() -> None:
    kept = make_quote()
    make_draft_quote()
    caller = make_caller_draft()
    change_quote_draft(quote=caller, lines=lambda _old: [product_line()], ctx=CTX)
    caller = send_quote(quote=caller, valid_until=LAST_DAY, ctx=CTX)
    lapse_quote(quote=caller, ctx=Context(CTX.at + timedelta(days=20), SYSTEM))
    delete_old_quotes(at=CTX.at + timedelta(days=40))
    assert set(SalesQuote.objects.all()) == {kept, caller}
    delete_old_quotes(at=CTX.at + timedelta(days=400))
    assert set(SalesQuote.objects.all()) == {kept}


def test_its_cart_stands_beside_the_clients_own_and_cannot_be_changed() -> None:
    client = make.make_client()
    own = carts.get_or_create_cart(at=make.AT, client=client)
    cart = cart_of_quote(quote=make_quote(client), client=client, ctx=CTX)
    assert cart_of_quote(quote=cart.quote, client=client, ctx=CTX) == cart
    assert carts.get_or_create_cart(at=make.AT, client=client) == own
    with pytest.raises(StateConflict) as refused:
        carts.remove_cart_item(cart=cart, item_id=1, at=make.AT)
    assert refused.value.code == "cart.of_quote"
