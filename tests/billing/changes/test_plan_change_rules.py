"""billing.md 8 "Plan change", the arithmetic: days, what is charged for them, and what is given back of lines."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from commerce.billing.changes.plan_changes.rules import (
    DateRange,
    charge_for_days,
    days_billed,
    give_back,
    last_day_to_pay,
    periods_until_due,
)
from commerce.billing.invoices.credit_note_rules import RemainingShare
from commerce.billing.invoices.rules import share_line

D = date
APRIL = DateRange(D(2026, 4, 8), D(2026, 5, 8))  # 30 days


def share(net: int, tax: int, position: int = 1) -> RemainingShare:
    return RemainingShare(position, position, "item", ("S", 19_000), net, tax, 7)


def test_periods_are_those_from_today_to_the_next_due_date() -> None:
    found = periods_until_due(D(2026, 4, 8), "monthly", D(2026, 6, 8), D(2026, 5, 3))
    assert found == [APRIL, DateRange(D(2026, 5, 8), D(2026, 6, 8))]


def test_a_due_date_of_today_leaves_no_period() -> None:
    assert periods_until_due(D(2026, 4, 8), "monthly", D(2026, 5, 8), D(2026, 5, 8)) == []


@pytest.mark.parametrize(
    ("billed", "count"),
    [
        ([], 0),
        ([APRIL], 30),
        ([DateRange(D(2026, 4, 1), D(2026, 4, 18))], 10),
        ([DateRange(D(2026, 4, 8), D(2026, 4, 18)), DateRange(D(2026, 4, 13), D(2026, 4, 23))], 15),
        ([DateRange(D(2026, 5, 8), D(2026, 6, 8))], 0),
    ],
)
def test_days_that_two_documents_bill_count_once(billed: list[DateRange], count: int) -> None:
    assert days_billed(APRIL, billed) == count


def test_billed_days_are_charged_in_full_and_others_by_what_the_new_plan_costs_more() -> None:
    half = [DateRange(D(2026, 4, 8), D(2026, 4, 23))]
    day = D(2026, 4, 8)
    assert charge_for_days(APRIL, day, [APRIL], old=3000, new=6000) == 6000
    assert charge_for_days(APRIL, day, [], old=3000, new=6000) == 3000
    assert charge_for_days(APRIL, day, [], old=3000, new=1000) == 0
    assert charge_for_days(APRIL, day, half, old=3000, new=6000) == 3000 + 1500
    assert charge_for_days(APRIL, D(2026, 4, 18), half, old=3000, new=6000) == 1000 + 1500


def test_a_charge_is_rounded_once() -> None:
    half = [DateRange(D(2026, 4, 8), D(2026, 4, 23))]
    # 15 ÷ 30 of 1 and of 1 more: each half a cent, together one
    assert charge_for_days(APRIL, D(2026, 4, 8), half, old=0, new=1) == 1


def test_what_is_given_back_has_the_tax_of_its_rate() -> None:
    [part] = give_back([share(1000, 190)], Fraction(1, 3), 19_000, prices_include_tax=False)
    assert (part.net, part.tax) == (333, 63)
    [part] = give_back([share(1000, 190)], Fraction(1, 3), 19_000, prices_include_tax=True)
    assert (part.net, part.tax) == (334, 63)  # 3.97 with tax


def test_the_rest_of_a_line_takes_the_rest_of_its_tax() -> None:
    """Of 10.00 with 1.90 staff took 0.01 of the tax more than the rate has: what is left goes as it is."""
    for inclusive in (False, True):
        [part] = give_back([share(500, 94)], Fraction(1), 19_000, prices_include_tax=inclusive)
        assert (part.net, part.tax) == (500, 94)


def test_tax_is_at_most_what_is_left() -> None:
    [part] = give_back([share(500, 20)], Fraction(1, 2), 19_000, prices_include_tax=False)
    assert (part.net, part.tax) == (250, 20)


def test_a_discount_gives_back_its_part_too() -> None:
    parts = give_back(
        [share(1000, 190), share(-100, -19, 2)], Fraction(1, 2), 19_000, prices_include_tax=False
    )
    assert [(part.net, part.tax) for part in parts] == [(500, 96), (-50, -10)]


def test_nothing_is_given_back_of_nothing() -> None:
    assert give_back([share(0, 0)], Fraction(1), 19_000, prices_include_tax=False) == []
    assert give_back([share(1, 0)], Fraction(1, 3), 19_000, prices_include_tax=False) == []


@given(
    some.lists(some.integers(0, 10_000), min_size=1, max_size=4),
    some.integers(0, 25_000),
    some.fractions(0, 1),
    some.booleans(),
)
def test_never_more_than_is_left_of_each_share(
    nets: list[int],
    rate: int,
    part: Fraction,
    inclusive: bool,  # noqa: FBT001 - hypothesis gives it by its place
) -> None:
    shares = [share(net, net * rate // 100_000, n) for n, net in enumerate(nets)]
    for one in give_back(shares, part, rate, prices_include_tax=inclusive):
        assert 0 <= one.net <= one.share.net
        assert 0 <= one.tax <= one.share.tax


def test_equal_units_of_a_price_with_tax_have_paid_the_same() -> None:
    """Three at 88.53 with 23 %: they were given back 88.57, 88.53 and 88.49."""
    units = share_line(21_593, 4966, (1, 1, 1))
    assert [net + tax for net, tax in units] == [8853] * 3
    assert (sum(net for net, _ in units), sum(tax for _, tax in units)) == (21_593, 4966)


@pytest.mark.parametrize(
    ("renewal_issued_on", "last"),
    [
        (D(2026, 5, 1), D(2026, 4, 22)),  # as an invoice: 14 days
        (D(2026, 4, 18), D(2026, 4, 17)),
        (D(2026, 4, 7), D(2026, 4, 8)),  # not before today
        (None, D(2026, 4, 22)),
    ],
)
def test_the_last_day_is_that_of_an_invoice_or_the_one_before_the_renewal(
    renewal_issued_on: date | None, last: date
) -> None:
    found = last_day_to_pay(today=D(2026, 4, 8), due_days=14, renewal_issued_on=renewal_issued_on)
    assert found == last
