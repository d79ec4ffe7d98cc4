"""60 days a day at a time, and one run after 60 days off: equal where nobody's money is waited for (billing.md 10)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction

from commerce.billing.credit.actions import add_credit
from commerce.billing.models import BilledPeriod, CreditAccount, Invoice
from commerce.hosting.models import Service
from tests import make
from tests.flows.invariants import assert_sound
from tests.flows.test_two_years import SAY, rules
from tests.make.proof import assert_proven
from tests.make.simulation import Simulation

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2027, 11, 1), date(2027, 12, 31)  # a day later German VAT rises


class RollBack(Exception):
    """Takes back what a way to the end has made."""


def people() -> None:
    """Free ones, and ones with credit for all; anchored on many days, month ends among them."""
    rules()
    cycles = ["monthly", "quarterly", "monthly", "annually"]
    for n in range(12):
        client = make.make_client()
        add_credit(client=client, currency_code="EUR", amount=10_000, **SAY)
        born = datetime.combine(date(2027, 10, 31) - timedelta(days=n * 3), time(9), UTC)
        amount = 0 if n % 3 == 0 else 500 + n
        for cycle in (cycles[n % 4], "monthly"):
            make.make_service(client, at=born, billing_cycle=cycle, amount=amount)


def state(get_there: Callable[[Simulation], object]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        with transaction.atomic():
            town = Simulation(FIRST)
            get_there(town)
            found = {
                "billed_periods": rows(
                    BilledPeriod, "service_id", "period_start", "period_end", "status", "net", "tax"
                ),
                "due": rows(Service, "pk", "next_due_date", "status"),
                "credit": rows(CreditAccount, "client_id", "balance"),
            }
            assert not Invoice.objects.exclude(status="paid").exists()
            assert_sound()
            assert_proven(town.at)
            raise RollBack
    except RollBack:
        return found


def rows(model: Any, *columns: str) -> list[Any]:
    return sorted(model.objects.values_list(*columns))


def test_one_run_after_60_days_off_is_60_runs() -> None:
    people()
    each_day = state(lambda town: town.live(until=LAST))
    at_once = state(lambda town: town.night(LAST))
    assert each_day == at_once
    assert len(each_day["billed_periods"]) > 40
