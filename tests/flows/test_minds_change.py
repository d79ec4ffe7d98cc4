"""Lives in which people change their minds, their plans, their names and their tax, over a good two years."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.billing.changes.cancellations.actions import (
    request_cancellation,
)
from commerce.billing.changes.plan_changes.actions.requests import request_plan_change
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import BilledPeriod, CreditNote, Invoice
from commerce.billing.tax.actions import mark_vat_number_valid
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.orders.cart_lines import DomainCartLine
from tests import make
from tests.flows.invariants import assert_sound
from tests.flows.test_two_years import SAY, due_of, end, fresh, newest, product, rules, start
from tests.make.nameservers import give_nameservers
from tests.make.proof import assert_proven
from tests.make.simulation import Simulation

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2027, 1, 20), date(2029, 4, 20)


def voids(town: Simulation, invoice: Invoice, service: Service, decision: str) -> None:
    void_invoice(
        invoice=Invoice.objects.get(pk=invoice.pk),
        reason="a mistake",
        decisions={("service", service.pk): decision},
        **town.say,
    )
    town.work()


def is_voided_with_each_decision(town: Simulation) -> Iterator[date]:
    """Bill again: the next night does. Waive: the date moves, unpaid. End: it ends."""
    yield date(2027, 1, 31)
    client = make.make_client()
    service = start(town, client, product())
    yield date(2027, 2, 21)
    first = newest(client)
    voids(town, first, service, "bill_again")
    yield date(2027, 2, 22)
    second = newest(client)
    periods = BilledPeriod.objects.filter(service=service).order_by("pk")
    assert second.pk != first.pk
    assert list(periods.values_list("status", "period_start")) == [
        ("released", date(2027, 2, 28)),
        ("open", date(2027, 2, 28)),
    ]
    voids(town, second, service, "waive")
    assert due_of(service) == date(2027, 3, 31)
    yield date(2027, 3, 24)
    third = newest(client)
    voids(town, third, service, "end")
    assert (fresh(service).status, fresh(service).next_due_date) == ("cancelled", None)
    assert CreditNote.objects.filter(client=client).count() == 3
    yield date(2027, 5, 1)
    assert newest(client) == third


def keeps_a_name_then_lets_it_go(town: Simulation) -> Iterator[date]:
    """Registered and renewed by hand; the second renewal is not paid: expired, taken back, in redemption, gone."""
    client = make.make_client()
    give_nameservers()
    tld = set_tld(tld="com", **SAY)
    set_tld_price(tld=tld, currency_code="EUR", register=1000, renew=1200, **SAY)
    hosts = ("ns1.example.net", "ns2.example.net")
    order = town.order(
        client, DomainCartLine(action="register", domain="acme.com", nameservers=hosts)
    )
    town.pay(order.invoice)
    domain = Domain.objects.get(domain_name="acme.com")
    town.done("domain.register", ("domain", domain.pk), expires="2028-01-20")
    yield date(2027, 12, 20)
    assert Invoice.objects.filter(client=client).count() == 1
    yield date(2027, 12, 21)
    renewal = newest(client)
    assert (renewal.kind, str(renewal.due_date)) == ("domain_renewal", "2028-01-04")
    town.pay(renewal)
    town.done("domain.renew", ("domain", domain.pk))
    domain.refresh_from_db()
    assert (domain.expiry_date, domain.next_due_date) == (date(2029, 1, 20), date(2029, 1, 20))
    yield date(2028, 12, 21)
    unpaid = newest(client)
    assert unpaid.pk != renewal.pk
    yield date(2029, 1, 21)
    domain.refresh_from_db()
    assert domain.status == "expired"
    yield date(2029, 2, 20)
    domain.refresh_from_db()
    unpaid.refresh_from_db()
    assert (domain.status, unpaid.status) == ("redemption", "cancelled")
    yield date(2029, 3, 22)
    domain.refresh_from_db()
    assert (domain.status, domain.next_due_date) == ("cancelled", None)


def changes_plan_and_leaves(town: Simulation) -> Iterator[date]:
    """Upgraded when paid; let lapse; yearly from the day of payment; then ended with what is paid."""
    yield date(2027, 4, 30)
    client = make.make_client()
    group = make.make_group()
    small = product(3000, group=group)
    large = product(6000, "monthly", "annually", group=group)
    service = start(town, client, small)

    def asks(cycle: str) -> Any:
        today = fresh(service)
        [offer] = [
            one
            for one in plan_offers(today, town.today)
            if (one.product, one.billing_cycle) == (large, cycle)
        ]
        return request_plan_change(
            vat_refresh=None,
            service=today,
            product_id=large.pk,
            billing_cycle=cycle,
            expected=offer.totals,
            **town.say,
        )

    yield date(2027, 5, 15)
    change = asks("monthly")
    assert (change.credit, change.charge) == (1785, 3570)
    town.pay_change(change)
    assert (fresh(service).product, fresh(service).amount) == (large, 6000)
    assert due_of(service) == date(2027, 5, 30)
    yield date(2027, 5, 23)
    assert newest(client).subtotal == 6000
    town.pay(newest(client))
    yield date(2027, 6, 1)
    lapsed = asks("annually")
    yield date(2027, 6, 16)
    lapsed.refresh_from_db()
    assert (lapsed.status, lapsed.invoice) == ("lapsed", None)
    yearly = asks("annually")
    yield date(2027, 6, 20)
    town.pay_change(yearly)
    assert (fresh(service).anchor_date, due_of(service)) == (town.today, date(2028, 6, 20))
    assert fresh(service).billing_cycle == "annually"
    yield date(2028, 6, 13)
    renewal = newest(client)
    assert renewal.kind == "renewal"
    request_cancellation(service=fresh(service), kind="end_of_period", reason="no time", **town.say)
    renewal.refresh_from_db()
    assert (renewal.status, fresh(service).ends_on) == ("cancelled", date(2028, 6, 20))
    yield date(2028, 6, 20)
    assert fresh(service).status == "cancelled"
    assert not Invoice.objects.filter(client=client).open().exists()


def moves_its_tax(town: Simulation) -> Iterator[date]:
    """A French company: reverse charge while its number was proved lately, French VAT when not."""
    yield date(2027, 3, 1)
    client = make.make_client(country="FR", company="Lumière SARL", tax_id="FR40303265045")
    mark_vat_number_valid(client=client, evidence="seen on their paper", **town.say)
    service = start(town, client, product())
    found: list[tuple[str, int]] = []
    for day in (date(2027, 3, 25), date(2027, 4, 24)):
        yield day
        invoice = newest(client)
        line = invoice.lines.get()
        found.append((line.tax_category, invoice.tax_amount))
        town.pay(invoice)
    assert found == [("AE", 0), ("S", 200)]
    change_client(client=client, country="DE", tax_id="", **town.say)
    yield date(2027, 5, 25)
    assert newest(client).tax_amount == 190
    town.pay(newest(client))
    end(service, town)


LIVES = [
    is_voided_with_each_decision,
    keeps_a_name_then_lets_it_go,
    changes_plan_and_leaves,
    moves_its_tax,
]


def test_minds_change() -> None:
    rules()
    town = Simulation(FIRST)
    town.live(*LIVES, until=LAST)
    assert_sound()
    assert_proven(town.at)
