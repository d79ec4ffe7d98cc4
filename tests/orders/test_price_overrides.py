"""What only staff may say of an order: a price that was agreed on, and that there is no invoice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.audit.models import AuditEntry
from commerce.billing.changes.plan_changes.actions.requests import request_plan_change
from commerce.billing.changes.plan_changes.offers import find_plan_offer
from commerce.billing.changes.service_edits import edit_price_and_dates
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.periods.actions.renewals import renew_services
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.promos import create_promo
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.orders.actions.lifecycle import approve_order
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import (
    MAX_UNIT_AMOUNT,
    CartLine,
    DomainCartLine,
    PriceOverride,
    ProductCartLine,
    cart_fingerprint,
)
from commerce.orders.models import Order, OrderItem
from commerce.orders.rules import MAX_ORDER_ITEMS
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.nameservers import give_nameservers
from tests.make.proof import assert_proven
from tests.make.records import make_required_option
from tests.make.registrants import REGISTRANT
from tests.make.repricing import reprice, set_product_price

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
AGREED = PriceOverride(400, "a friend of the house")
TENTH = make.AT + timedelta(days=10)


def place(*cart_lines: CartLine, **over: Any) -> Order:
    values = {"client": over.pop("client", None) or make.make_client(), "placed_by": None}
    values |= {"shown_total": None, "idempotency_key": "k", "cart_lines": cart_lines} | over
    return place_cart_lines(vat_refresh=None, **values, ctx=CTX)


def cart_line(**over: Any) -> ProductCartLine:
    product = over.pop("product", None) or make.make_product()
    values = {"product_id": product.pk, "billing_cycle": "monthly", "price_override": AGREED}
    return ProductCartLine(**values | over)


def active(order: Order, at: Any = make.AT) -> Service:
    """Its service, once the account is there."""
    if order.invoice is not None:
        make.make_payment(order.invoice)
    approve_order(order=order, ctx=CTX)
    service = Service.objects.get(order_unit__item__order=order)
    activate_service(service=service, ctx=Context(at, SYSTEM))
    run_all_jobs(at)
    service.refresh_from_db()
    return service


def test_an_agreed_price_is_that_of_order_invoice_and_renewal() -> None:
    order = place(cart_line(qty=2))
    assert order.invoice is not None
    assert (order.total, order.invoice.total) == (800, 800)
    item = order.items.get()
    assert (item.unit_amount, item.list_amount, item.price_reason) == (400, 500, AGREED.reason)
    assert [one.amount for one in Service.objects.all()] == [400, 400]
    told = AuditEntry.objects.get(action="order.price_agreed")
    assert (told.before, told.after) == ({"unit_amount": 500}, {"position": 1, "unit_amount": 400})
    assert (told.reason, told.staff_only, told.record_id) == (AGREED.reason, True, order.pk)


def test_it_holds_options_and_leaves_setup_and_no_percentage_comes_off_it() -> None:
    """The unit price of an order is base and options; discounts of a group are for the catalog's."""
    product = make.make_product()
    key = {"currency_code": "EUR", "billing_cycle": "monthly"}
    set_price(product=product, **key, price=500, setup_fee=150, ctx=CTX)
    make_required_option(product, "dropdown", 250)
    client = make.make_client()
    set_client_group(
        client=client, group=create_client_group(name="P", discount=1000, ctx=CTX), ctx=CTX
    )
    order = place(cart_line(product=product), client=client)
    item = order.items.get()
    assert (item.unit_amount, item.list_amount, item.setup_fee) == (400, 750, 150)
    assert (order.subtotal, order.discount, order.total) == (550, 0, 550)
    assert item.options == [{"name": "Extra", "value": "Yes", "amount": 0}]
    service = Service.objects.get()
    assert (service.amount, service.price_parts["base"], service.price_parts["agreed"]) == (
        400,
        400,
        True,
    )


