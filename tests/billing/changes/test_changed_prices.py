"""Prices that change by a percentage or an amount, from a day of one's own: one mail for each client."""

from datetime import date

import pytest

from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.billing.changes.price_changes.reprice_runs import (
    announce_reprice,
    preview_reprice,
    running_services,
    sums_by_client,
    withdraw_price_changes,
)
from commerce.billing.changes.price_changes.rules import NewPrices
from commerce.billing.models import PriceChange, PriceChangeAct
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.mails import deliver_all
from tests.make.repricing import announce_price_change, price_mails, reprice

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
PARTS = {"base": 1000, "group_discount": 0, "promo_discount": 0, "promo_code": ""}


@pytest.mark.parametrize(
    ("prices", "amount"),
    [
        (NewPrices(percent=500), 1365),
        (NewPrices(percent=-250), 1268),
        (NewPrices(amount=150), 1450),
        (NewPrices(percent=1000, amount=-30), 1400),
    ],
)
def test_a_service_costs_so_much_more(prices: NewPrices, amount: int) -> None:
    options = [{"name": "Backups", "value": "daily", "amount": 300}]
    service = make.make_service(amount=1300, options=options, price_parts=PARTS)
    change = announce_price_change(service, prices=prices)
    assert change.amount == amount
    of_options = sum(one["amount"] for one in change.options)
    assert change.price_parts["base"] + of_options == change.amount


def test_discounts_of_the_group_are_kept() -> None:
    client = make.make_client()
    group = create_client_group(name="Partners", color="", discount=1000, ctx=CTX)
    set_client_group(client=client, group=group, ctx=CTX)
    parts = {**PARTS, "group_discount": 100}
    service = make.make_service(client, amount=900, price_parts=parts)
    assert announce_price_change(service, prices=NewPrices(percent=500)).amount == 945


def test_nothing_costs_less_than_nothing_and_agreed_prices_stay() -> None:
    cheap = make.make_service(amount=500, price_parts={**PARTS, "base": 500})
    assert reprice(cheap, prices=NewPrices(amount=-600)).blocked_reason is not None
    agreed = make.make_service(amount=500, price_parts={**PARTS, "base": 500, "agreed": True})
    why_not = reprice(agreed, prices=NewPrices(percent=500)).blocked_reason
    assert "custom price" in str(why_not)


def test_it_counts_from_the_first_period_after_a_day_of_ones_own() -> None:
    service = make.make_service(amount=500)
    change = announce_price_change(
        service, prices=NewPrices(percent=1000, not_before=date(2026, 9, 1))
    )
    assert change.from_date == date(2026, 9, 8)
    other = make.make_service(amount=500)
    soon = NewPrices(percent=1000, not_before=date(2026, 4, 9))
    assert announce_price_change(other, prices=soon).from_date == date(2026, 5, 8)  # the notice


def test_202_prices_of_two_clients_are_two_mails_and_withdrawn_are_two_more() -> None:
    clients = [make.make_client(company=name) for name in ("Acme", "Beta")]
    first = make.make_service(clients[0], amount=500)
    make.make_service(clients[1], amount=500)
    for client in clients:
        mine = Service.objects.for_client(client).get()
        for number in range(100):
            mine.pk, mine.provisioning_key = None, f"{client.pk}-{number}"
            mine.save(force_insert=True)
    prices = NewPrices(percent=1000)
    found = list(preview_reprice(running_services(), make.AT.date(), prices))
    by_client = sums_by_client(found)
    assert [sums.monthly for _client, sums in by_client] == [{"EUR": 101 * 50}] * 2
    list(announce_reprice(running_services(), reason="costs", prices=prices, ctx=CTX))
    assert PriceChange.objects.count() == 202
    deliver_all(make.AT)
    assert len(price_mails()) == 2
    assert price_mails()[0].text.count("5.50") == 101
    act = PriceChangeAct.objects.get()
    withdraw_price_changes(announced=act, reason="a mistake", ctx=CTX)
    assert not act.changes.planned().exists()
    assert len(price_mails("price_change_dropped")) == 2
    first.refresh_from_db()
    assert first.amount == 500
