"""What only staff may say of an order: a price that was agreed on, and that there is no invoice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.accounts.actions import create_client_group, put_in_group
from commerce.audit.models import Entry
from commerce.billing.actions import renew_client
from commerce.billing.actions.by_staff import edit_by_staff
from commerce.billing.actions.plan_changes import request_plan_change
from commerce.billing.models import Claim, Invoice
from commerce.billing.plan_offers import offer_of
from commerce.billing.reading import credit_balance
from commerce.catalog import actions as catalog
from commerce.domains.actions import set_tld, set_tld_price
from commerce.domains.models import Domain
from commerce.hosting.actions import activate_service
from commerce.hosting.models import Service
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.mail.models import OutgoingMail
from commerce.orders.actions import approve_order, place_quoted_order
from commerce.orders.agreed import LARGEST
from commerce.orders.models import Order, OrderItem
from commerce.orders.rules import MOST_ITEMS
from commerce.orders.wishes import Agreed, DomainWish, ProductWish, Wish, mark_of
from tests import make
from tests.make.holders import HOLDER
from tests.make.jobs import run_all
from tests.make.names import give_nameservers
from tests.make.pricing import priced, reprice
from tests.make.proof import assert_proven
from tests.make.trade import make_extra

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
AGREED = Agreed(400, "a friend of the house")
TENTH = make.AT + timedelta(days=10)


def place(*wishes: Wish, **over: Any) -> Order:
    values = {"client": over.pop("client", None) or make.make_client(), "placed_by": None}
    values |= {"shown_total": None, "key": "k", "wishes": wishes} | SAY
    return place_quoted_order(**values | over)


def wish(**over: Any) -> ProductWish:
    product = over.pop("product", None) or make.make_product()
    values = {"product_id": product.pk, "billing_cycle": "monthly", "agreed": AGREED}
    return ProductWish(**values | over)


def active(order: Order, at: Any = make.AT) -> Service:
    """Its service, once the account is there."""
    if order.invoice is not None:
        make.make_payment(order.invoice)
    approve_order(order=order, **SAY)
    service = Service.objects.get(order_unit__item__order=order)
    activate_service(service=service, at=at, actor=SYSTEM)
    run_all(at)
    service.refresh_from_db()
    return service


def test_an_agreed_price_is_that_of_order_invoice_and_renewal() -> None:
    order = place(wish(qty=2))
    assert order.invoice is not None
    assert (order.total, order.invoice.total) == (800, 800)
    item = order.items.get()
    assert (item.unit_amount, item.list_amount, item.price_reason) == (400, 500, AGREED.reason)
    assert [one.amount for one in Service.objects.all()] == [400, 400]
    told = Entry.objects.get(action="order.price_agreed")
    assert (told.before, told.after) == ({"unit_amount": 500}, {"position": 1, "unit_amount": 400})
    assert (told.reason, told.staff_only, told.record_id) == (AGREED.reason, True, order.pk)


def test_it_holds_options_and_leaves_setup_and_no_percentage_comes_off_it() -> None:
    """The unit price of an order is base and options; discounts of a group are for the catalogue's."""
    product = make.make_product()
    key = {"currency_code": "EUR", "billing_cycle": "monthly"}
    catalog.set_price(product=product, **key, price=500, setup_fee=150, **SAY)
    make_extra(product, "dropdown", 250)
    client = make.make_client()
    put_in_group(client=client, group=create_client_group(name="P", discount=1000, **SAY), **SAY)
    order = place(wish(product=product), client=client)
    item = order.items.get()
    assert (item.unit_amount, item.list_amount, item.setup_fee) == (400, 750, 150)
    assert (order.subtotal, order.discount, order.total) == (550, 0, 550)
    assert item.options == [{"name": "Extra", "value": "Yes", "amount": 0}]
    service = Service.objects.get()
    assert (service.amount, service.parts["base"], service.parts["agreed"]) == (400, 400, True)


def test_a_promo_code_comes_off_an_agreed_price() -> None:
    catalog.create_promo(code="HALF", percent=5000, recurring=True, **SAY)
    order = place(wish(), promo_code="HALF")
    assert (order.subtotal, order.discount, Service.objects.get().amount) == (400, 200, 200)


def test_nothing_is_a_price_too() -> None:
    order = place(wish(agreed=Agreed(0, "a gift")))
    assert (order.total, order.status, Service.objects.get().amount) == (0, "active", 0)


def test_a_name_has_an_agreed_price_for_its_first_term_alone() -> None:
    give_nameservers()
    tld = set_tld(tld="com", **SAY)
    years = {"register": 1000, "renew": 1200, "transfer": 900}
    set_tld_price(tld=tld, currency_code="EUR", **years, **SAY)
    order = place(
        DomainWish(action="register", domain="acme.com", years=2, agreed=AGREED),
        DomainWish(action="transfer", domain="acme2.com", auth_code="x", agreed=Agreed(1, "moves")),
    )
    assert order.total == 801
    items = order.items.order_by("position").values_list("unit_amount", "list_amount")
    assert list(items) == [(400, 1000), (1, 900)]
    amounts = Domain.objects.order_by("pk").values_list("recurring_amount", flat=True)
    assert list(amounts) == [2400, 1200]


@pytest.mark.parametrize(
    ("agreed", "said"),
    [
        (Agreed(-1, "why"), "not be negative"),
        (Agreed(LARGEST + 1, "why"), "too large"),
        (Agreed(1, " \t\x00"), "Say why"),
        (Agreed(1, "x" * 501), "Say why"),
    ],
)
def test_what_is_no_agreed_price_is_refused(agreed: Agreed, said: str) -> None:
    with pytest.raises(Refused, match=said):
        place(wish(agreed=agreed))
    assert not Order.objects.exists()


