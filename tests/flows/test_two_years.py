"""Whole lives over two simulated years, all in one town: orders, money, dates and ends (invariants.md: S4 to S11)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.billing.changes.cancellations.actions import cancel_service_without_request
from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.products import set_stock
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Product, Stock
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.orders.cart_lines import ProductCartLine
from commerce.orders.models import Order, PromoUse
from commerce.site_settings.actions import set_setting
from tests import make
from tests.flows.invariants import assert_sound
from tests.make.proof import assert_proven
from tests.make.simulation import Simulation

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2027, 1, 20), date(2029, 3, 15)
SAY: dict[str, Any] = {"ctx": Context(make.AT, SYSTEM)}
WEEK = timedelta(days=7)


def rules() -> None:
    """A German seller; German VAT rises with 2028."""
    set_setting(key="company.country", value="DE", **SAY)
    set_setting(key="tax.vies_enabled", value="off", **SAY)
    vat: dict[str, Any] = {"category": "S", "name": "VAT"} | SAY
    add_tax_rule(country="DE", rate=19_000, valid_from=date(2020, 1, 1), **vat)
    add_tax_rule(country="DE", rate=21_000, valid_from=date(2028, 1, 1), **vat)
    add_tax_rule(country="FR", rate=20_000, valid_from=date(2020, 1, 1), **vat)


def product(amount: int = 1000, *cycles: str, **over: Any) -> Product:
    prices = [("EUR", cycle, amount) for cycle in cycles or ("monthly",)]
    return make.make_product(kind="other", activation="immediate", prices=prices, **over)


def wish(of: Product, cycle: str = "monthly") -> ProductCartLine:
    return ProductCartLine(product_id=of.pk, billing_cycle=cycle)


def start(town: Simulation, client: Client, of: Product, cycle: str = "monthly") -> Service:
    """Ordered, paid by bank and active today."""
    order = town.order(client, wish(of, cycle))
    town.pay(order.invoice)
    order.refresh_from_db()
    service = Service.objects.for_client(client).get(product=of)
    assert (order.status, service.status) == ("active", "active")
    return service


def fresh(service: Service) -> Service:
    return Service.objects.get(pk=service.pk)


def due_of(service: Service) -> date:
    due = fresh(service).next_due_date
    assert due is not None
    return due


def newest(client: Client) -> Invoice:
    return Invoice.objects.filter(client=client).latest("pk")


def told(client: Client, event: str) -> list[date]:
    rows = OutgoingMail.objects.filter(client_id=client.pk, event=event).order_by("pk")
    return [row.created_at.date() for row in rows]


def at_month_ends(town: Simulation) -> Iterator[date]:
    """S11: each period is counted from the 31st, whatever February did; and tax is that of the issue date."""
    yield date(2027, 1, 31)
    client = make.make_client()
    service = start(town, client, product())
    dates: list[date] = []
    while (due := due_of(service)) < date(2029, 2, 1):
        dates.append(due)
        yield due - WEEK
        invoice = newest(client)
        assert (invoice.issue_date, invoice.due_date) == (town.today, due + WEEK * 2)
        assert invoice.tax_amount == (210 if town.today.year >= 2028 else 190)
        yield due
        assert town.pay(invoice).status == "paid"
    assert [d.isoformat()[2:] for d in dates] == (
        "27-02-28 27-03-31 27-04-30 27-05-31 27-06-30 27-07-31 27-08-31 27-09-30 27-10-31 27-11-30 "
        "27-12-31 28-01-31 28-02-29 28-03-31 28-04-30 28-05-31 28-06-30 28-07-31 28-08-31 28-09-30 "
        "28-10-31 28-11-30 28-12-31 29-01-31"
    ).split()
    assert told(client, "invoice_reminder") == told(client, "invoice_overdue") == []


def on_a_leap_day(town: Simulation) -> Iterator[date]:
    """29 February yearly since 2024, with credit for all years: what was missed is made up for in the first run."""
    client = make.make_client()
    born = datetime.fromisoformat("2024-02-29T10:00Z")
    add_credit(client=client, currency_code="EUR", amount=10_000, **SAY)
    service = make.make_service(client, at=born, billing_cycle="annually", amount=1000)
    yield date(2027, 1, 21)
    assert [str(due_of(service)), credit_balance(client.pk, "EUR")] == ["2027-02-28", 7620]
    for paid, due in [("2027-02-21", "2028-02-29"), ("2028-02-22", "2029-02-28")]:
        yield date.fromisoformat(paid)
        assert str(due_of(service)) == due
    yield date(2029, 2, 21)
    assert str(due_of(service)) == "2030-02-28"
    assert set(Invoice.objects.filter(client=client).values_list("status", flat=True)) == {"paid"}


def pays_late_in_parts_and_too_much(town: Simulation) -> Iterator[date]:
    """Late by parts: suspended, resumed. Too much: the next is paid by it at issue. Then never again: the end."""
    yield date(2027, 3, 31)
    client = make.make_client()
    service = start(town, client, product())
    yield date(2027, 5, 16)
    late = newest(client)
    assert (late.status, late.issue_date, late.due_date) == (
        "overdue",
        date(2027, 4, 23),
        date(2027, 5, 14),
    )
    assert town.pay(late, 500).amount_due == 690
    yield date(2027, 5, 18)
    assert told(client, "service_suspended") == [date(2027, 5, 17)]
    assert fresh(service).status == "suspended"
    assert town.pay(late).status == "paid"
    assert (fresh(service).status, due_of(service)) == ("active", date(2027, 5, 31))
    yield date(2027, 6, 1)
    assert town.pay(newest(client), 1190 * 2 + 100).status == "paid"
    assert credit_balance(client.pk, "EUR") == 1290
    yield date(2027, 6, 23)
    assert (newest(client).status, due_of(service)) == ("paid", date(2027, 7, 31))
    yield date(2027, 7, 24)
    last = newest(client)
    assert (last.credit_applied, last.amount_due, last.due_date) == (100, 1090, date(2027, 8, 14))
    yield date(2027, 9, 5)
    assert told(client, "service_suspended")[1:] == [date(2027, 8, 17)]
    assert told(client, "service_terminating") == [date(2027, 8, 28)]
    assert told(client, "service_terminated") == [date(2027, 8, 31)]
    assert (fresh(service).status, fresh(service).next_due_date) == ("terminated", None)
    assert town.pay(last).status == "paid"
    assert (fresh(service).status, fresh(service).next_due_date) == ("terminated", None)
    reminders = [date(2027, 5, 15), date(2027, 8, 15), date(2027, 8, 19), date(2027, 8, 24)]
    assert told(client, "invoice_overdue") == reminders
    assert told(client, "invoice_reminder") == [date(2027, 5, 11), date(2027, 8, 11)]


def pays_by_credit_until_it_ends(town: Simulation) -> Iterator[date]:
    client = make.make_client()
    add_credit(client=client, currency_code="EUR", amount=1190 * 4 + 90, **town.say)
    town.order(client, wish(product()))
    town.work()
    service = Service.objects.for_client(client).get()
    assert fresh(service).status == "active"
    yield date(2027, 4, 20)
    paid = Invoice.objects.filter(client=client)
    assert [(i.status, str(i.issue_date)) for i in paid.order_by("pk")] == [
        ("paid", "2027-01-20"),
        ("paid", "2027-02-13"),
        ("paid", "2027-03-13"),
        ("paid", "2027-04-13"),
    ]
    assert told(client, "invoice_reminder") == []
    yield date(2027, 5, 14)
    assert (newest(client).status, newest(client).amount_due) == ("unpaid", 1100)
    assert town.pay(newest(client)).status == "paid"
    end(service, town)


def gets_it_for_nothing(town: Simulation) -> Iterator[date]:
    """No invoice ever; each period is waived on its day, and the date moves."""
    yield date(2027, 1, 29)
    client = make.make_client()
    order = town.order(client, wish(product(0)))
    town.work()
    service = Service.objects.for_client(client).get()
    while due_of(service) < date(2029, 1, 1):
        yield due_of(service)
    billed_periods = BilledPeriod.objects.filter(service=service)
    assert set(billed_periods.values_list("status", flat=True)) == {"waived"}
    assert billed_periods.count() == 23
    assert due_of(service) == date(2029, 1, 29)
    assert [i.pk for i in Invoice.objects.filter(client=client)] == [
        i for i in [order.invoice_id] if i
    ]


def never_pays_the_order(town: Simulation) -> Iterator[date]:
    """S4: stock and promo use come back, and the next one gets both."""
    yield date(2027, 2, 10)
    of, clients = product(), [make.make_client(), make.make_client()]
    set_stock(product=of, units=1, **SAY)
    create_promo(code="ONCE", percent=5000, max_uses=1, **SAY)
    first = town.order(clients[0], wish(of), promo_code="ONCE")
    assert (Stock.objects.get(pk=of.pk).left, PromoUse.objects.count()) == (0, 1)
    yield date(2027, 3, 25)
    assert Order.objects.get(pk=first.pk).status == "pending"
    yield date(2027, 3, 26)
    assert Order.objects.get(pk=first.pk).status == "cancelled"
    assert newest(clients[0]).status == "cancelled"
    assert Service.objects.for_client(clients[0]).get().status == "cancelled"
    assert (Stock.objects.get(pk=of.pk).left, PromoUse.objects.count()) == (1, 0)
    second = town.order(clients[1], wish(of), promo_code="ONCE")
    town.pay(second.invoice)
    service = Service.objects.for_client(clients[1]).get()
    assert (second.total, service.amount, service.status) == (595, 1000, "active")
    end(service, town)


def end(service: Service, town: Simulation) -> None:
    """Staff end it, and its life here is over."""
    cancel_service_without_request(
        service=fresh(service), kind="immediate", reason="over", **town.say
    )


LIVES = [
    at_month_ends,
    on_a_leap_day,
    pays_late_in_parts_and_too_much,
    pays_by_credit_until_it_ends,
    gets_it_for_nothing,
    never_pays_the_order,
]


def test_two_years() -> None:
    rules()
    town = Simulation(FIRST)
    town.live(*LIVES, until=LAST)
    assert_sound()
    assert_proven(town.at)
    assert town.skips > 30
