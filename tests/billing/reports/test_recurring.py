"""Monthly recurring revenue against a month of books that was made by hand (backoffice.md 6)."""

from datetime import UTC, date, datetime

import pytest

from commerce.billing.reports.recurring import (
    DOMAINS,
    SERVICES,
    MonthOfRecurring,
    RecurringHistory,
    months_of,
    recurring_today,
)
from commerce.billing.reports.rules import monthly_amount
from commerce.billing.tax.actions import add_tax_rule
from commerce.domains.actions.editing import change_domain_price
from commerce.domains.actions.states import expire_domain, renew_domain
from commerce.hosting.actions.pricing import change_service_price
from commerce.hosting.actions.staff import edit_service
from commerce.hosting.actions.states import (
    cancel_service,
    resume_service,
    suspend_service,
    terminate_service,
)
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make

pytestmark = pytest.mark.django_db

MARCH, APRIL, TODAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 4, 8)


def on(month: int, day: int, hour: int = 12) -> Context:
    """What happened at an hour of a day of 2026."""
    return Context(datetime(2026, month, day, hour, 30, tzinfo=UTC), SYSTEM)


def service(month: int, day: int, amount: int, cycle: str = "monthly", **over: str) -> Service:
    """A service that was ordered and became active on a day."""
    at = on(month, day).at
    return make.make_service(at=at, amount=amount, billing_cycle=cycle, **over)


def change_price(row: Service, amount: int, ctx: Context) -> None:
    change_service_price(service=row, amount=amount, options=[], price_parts={}, ctx=ctx)


def march(history: RecurringHistory | None = None) -> MonthOfRecurring:
    history = history or RecurringHistory(SERVICES, MARCH, TODAY)
    return history.between(MARCH, APRIL)["EUR"]


def movements(month: MonthOfRecurring) -> dict[str, tuple[int, int]]:
    return {kind: (one.amount, one.count) for kind, one in month.movements.items()}


@pytest.mark.parametrize(
    ("net", "months", "monthly"),
    [(1000, 1, 1000), (10_000, 12, 833), (250, 3, 83), (125, 6, 21), (30, 12, 3), (0, 12, 0)],
)
def test_a_period_brings_its_share_of_a_month(net: int, months: int, monthly: int) -> None:
    assert monthly_amount(net, months) == monthly


def test_a_month_is_told_by_what_became_of_each_service() -> None:
    stays = service(2, 3, 10_00)
    dearer = service(2, 3, 100_00, "annually")  # 8.33 a month
    cheaper = service(2, 3, 30_00, "quarterly")  # 10.00 a month
    ends = service(2, 3, 5_00)
    returns = service(1, 5, 7_00)
    suspend_service(service=returns, suspension_reason="overdue", ctx=on(2, 20))
    service(2, 3, 50_00, "one_time")
    service(2, 3, 3_00, currency_code="USD")
    make.make_service(status="pending", at=on(2, 3).at, amount=8_00)

    change_price(dearer, 120_00, on(3, 9))  # 10.00 a month
    edit_service(service=cheaper, amount=27_00, reason="agreed", ctx=on(3, 9))  # 9.00 a month
    suspend_service(service=ends, suspension_reason="overdue", ctx=on(3, 10))
    resume_service(service=returns, ctx=on(3, 15))
    service(3, 20, 9_00)

    # What came after that month is not of it.
    service(4, 3, 4_00)
    cancel_service(service=stays, ctx=on(4, 5))
    change_price(dearer, 240_00, on(4, 5))

    found = march()
    assert (found.before.amount, found.before.count) == (10_00 + 8_33 + 10_00 + 5_00, 4)
    assert (found.after.amount, found.after.count) == (10_00 + 10_00 + 9_00 + 7_00 + 9_00, 5)
    assert movements(found) == {
        "new": (9_00, 1),
        "expansion": (1_67, 1),
        "contraction": (-1_00, 1),
        "lost": (-5_00, 1),
        "regained": (7_00, 1),
    }
    assert (found.lost.count, found.before.count) == (1, 4)  # a churn of 25 %
    today = recurring_today(SERVICES, TODAY)
    assert (today["EUR"].amount, today["EUR"].count) == (20_00 + 9_00 + 7_00 + 9_00 + 4_00, 5)
    assert (today["USD"].amount, today["USD"].count) == (3_00, 1)