def test_a_promo_code_comes_off_an_agreed_price() -> None:
    create_promo(code="HALF", percent=5000, recurring=True, ctx=CTX)
    order = place(cart_line(), promo_code="HALF")
    assert (order.subtotal, order.discount, Service.objects.get().amount) == (400, 200, 200)


def test_nothing_is_a_price_too() -> None:
    order = place(cart_line(price_override=PriceOverride(0, "a gift")))
    assert (order.total, order.status, Service.objects.get().amount) == (0, "active", 0)


def test_a_name_has_an_agreed_price_for_its_first_term_alone() -> None:
    give_nameservers()
    tld = set_tld(tld="com", ctx=CTX)
    years = {"register": 1000, "renew": 1200, "transfer": 900}
    set_tld_price(tld=tld, currency_code="EUR", **years, ctx=CTX)
    order = place(
        DomainCartLine(action="register", domain="acme.com", years=2, price_override=AGREED),
        DomainCartLine(
            action="transfer",
            domain="acme2.com",
            auth_code="x",
            price_override=PriceOverride(1, "moves"),
        ),
    )
    assert order.total == 801
    items = order.items.order_by("position").values_list("unit_amount", "list_amount")
    assert list(items) == [(400, 1000), (1, 900)]
    amounts = Domain.objects.order_by("pk").values_list("recurring_amount", flat=True)
    assert list(amounts) == [2400, 1200]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (PriceOverride(-1, "why"), "Enter a price of 0 or more"),
        (PriceOverride(MAX_UNIT_AMOUNT + 1, "why"), "too large"),
        (PriceOverride(1, " \t\x00"), "Enter a reason"),
        (PriceOverride(1, "x" * 501), "Enter a reason"),
    ],
)
def test_what_is_no_agreed_price_is_refused(override: PriceOverride, said: str) -> None:
    with pytest.raises(BusinessError, match=said):
        place(cart_line(price_override=override))
    assert not Order.objects.exists()


def test_the_largest_price_is_kept_a_hundred_times() -> None:
    assert (
        place(cart_line(qty=100, price_override=PriceOverride(MAX_UNIT_AMOUNT, "all of it"))).total
        == 100 * MAX_UNIT_AMOUNT
    )


def test_no_client_says_a_price_nor_goes_without_an_invoice() -> None:
    """Whoever was shown a total is a client, or acts for one."""
    for over in (
        {"cart_lines": [cart_line()]},
        {"cart_lines": [cart_line(price_override=None)], "with_invoice": False},
    ):
        with pytest.raises(BusinessError, match="Only staff"):
            place(shown_total=400, **over)
    assert not Order.objects.exists()


def test_the_mark_of_a_form_is_what_it_was_before_there_were_agreed_prices() -> None:
    one = cart_line(product=make.make_product(), price_override=None)
    assert cart_fingerprint([one]) == cart_fingerprint([replace(one, price_override=AGREED)])


