"""New prices over a year of month ends, beside the daily run; and at once with it (catalog-and-orders.md 3)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import connection

from commerce.accounts.models import Client
from commerce.billing.changes.price_changes.actions import reprice_client
from commerce.billing.models import BilledPeriod, Invoice, PriceChange
from commerce.billing.periods.actions.renewals import renew_services
from commerce.catalog.actions.prices import set_price
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests import make
from tests.flows.invariants import assert_sound
from tests.flows.test_races import WORKERS, at_once
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT
from tests.make.repricing import announce_price_change, make_service_with_dearer_product
from tests.make.simulation import Simulation


def start(client: Client, born: date, **over: Any) -> Service:
    at = datetime.combine(born, time(10), UTC)
    return make.make_service(client, at=at, **over)


def set_to(town: Simulation, service: Service, price: int) -> None:
    """Staff set another price and bring it to what exists, twice since nobody is sure that it was done."""
    set_price(
        product=service.product,
        currency_code="EUR",
        billing_cycle=service.billing_cycle,
        price=price,
        **town.say,
    )
    for _ in range(2):
        reprice_client(client_id=service.client_id, services=[service.pk], **town.say)


def billed(service: Service) -> list[tuple[str, int]]:
    billed_periods = BilledPeriod.objects.filter(service=service).exclude(status="released")
    return [
        (start.isoformat()[2:], net)
        for start, net in billed_periods.order_by("period_start").values_list("period_start", "net")
    ]


def pay_all(town: Simulation, client: Client) -> None:
    for invoice in Invoice.objects.open().filter(client=client).order_by("pk"):
        town.pay(invoice)


def at_month_ends(town: Simulation) -> Iterator[date]:
    """Three prices in a year; each counts from the 31st (or what the month has of it) that is 30 days away or more."""
    client = make.make_client()
    service = start(client, date(2027, 1, 31))
    for month, price in ((2, None), (3, 700), (4, None), (5, None), (6, 650), (7, 900), (8, None)):
        yield date(2027, month, 24)
        pay_all(town, client)
        if price:
            set_to(town, service, price)
    for month in range(9, 13):
        yield date(2027, month, 24)
        pay_all(town, client)
    assert billed(service) == [
        *[("27-02-28", 500), ("27-03-31", 500), ("27-04-30", 700), ("27-05-31", 700)],
        *[("27-06-30", 700), ("27-07-31", 650), ("27-08-31", 900), ("27-09-30", 900)],
        *[("27-10-31", 900), ("27-11-30", 900), ("27-12-31", 900)],
    ]
    told = OutgoingMail.objects.filter(client_id=client.pk, event="price_changed").order_by("pk")
    assert [(mail.values["from_date"]["date"], mail.created_at.month) for mail in told] == [
        *[("2027-04-30", 3), ("2027-07-31", 6), ("2027-08-31", 7)]
    ]


def on_a_leap_day(town: Simulation) -> Iterator[date]:
    """Yearly since 29 February 2024: the new price waits for its year."""
    client = make.make_client()
    service = start(client, date(2024, 2, 29), billing_cycle="annually", amount=5000)
    Service.objects.filter(pk=service.pk).update(next_due_date=date(2028, 2, 29))
    BilledPeriod.objects.create(
        service=service,
        period_start=date(2027, 2, 28),
        period_end=date(2028, 2, 29),
        status="waived",
        created_at=town.at,
        ended_at=town.at,
    )
    yield date(2027, 6, 1)
    set_to(town, service, 6000)
    assert service.price_changes.get().from_date == date(2028, 2, 29)
    yield date(2028, 2, 22)
    pay_all(town, client)
    assert billed(service)[1:] == [("28-02-29", 6000)]


def never_pays(town: Simulation) -> Iterator[date]:
    """Ended for it: what was announced ends with it, and nobody bills it."""
    client = make.make_client()
    service = start(client, date(2027, 1, 31))
    yield date(2027, 3, 1)
    set_to(town, service, 900)
    change = service.price_changes.get()
    assert (change.status, change.from_date) == ("planned", date(2027, 3, 31))
    yield date(2027, 5, 1)
    change.refresh_from_db()
    assert change.status == "dropped"
    assert billed(service) == [("27-02-28", 500)]


@pytest.mark.django_db
def test_a_year_of_new_prices() -> None:
    town = Simulation(date(2027, 2, 1))
    town.live(at_month_ends, on_a_leap_day, never_pays, until=date(2028, 3, 1))
    assert not PriceChange.objects.planned().exists()
    assert_sound()
    assert_proven(town.at)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_a_price_that_is_announced_by_20_while_the_renewal_is_issued_is_one() -> None:
    """The period that is being billed has the old price and what is announced counts later, or it has the new one."""
    ctx = Context(RENEWED_AT, SYSTEM)
    for n in range(4):
        service = make_service_with_dearer_product()
        if n % 2:  # it was announced in time, and is announced again
            announce_price_change(service)

        def renew(service: Service = service) -> None:
            renew_services(client_id=service.client_id, day=RENEWED_AT.date(), ctx=ctx)

        def reprice(service: Service = service) -> None:
            reprice_client(client_id=service.client_id, services=[service.pk], ctx=ctx)

        at_once([renew, reprice] * (WORKERS // 2))
        billed_period = BilledPeriod.objects.get(service=service)
        changes = list(service.price_changes.values_list("status", "from_date"))
        if n % 2:
            assert (billed_period.net, changes) == (900, [("applied", date(2026, 5, 8))])
        else:
            assert (billed_period.net, changes) == (500, [("planned", date(2026, 6, 8))])
        told = OutgoingMail.objects.filter(event="price_changed", client_id=service.client_id)
        assert told.count() == 1
    assert_proven(RENEWED_AT)
