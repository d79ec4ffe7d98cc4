"""What staff agreed on with a client, from the order over its renewals to the end of the favour."""

from datetime import date

import pytest

from commerce.billing.changes.price_changes.actions import reprice_client
from commerce.billing.changes.service_edits import edit_price_and_dates
from commerce.billing.models import BilledPeriod
from commerce.catalog.actions.prices import set_price
from commerce.hosting.models import Service
from commerce.orders.actions.lifecycle import approve_order
from commerce.orders.cart_lines import PriceOverride, ProductCartLine
from commerce.site_settings.actions import set_setting
from tests import make
from tests.flows.invariants import assert_sound
from tests.make.proof import assert_proven
from tests.make.simulation import Simulation

pytestmark = pytest.mark.django_db


def promised() -> ProductCartLine:
    """A product at 5.00 that runs as soon as its order does."""
    product = make.make_product(kind="other", activation="immediate")
    promise = PriceOverride(350, "a promise of the fair")
    return ProductCartLine(product_id=product.pk, billing_cycle="monthly", price_override=promise)


def nets(service: Service) -> list[int]:
    return list(service.billed_periods.order_by("period_start").values_list("net", flat=True))


def test_an_agreed_price_is_ordered_paid_and_renewed_until_staff_end_it() -> None:
    town = Simulation(date(2027, 1, 31))
    set_setting(key="tax.prices_include_tax", value="on", **town.say)
    client = make.make_client()
    order = town.order(client, promised())
    assert order.invoice is not None
    assert (order.total, order.invoice.total, order.status) == (350, 350, "pending")
    town.pay(order.invoice)
    service = Service.objects.get()
    assert (service.status, service.amount) == ("active", 350)
    set_price(
        product=service.product, currency_code="EUR", billing_cycle="monthly", price=900, **town.say
    )
    reprice_client(client_id=client.pk, services=[service.pk], **town.say)
    for month in (2, 3):
        town.sleep(date(2027, month, 25))
        town.pay(BilledPeriod.objects.get(status="open").invoice)
    edit_price_and_dates(service=service, reason="the fair is over", amount=500, **town.say)
    town.sleep(date(2027, 4, 25))
    town.pay(BilledPeriod.objects.get(status="open").invoice)
    assert nets(service) == [350, 350, 500]
    assert_sound()
    assert_proven(town.at)


def test_an_order_without_an_invoice_starts_by_a_word_and_pays_from_its_second_period() -> None:
    town = Simulation(date(2027, 1, 31))
    client = make.make_client()
    order = town.order(client, promised(), with_invoice=False)
    town.sleep(date(2027, 3, 20))
    order.refresh_from_db()
    assert (order.status, order.invoice) == ("pending", None)
    approve_order(order=order, **town.say)
    town.work()
    town.sleep(date(2027, 4, 20))
    town.pay(BilledPeriod.objects.get(status="open").invoice)
    service = Service.objects.get()
    states = list(
        service.billed_periods.order_by("period_start").values_list("status", "period_start")
    )
    assert states == [("waived", date(2027, 3, 20)), ("paid", date(2027, 4, 20))]
    assert nets(service) == [0, 350]
    assert_sound()
    assert_proven(town.at)