def test_the_database_keeps_no_agreed_price_without_a_reason() -> None:
    item = place(cart_line()).items.get()
    for wrong in ({"price_reason": ""}, {"list_amount": None}, {"list_amount": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderItem.objects.filter(pk=item.pk).update(**wrong)


def test_an_order_has_as_many_items_as_a_cart() -> None:
    one = cart_line(price_override=None)
    with pytest.raises(BusinessError, match="up to 50 items"):
        place(*[one] * (MAX_ORDER_ITEMS + 1))


def test_what_staff_say_of_a_holder_is_looked_at() -> None:
    give_nameservers()
    tld = set_tld(tld="com", ctx=CTX)
    set_tld_price(tld=tld, currency_code="EUR", register=1, renew=1, transfer=1, ctx=CTX)
    name = {"action": "register", "domain": "acme.com"}
    with pytest.raises(BusinessError, match="Enter the domain's registrant"):
        place(DomainCartLine(**name, registrant=(("first_name", "Ann"),)))
    place(DomainCartLine(**name, registrant=tuple(REGISTRANT.items())))
    assert OrderItem.objects.get().registrant == REGISTRANT


def test_a_bulk_re_price_leaves_an_agreed_price_until_staff_end_it() -> None:
    service = active(place(cart_line()))
    set_product_price(service.product, 900)
    found = reprice(service)
    assert "custom price" in str(found.blocked_reason)
    assert not service.price_changes.exists()
    edit_price_and_dates(
        service=service, reason="the favour ends", amount=500, ctx=Context(TENTH, SYSTEM)
    )
    service.refresh_from_db()
    assert reprice(service, at=TENTH).amount == 900


def test_a_change_of_plan_says_that_the_agreed_price_is_lost() -> None:
    group = make.make_group()
    service = active(place(cart_line(product=make.make_product(group=group))))
    other = make.make_product(group=group, prices=[("EUR", "monthly", 700)])
    offer = find_plan_offer(service, other.pk, "monthly", TENTH.date())
    assert (offer.amount, offer.losses) == (700, ["Custom price"])
    figures = offer.totals
    way = {"service": service, "product_id": other.pk, "billing_cycle": "monthly"}
    with pytest.raises(BusinessError, match="Custom price"):
        request_plan_change(**way, vat_refresh=None, expected=figures, ctx=Context(TENTH, SYSTEM))
    assert "agreed" not in offer.price_parts


@pytest.fixture
def unbilled() -> Callable[[], Service]:
    """An active service of an order without an invoice."""
    return lambda: active(place(cart_line(price_override=None), with_invoice=False))


def test_without_an_invoice_the_first_period_is_free_and_the_next_is_not(
    unbilled: Callable[[], Service],
) -> None:
    service = unbilled()
    billed_period = BilledPeriod.objects.get()
    assert (billed_period.status, billed_period.period_start, billed_period.period_end) == (
        "waived", make.AT.date(), service.next_due_date,
    )  # fmt: skip
    assert not Invoice.objects.exists()
    day = make.AT + timedelta(days=23)
    [made] = renew_services(
        client_id=service.client_id, day=day.date(), ctx=Context(day, SYSTEM)
    ).invoices
    assert Invoice.objects.get(pk=made).total == 500
    assert_proven(day)


def test_a_free_first_period_is_no_credit_when_the_plan_changes(
    unbilled: Callable[[], Service],
) -> None:
    """It was counted as paid in full, as after an import: a downgrade gave back what nobody had paid."""
    service = unbilled()
    other = make.make_product(group=service.product.group, prices=[("EUR", "monthly", 100)])
    offer = find_plan_offer(service, other.pk, "monthly", TENTH.date())
    assert offer.unused.total == 0
    assert credit_balance(service.client_id, "EUR") == 0


def test_a_free_first_period_stays_free_when_staff_move_the_due_date(
    unbilled: Callable[[], Service],
) -> None:
    service = unbilled()
    assert service.next_due_date is not None
    later = service.next_due_date + timedelta(days=60)
    edit_price_and_dates(
        service=service, reason="moves", next_due_date=later, ctx=Context(TENTH, SYSTEM)
    )
    service.refresh_from_db()
    other = make.make_product(group=service.product.group, prices=[("EUR", "monthly", 100)])
    offer = find_plan_offer(service, other.pk, "monthly", TENTH.date())
    assert offer.unused.total == 0


def test_the_mail_of_an_order_without_an_invoice_asks_for_no_money() -> None:
    for invoiced in (True, False):
        client = make.make_client(owner=f"alice{invoiced}@example.com")
        place(
            cart_line(price_override=None),
            client=client,
            idempotency_key=str(invoiced),
            with_invoice=invoiced,
        )
        run_all_jobs(make.AT)
        mail = OutgoingMail.objects.get(event="order_placed", client_id=client.pk)
        assert ("nothing is charged now" in mail.text) == (not invoiced)


def test_an_invoiced_order_waives_nothing() -> None:
    active(place(cart_line()))
    make.make_service()
    run_all_jobs(make.AT)
    assert not BilledPeriod.objects.exists()