def test_what_changes_to_and_fro_within_a_month_did_not_change() -> None:
    row = service(2, 3, 10_00)
    suspend_service(service=row, suspension_reason="overdue", ctx=on(3, 10))
    resume_service(service=row, ctx=on(3, 11))
    change_price(row, 20_00, on(3, 12))
    change_price(row, 10_00, on(3, 13))
    found = march()
    assert (found.before.amount, found.after.amount) == (10_00, 10_00)
    assert all(one == (0, 0) for one in movements(found).values())


def test_what_comes_and_goes_within_a_month_is_never_seen() -> None:
    terminate_service(service=service(3, 5, 10_00), ctx=on(3, 20))
    assert RecurringHistory(SERVICES, MARCH, TODAY).between(MARCH, APRIL) == {}


def test_each_month_begins_with_what_the_one_before_ended_with() -> None:
    rows = [service(month, 10, 10_00 * month) for month in (1, 2, 3)]
    change_price(rows[0], 15_00, on(3, 4))
    cancel_service(service=rows[1], ctx=on(4, 4))
    found = months_of(SERVICES, [date(2026, month, 1) for month in (1, 2, 3, 4)], TODAY)
    ends = [(one["EUR"].before.amount, one["EUR"].after.amount) for one in found.values()]
    assert ends == [(0, 10_00), (10_00, 30_00), (30_00, 65_00), (65_00, 45_00)]
    for one in found.values():
        month = one["EUR"]
        moved = sum(each.amount for each in month.movements.values())
        assert month.before.amount + moved == month.after.amount


def test_a_month_begins_with_the_business_day() -> None:
    set_setting(key="billing.time_zone", value="Europe/Berlin", ctx=on(1, 1))
    at = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)  # half past midnight in Berlin
    make.make_service(at=at, amount=10_00)
    history = RecurringHistory(SERVICES, MARCH, TODAY)
    assert history.between(MARCH, APRIL) == {}
    assert history.between(APRIL, TODAY)["EUR"].after.amount == 10_00


def test_a_domain_brings_its_term_s_share_of_a_month() -> None:
    make.make_domain(at=on(2, 3).at, recurring_amount=12_00)  # 1.00 a month
    two_years = make.make_domain(at=on(2, 3).at, recurring_amount=30_00, term_years=2)  # 1.25
    lapses = make.make_domain(at=on(2, 3).at, recurring_amount=24_00)  # 2.00
    make.make_domain(status="pending_transfer", at=on(2, 3).at, recurring_amount=99_00)
    change_domain_price(domain=two_years, recurring_amount=36_00, ctx=on(3, 9))  # 1.50
    expire_domain(domain=lapses, ctx=on(3, 9))
    history = RecurringHistory(DOMAINS, MARCH, TODAY)
    found = history.between(MARCH, APRIL)["EUR"]
    assert (found.before.amount, found.after.amount) == (4_25, 2_50)
    assert movements(found)["expansion"] == (25, 1)
    assert movements(found)["lost"] == (-2_00, 1)
    renew_domain(domain=lapses, expiry_date=date(2028, 2, 3), ctx=on(4, 2))
    found = RecurringHistory(DOMAINS, MARCH, TODAY).between(APRIL, TODAY)["EUR"]
    assert movements(found)["regained"] == (2_00, 1)


def test_prices_that_hold_tax_count_without_it() -> None:
    for key, value in (("company.country", "DE"), ("tax.prices_include_tax", "on")):
        set_setting(key=key, value=value, ctx=on(1, 1))
    for country, rate in (("DE", 19_000), ("FR", 20_000)):
        since = date(2020, 1, 1)
        add_tax_rule(country=country, rate=rate, category="S", valid_from=since, ctx=on(1, 1))
    german, french, american = (make.make_client(country=one) for one in ("DE", "FR", "US"))
    make.make_service(german, at=on(2, 3).at, amount=119_00)  # 100.00 net
    make.make_service(french, at=on(2, 3).at, amount=120_00)  # 100.00 net
    # Who pays no tax pays the price without ours.
    make.make_service(american, at=on(2, 3).at, amount=119_00)
    make.make_domain(german, at=on(2, 3).at, recurring_amount=142_80)  # 120.00 net, 10.00 a month
    assert recurring_today(SERVICES, TODAY)["EUR"].amount == 300_00
    assert recurring_today(DOMAINS, TODAY)["EUR"].amount == 10_00