def test_the_largest_price_is_kept_a_hundred_times() -> None:
    assert place(wish(qty=100, agreed=Agreed(LARGEST, "all of it"))).total == 100 * LARGEST


def test_no_client_says_a_price_nor_goes_without_an_invoice() -> None:
    """Whoever was shown a total is a client, or acts for one."""
    for over in ({"wishes": [wish()]}, {"wishes": [wish(agreed=None)], "invoiced": False}):
        with pytest.raises(Refused, match="Only staff"):
            place(shown_total=400, **over)
    assert not Order.objects.exists()


def test_the_mark_of_a_form_is_what_it_was_before_there_were_agreed_prices() -> None:
    one = wish(product=make.make_product(), agreed=None)
    assert mark_of([one]) == mark_of([ProductWish(**{**vars_of(one), "agreed": AGREED})])


def vars_of(one: ProductWish) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


def test_the_database_keeps_no_agreed_price_without_a_reason() -> None:
    item = place(wish()).items.get()
    for wrong in ({"price_reason": ""}, {"list_amount": None}, {"list_amount": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderItem.objects.filter(pk=item.pk).update(**wrong)


def test_an_order_has_as_many_items_as_a_cart() -> None:
    one = wish(agreed=None)
    with pytest.raises(Refused, match="at most 50"):
        place(*[one] * (MOST_ITEMS + 1))


def test_what_staff_say_of_a_holder_is_looked_at() -> None:
    give_nameservers()
    tld = set_tld(tld="com", **SAY)
    set_tld_price(tld=tld, currency_code="EUR", register=1, renew=1, transfer=1, **SAY)
    name = {"action": "register", "domain": "acme.com"}
    with pytest.raises(Refused, match="who shall hold"):
        place(DomainWish(**name, registrant=(("first_name", "Ann"),)))
    place(DomainWish(**name, registrant=tuple(HOLDER.items())))
    assert OrderItem.objects.get().registrant == HOLDER


def test_a_bulk_re_price_leaves_an_agreed_price_until_staff_end_it() -> None:
    service = active(place(wish()))
    priced(service.product, 900)
    found = reprice(service)
    assert "agreed with the client" in found.why_not
    assert not service.price_changes.exists()
    edit_by_staff(service=service, reason="the favour ends", amount=500, at=TENTH, actor=SYSTEM)
    service.refresh_from_db()
    assert reprice(service, at=TENTH).amount == 900


def test_a_change_of_plan_says_that_the_agreed_price_is_lost() -> None:
    group = make.make_group()
    service = active(place(wish(product=make.make_product(group=group))))
    other = make.make_product(group=group, prices=[("EUR", "monthly", 700)])
    offer = offer_of(service, other.pk, "monthly", TENTH.date())
    assert (offer.amount, offer.lost) == (700, ["Price agreed with us"])
    figures = offer.shown
    way = {"service": service, "product_id": other.pk, "billing_cycle": "monthly"}
    with pytest.raises(Refused, match="agreed with us"):
        request_plan_change(**way, shown=figures, at=TENTH, actor=SYSTEM)
    assert "agreed" not in offer.parts


@pytest.fixture
def unbilled() -> Callable[[], Service]:
    """An active service of an order without an invoice."""
    return lambda: active(place(wish(agreed=None), invoiced=False))


def test_without_an_invoice_the_first_period_is_free_and_the_next_is_not(
    unbilled: Callable[[], Service],
) -> None:
    service = unbilled()
    claim = Claim.objects.get()
    assert (claim.status, claim.period_start, claim.period_end) == (
        "waived", make.AT.date(), service.next_due_date,
    )  # fmt: skip
    assert not Invoice.objects.exists()
    day = make.AT + timedelta(days=23)
    [made] = renew_client(
        client_id=service.client_id, day=day.date(), at=day, actor=SYSTEM
    ).invoices
    assert Invoice.objects.get(pk=made).total == 500
    assert_proven(day)


def test_a_free_first_period_is_no_credit_when_the_plan_changes(
    unbilled: Callable[[], Service],
) -> None:
    """It was counted as paid in full, as after an import: a downgrade gave back what nobody had paid."""
    service = unbilled()
    other = make.make_product(group=service.product.group, prices=[("EUR", "monthly", 100)])
    offer = offer_of(service, other.pk, "monthly", TENTH.date())
    assert offer.figures.credit == 0
    assert credit_balance(service.client_id, "EUR") == 0


def test_a_free_first_period_stays_free_when_staff_move_the_due_date(
    unbilled: Callable[[], Service],
) -> None:
    service = unbilled()
    assert service.next_due_date is not None
    later = service.next_due_date + timedelta(days=60)
    edit_by_staff(service=service, reason="moves", next_due_date=later, at=TENTH, actor=SYSTEM)
    service.refresh_from_db()
    other = make.make_product(group=service.product.group, prices=[("EUR", "monthly", 100)])
    offer = offer_of(service, other.pk, "monthly", TENTH.date())
    assert offer.figures.credit == 0


def test_the_mail_of_an_order_without_an_invoice_asks_for_no_money() -> None:
    for invoiced in (True, False):
        client = make.make_client(owner=f"alice{invoiced}@example.com")
        place(wish(agreed=None), client=client, key=str(invoiced), invoiced=invoiced)
        run_all(make.AT)
        mail = OutgoingMail.objects.get(event="order_placed", client_id=client.pk)
        assert ("nothing of it is charged" in mail.text) == (not invoiced)


def test_an_invoiced_order_waives_nothing() -> None:
    active(place(wish()))
    make.make_service()
    run_all(make.AT)
    assert not Claim.objects.exists()
