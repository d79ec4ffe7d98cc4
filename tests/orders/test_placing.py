"""From a cart to an order: one price everywhere, and everything that is refused (catalog-and-orders.md 5 to 9)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.models import Client
from commerce.billing.models import Invoice, InvoiceSubject
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.products import set_product_status, set_stock
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.models import Stock
from commerce.catalog.promo_checks import PromoCodeError
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions import carts
from commerce.orders.actions.cancelling import cancel_order
from commerce.orders.actions.cart_merging import merge_carts
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.placing import (
    CheckoutDetails,
    PriceChangedError,
    place_cart,
    place_cart_lines,
)
from commerce.orders.cart_lines import ProductCartLine, cart_fingerprint
from commerce.orders.models import Cart, Order, PromoUse
from commerce.orders.quote import decrypt_auth_code
from commerce.orders.rules import MAX_ORDER_ITEMS
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.nameservers import give_nameservers
from tests.make.registrants import REGISTRANT

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
TODAY = make.AT.date()


def full_cart(client: Client | None = None, *products: Any, **over: Any) -> Cart:
    """A cart with one of each product, monthly."""
    client = client or make.make_client()
    cart = carts.get_or_create_cart(at=make.AT, client=client)
    for product in products or (make.make_product(),):
        carts.add_product_to_cart(
            cart=cart, product=product, billing_cycle="monthly", at=make.AT, **over
        )
    return cart


def total_of(cart: Cart) -> int:
    return carts.quote_cart(cart, at=make.AT).sums.total


def order_from(cart: Cart, **over: Any) -> Order:
    quote = carts.quote_cart(cart, at=make.AT)
    values = {"placed_by": None, "shown_total": None, "quote": quote} | over
    values.setdefault("idempotency_key", f"form-{cart.pk}")
    if values["shown_total"] is None:
        values["shown_total"] = quote.sums.total
    values.setdefault("shown_fingerprint", cart_fingerprint(carts.cart_lines_of(cart)))
    return place_cart(vat_refresh=None, cart=cart, **values, ctx=CTX)


def com(**prices: int) -> None:
    give_nameservers()
    tld = set_tld(tld="com", ctx=CTX)
    set_tld_price(tld=tld, currency_code="EUR", register=1000, renew=1200, transfer=900, ctx=CTX)


def test_what_was_typed_beside_an_order_is_kept_with_it_or_not_at_all() -> None:
    com()
    cart = full_cart()
    carts.add_domain_to_cart(cart=cart, action="register", domain="acme.com", at=make.AT)
    client = Client.objects.get()
    details = CheckoutDetails(client={"city": "Cork"}, registrant=REGISTRANT)
    for refusal in ({"shown_total": 1}, {"shown_fingerprint": "another"}):
        with pytest.raises(BusinessError):
            order_from(cart, details=details, **refusal)
        client.refresh_from_db()
        assert client.city != "Cork"
        assert not cart.items.exclude(registrant={}).exists()
    order = order_from(cart, details=details)
    client.refresh_from_db()
    assert client.city == "Cork"
    assert order.invoice is not None
    assert "Cork" in str(order.invoice.buyer)
    assert order.items.get(domain="acme.com").registrant == REGISTRANT
    again = order_from(cart, details=CheckoutDetails(client={"city": "Galway"}))
    client.refresh_from_db()
    assert (again, client.city) == (order, "Cork")


def test_what_was_ordered_is_made_billed_and_kept() -> None:
    com()
    client = make.make_client()
    cart = full_cart(client, make.make_product(), qty=2)
    carts.add_domain_to_cart(
        cart=cart, action="transfer", domain="Acme.com", auth_code="s3cret", at=make.AT
    )
    carts.add_domain_to_cart(cart=cart, action="register", domain="acme2.com", years=2, at=make.AT)
    carts.set_cart_registrant(cart=cart, registrant=REGISTRANT, at=make.AT)
    assert "s3cret" not in cart.items.get(domain="acme.com").auth_code
    order = order_from(cart)
    assert (order.subtotal, order.discount) == (2 * 500 + 900 + 2000, 0)
    assert InvoiceSubject.objects.filter(invoice=order.invoice).count() == 4
    item = order.items.get(action="transfer")
    assert (decrypt_auth_code(item.auth_code), item.qty) == ("s3cret", 1)
    registered = Domain.objects.get(domain_name="acme2.com")
    assert (registered.term_years, registered.recurring_amount) == (2, 2400)
    assert (registered.ns1, registered.ns2) == ("ns1.example.net", "ns2.example.net")
    cart.refresh_from_db()
    assert (cart.status, cart.order_id) == ("ordered", order.pk)
    with pytest.raises(StateConflict):
        carts.remove_cart_item(cart=cart, item_id=1, at=make.AT)


def test_the_same_form_again_is_the_same_order() -> None:
    """R14, one after the other."""
    cart = full_cart()
    total = total_of(cart)
    first = order_from(cart, shown_total=total)
    assert order_from(cart, shown_total=total) == first
    assert Order.objects.count() == Invoice.objects.count() == 1


def test_two_review_pages_of_one_cart_gave_two_orders() -> None:
    """R14: each page has a key of its own; the cart is ordered once."""
    cart = full_cart()
    total = total_of(cart)
    first = order_from(cart, shown_total=total, idempotency_key="page-1")
    with pytest.raises(StateConflict, match="This cart has already been ordered"):
        order_from(cart, shown_total=total, idempotency_key="page-2")
    assert order_from(cart, shown_total=total, idempotency_key="page-1") == first
    assert Order.objects.count() == Invoice.objects.count() == 1


def test_an_order_was_given_up_at_the_first_deadlock() -> None:
    """invariants.md 4: the whole transaction is tried again, 3 times."""
    cart, hits = full_cart(), []

    def deadlock(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith('INSERT INTO "orders_order"') and len(hits) < 2:
            hits.append(sql)
            raise OperationalError("deadlock detected") from DeadlockDetected()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(deadlock):
        order = order_from(cart)
    assert len(hits) == 2
    assert Order.objects.get() == order


def test_a_changed_price_is_shown_again_before_anything_is_ordered() -> None:
    """R15, section 9."""
    product = make.make_product()
    cart = full_cart(None, product)
    set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=700, ctx=CTX)
    with pytest.raises(PriceChangedError) as changed:
        order_from(cart, shown_total=500)
    assert changed.value.total == 700
    assert not Order.objects.exists()
    assert order_from(cart, shown_total=700).total == 700


def test_a_changed_tax_is_shown_again_before_anything_is_ordered() -> None:
    """R15: the price is the same, and the total is not."""
    set_setting(key="company.country", value="DE", ctx=CTX)
    set_setting(key="company.tax_id", value="DE123456789", ctx=CTX)
    rule: dict[str, Any] = {"country": "DE", "category": "S", "name": "VAT", "ctx": CTX}
    add_tax_rule(rate=19_000, valid_from=date(2020, 1, 1), **rule)
    cart = full_cart()
    assert total_of(cart) == 595
    add_tax_rule(rate=21_000, valid_from=TODAY, **rule)
    with pytest.raises(PriceChangedError) as changed:
        order_from(cart, shown_total=595)
    assert changed.value.total == 605
    assert not Order.objects.exists()
    assert order_from(cart, shown_total=605).total == 605


def test_an_item_swapped_for_one_of_the_same_price_was_ordered_unseen() -> None:
    client, first, second = make.make_client(), make.make_product(), make.make_product()
    cart = full_cart(client, first)
    total, fingerprint = total_of(cart), cart_fingerprint(carts.cart_lines_of(cart))
    carts.remove_cart_item(cart=cart, item_id=cart.items.get().pk, at=make.AT)
    full_cart(client, second)
    with pytest.raises(BusinessError, match=r"ha[sv]e? changed"):
        order_from(cart, shown_total=total, shown_fingerprint=fingerprint)
    assert not Order.objects.exists()
    assert order_from(cart).items.get().product == second


def test_a_code_that_ended_is_taken_out_and_says_why() -> None:
    promo = create_promo(code="SPRING", percent=1000, ctx=CTX)
    cart = full_cart()
    carts.set_cart_promo(cart=cart, code="spring", at=make.AT)
    assert total_of(cart) == 450
    change_promo(promo=promo, ends_on=TODAY - timedelta(days=1), ctx=CTX)
    with pytest.raises(PromoCodeError, match="expired"):
        order_from(cart, shown_total=450)
    cart.refresh_from_db()
    assert (cart.promo_code, Order.objects.exists()) == ("", False)
    for wrong in ("SPRING", "NEVER"):
        with pytest.raises(BusinessError):
            carts.set_cart_promo(cart=cart, code=wrong, at=make.AT)


def test_stock_and_use_come_back_with_a_cancelled_order() -> None:
    """S4; stock does not, once the order was active."""
    product = make.make_product()
    set_stock(product=product, units=1, ctx=CTX)
    create_promo(code="ONCE", percent=1000, max_uses=1, ctx=CTX)
    cart = full_cart(None, product)
    carts.set_cart_promo(cart=cart, code="ONCE", at=make.AT)
    order = order_from(cart)
    assert (Stock.objects.get(pk=product.pk).left, PromoUse.objects.count()) == (0, 1)
    with pytest.raises(BusinessError, match="sold out"):
        full_cart(None, product)
    cancel_order(order=order, reason="asked", ctx=CTX)
    assert (Stock.objects.get(pk=product.pk).left, PromoUse.objects.count()) == (1, 0)
    again = make.make_client()
    second = order_from(full_cart(again, product))
    make.make_payment(second.invoice)
    from commerce.orders.actions.lifecycle import activate_order

    activate_order(order=second, ctx=CTX)
    stop_order_as_fraud(order=second, reason="odd", ctx=CTX)
    cancel_order(order=second, reason="odd", ctx=CTX)
    assert Stock.objects.get(pk=product.pk).left == 0


def test_who_may_not_order() -> None:
    suspended = make.make_client()
    cart = full_cart(suspended)
    total = total_of(cart)
    suspend_client(client=suspended, reason="abuse", ctx=CTX)
    with pytest.raises(BusinessError, match="can't place orders"):
        order_from(cart, shown_total=total)
    unproven = make.make_user(verified=False)
    free = make.make_product(prices=[("EUR", "monthly", 0)])
    with pytest.raises(BusinessError, match="Confirm your email address before you place an order"):
        order_from(full_cart(None, free), placed_by=unproven)
    set_setting(key="orders.terms_url", value="https://example.com/terms", ctx=CTX)
    with pytest.raises(BusinessError, match="Accept the terms"):
        order_from(full_cart())
    assert not Order.objects.exists()
    assert order_from(full_cart(), terms_accepted=True)


def test_an_order_was_placed_without_an_address() -> None:
    """accounts.md 1: a postcode where there are any, a state where the tax rules of the country name one."""
    rule = {"category": "S", "rate": 8_875, "valid_from": date(2020, 1, 1), "name": "Tax"}
    add_tax_rule(country="US", state="NY", product_kind="all", **rule, ctx=CTX)

    def refused(**over: str) -> str:
        try:
            order_from(full_cart(make.make_client(**over)))
        except BusinessError as problem:
            return str(problem)
        return ""

    said = refused(address1="", city="", postcode="")
    assert said == "Complete your billing address. Missing: Address, Postal code, City."
    assert refused(country="US") == "Complete your billing address. Missing: State or region."
    assert refused(country="US", state="NY") == ""
    assert refused(country="DE", postcode="").endswith(": Postal code.")
    assert refused(country="HK", postcode="") == ""


def test_what_may_not_be_put_into_a_cart() -> None:
    product = make.make_product(max_per_client=1, require_domain=True)
    cart = carts.get_or_create_cart(at=make.AT, client=make.make_client())
    good = {"cart": cart, "product": product, "billing_cycle": "monthly", "at": make.AT}
    for wrong in (
        {"billing_cycle": "annually"},
        {"options": {999: 1}},
        {"qty": 0},
        {"qty": 2},
        {"domain": ""},
        {"domain": "no name"},
    ):
        with pytest.raises(BusinessError):
            carts.add_product_to_cart(**{**good, "domain": "acme.com", **wrong})
    with pytest.raises(BusinessError, match="don't offer the TLD"):
        carts.add_domain_to_cart(cart=cart, action="register", domain="acme.zz", at=make.AT)
    carts.add_product_to_cart(**good, domain="acme.com")
    carts.add_product_to_cart(**good, domain="acme2.com")
    quote = carts.quote_cart(cart, at=make.AT)
    assert [bool(entry.problem) for entry in quote.entries] == [False, True]
    with pytest.raises(BusinessError, match="limited to 1"):
        order_from(cart)
    set_product_status(product=product, status="retired", ctx=CTX)
    assert len([e for e in carts.quote_cart(cart, at=make.AT).entries if e.problem]) == 2


def test_a_name_that_is_managed_here_is_marked_and_blocks() -> None:
    com()
    cart = carts.get_or_create_cart(at=make.AT, client=make.make_client())
    carts.add_domain_to_cart(cart=cart, action="register", domain="acme.com", at=make.AT)
    with pytest.raises(BusinessError, match="already"):
        carts.add_domain_to_cart(cart=cart, action="register", domain="acme.com", at=make.AT)
    total = total_of(cart)
    make.make_domain(domain_name="acme.com")
    assert str(carts.quote_cart(cart, at=make.AT).problem) == "acme.com is already managed here."
    with pytest.raises(BusinessError, match="already managed here"):
        order_from(cart, shown_total=total)


def test_a_guest_cart_joins_the_clients() -> None:
    com()
    client = make.make_client()
    mine = carts.get_or_create_cart(at=make.AT, client=client)
    carts.add_domain_to_cart(cart=mine, action="register", domain="acme.com", at=make.AT)
    guest = carts.get_or_create_cart(at=make.AT, guest_key="g1")
    assert guest.currency_id == "USD"
    carts.set_cart_currency(cart=guest, currency_code="EUR", country="DE", at=make.AT)
    carts.add_domain_to_cart(cart=guest, action="register", domain="acme.com", at=make.AT)
    product = make.make_product(prices=[("EUR", "monthly", 500), ("USD", "monthly", 600)])
    carts.set_cart_currency(cart=guest, currency_code="USD", at=make.AT)
    carts.add_product_to_cart(cart=guest, product=product, billing_cycle="monthly", at=make.AT)
    joined = merge_carts(guest_key="g1", client=client, ctx=CTX).cart
    assert joined == mine
    assert sorted(joined.items.values_list("action", flat=True)) == ["product", "register"]
    assert joined.confirm_currency
    with pytest.raises(BusinessError, match="currency"):
        order_from(joined)
    carts.confirm_cart_currency(cart=joined, at=make.AT)
    carts.set_cart_registrant(cart=joined, registrant=REGISTRANT, at=make.AT)
    assert order_from(joined).currency_id == "EUR"
    guest.refresh_from_db()
    assert (guest.status, guest.items.count()) == ("merged", 0)
    assert carts.get_or_create_cart(at=make.AT, guest_key="g1") != guest


def test_what_had_no_room_when_carts_joined_vanished_unsaid() -> None:
    com()
    client, product = make.make_client(), make.make_product(name="Rocket")
    mine = carts.get_or_create_cart(at=make.AT, client=client)
    item = carts.add_product_to_cart(
        cart=mine, product=product, billing_cycle="monthly", at=make.AT
    )
    for position in range(item.position + 1, item.position + MAX_ORDER_ITEMS - 1):
        item.pk, item.position = None, position
        item.save(force_insert=True)
    guest = carts.get_or_create_cart(at=make.AT, guest_key="g1", currency_code="EUR")
    for name in ("acme.com", "acme2.com"):
        carts.add_domain_to_cart(
            cart=guest, action="transfer", domain=name, auth_code="s3cret", at=make.AT
        )
    carts.add_product_to_cart(cart=guest, product=product, billing_cycle="monthly", at=make.AT)
    joined = merge_carts(guest_key="g1", client=client, ctx=CTX)
    assert joined.left_out == ("acme2.com", "Rocket")
    assert (joined.cart.items.count(), guest.items.count()) == (MAX_ORDER_ITEMS, 0)


def test_an_old_cart_is_forgotten_and_a_used_one_is_not() -> None:
    cart = full_cart()
    with pytest.raises(StateConflict):
        carts.expire_cart(cart=cart, ctx=CTX)
    carts.expire_cart(cart=cart, ctx=Context(make.AT + timedelta(days=30), SYSTEM))
    assert (cart.status, cart.items.count()) == ("expired", 0)


def test_staff_order_for_a_client_by_the_same_rules_without_a_review() -> None:
    client, product = make.make_client(), make.make_product()
    order = place_cart_lines(
        vat_refresh=None,
        cart_lines=[ProductCartLine(product_id=product.pk, billing_cycle="monthly", qty=3)],
        client=client,
        placed_by=None,
        shown_total=None,
        idempotency_key="staff-1",
        ctx=CTX,
    )
    assert (order.total, Service.objects.for_client(client).count()) == (1500, 3)
    assert not Job.objects.filter(action="service.create").exists()
    stop_order_as_fraud(order=order, reason="odd", ctx=CTX)
    release_order(order=order, reason="known", ctx=CTX)
    assert order.status == "pending"
