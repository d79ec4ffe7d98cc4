"""The price of one unit, step by step, and what holds for every cart (catalog-and-orders.md 5; M2, M7, M16)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.catalog.quote import (
    ChosenOption,
    DomainPrice,
    ProductPrice,
    PromoDiscount,
    apply_discounts,
)
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount

HOSTING = ProductPrice(product_id=1, billing_cycle="monthly", base=1000, setup_fee=500)
COM = DomainPrice(action="register", tld="com", unit_amount=1000, renewal=1500, years=2)
TEN = PromoDiscount(code="TEN", percent=1000)


type Line = ProductPrice | DomainPrice


def priced[L: ProductPrice | DomainPrice](
    line: L, *, group_percent: int = 0, promo: PromoDiscount | None = None
) -> L:
    """One line with its discounts."""
    [found] = apply_discounts([line], group_percent=group_percent, promo=promo)
    return found


def promos(promo: PromoDiscount, *lines: Line, group_percent: int = 0) -> list[int]:
    """What the code takes off each line; 0 for one that it does not apply to."""
    found = apply_discounts(lines, group_percent=group_percent, promo=promo)
    return [line.total_promo_discount for line in found]


def discount(line: Line) -> int:
    return line.total_group_discount + line.total_promo_discount


def first(line: ProductPrice, unit: int = 0) -> int:
    """What the first invoice charges for a unit, without setup."""
    promo = line.promo_discounts[unit] if line.promo_discounts else 0
    return line.unit_amount - line.group_discount - promo


def test_options_add_to_the_price_and_to_the_setup_fee() -> None:
    item = replace(
        HOSTING,
        options=(ChosenOption("Backups", "Daily", 200, 50), ChosenOption("SSH", "off", -100)),
    )
    line = priced(item)
    assert (line.unit_amount, line.unit_setup_fee, first(line), line.recurring()) == (
        1100, 550, 1100, 1100,
    )  # fmt: skip
    assert line.subtotal == 1650


def test_options_may_make_a_unit_free_and_not_cheaper() -> None:
    free = replace(HOSTING, options=(ChosenOption("Own licence", "yes", -1000),))
    assert priced(free).unit_amount == 0
    with pytest.raises(BusinessError) as refused:
        apply_discounts(
            [HOSTING, replace(HOSTING, options=(ChosenOption("Own licence", "yes", -1001),))]
        )
    assert refused.value.field == "options"


def test_a_group_discounts_every_cycle_and_no_setup() -> None:
    line = priced(HOSTING, group_percent=1250)
    assert (line.group_discount, first(line), line.unit_setup_fee, line.recurring()) == (
        125,
        875,
        500,
        875,
    )


def test_half_a_unit_is_rounded_up() -> None:
    item = replace(HOSTING, base=1010)
    assert priced(item, group_percent=50).group_discount == 5  # 5.05
    assert priced(item, group_percent=250).group_discount == 25  # 25.25
    assert priced(replace(item, base=50), group_percent=100).group_discount == 1  # 0.5


def test_a_group_price_takes_no_percentage_of_the_group() -> None:
    item = replace(HOSTING, is_group_price=True)
    assert discount(priced(item, group_percent=5000)) == 0
    assert discount(priced(item, group_percent=5000, promo=TEN)) == 100


def test_a_percentage_counts_after_the_group() -> None:
    line = priced(HOSTING, group_percent=2000, promo=TEN)
    assert (line.group_discount, line.promo_discounts, first(line)) == (200, (80,), 720)
    assert (line.subtotal, discount(line)) == (1500, 280)


def test_a_code_for_one_cycle_is_not_in_the_renewals() -> None:
    quoted = priced(HOSTING, group_percent=2000, promo=TEN)
    assert quoted.recurring() == 800
    assert quoted.price_parts(0) == {
        "base": 1000, "group_discount": 200, "promo_discount": 0, "promo_code": "",
    }  # fmt: skip


def test_a_recurring_code_stays_with_the_service() -> None:
    quoted = priced(HOSTING, group_percent=2000, promo=replace(TEN, recurring=True))
    assert quoted.recurring() == 720
    assert quoted.price_parts(0) == {
        "base": 1000, "group_discount": 200, "promo_discount": 80, "promo_code": "TEN",
    }  # fmt: skip


def test_a_fixed_amount_is_spread_over_units_by_largest_remainder() -> None:
    three = replace(HOSTING, qty=3)
    promo = PromoDiscount(code="F", amount=1000)
    assert priced(three, promo=promo).promo_discounts == (334, 333, 333)
    dear = replace(HOSTING, base=2000)
    assert promos(PromoDiscount(code="F", amount=100), dear, HOSTING) == [67, 33]


def test_a_fixed_amount_takes_no_more_than_there_is() -> None:
    line = priced(HOSTING, group_percent=2000, promo=PromoDiscount(code="F", amount=99_999))
    assert (line.total_promo_discount, line.subtotal - discount(line)) == (800, 500)
    assert promos(PromoDiscount(code="F", amount=500), replace(HOSTING, base=0)) == [0]


def test_units_of_one_item_may_renew_at_prices_of_their_own() -> None:
    promo = PromoDiscount(code="F", amount=1000, recurring=True)
    quoted = priced(replace(HOSTING, qty=3), promo=promo)
    assert [quoted.recurring(unit) for unit in range(3)] == [666, 667, 667]
    assert [quoted.price_parts(n)["promo_discount"] for n in range(3)] == [334, 333, 333]


@pytest.mark.parametrize(
    ("named", "discounted"),
    [
        ({}, [True, True, False]),
        ({"products": frozenset({1})}, [True, False, False]),
        ({"cycles": frozenset({"annually"})}, [False, True, False]),
        ({"products": frozenset({1}), "cycles": frozenset({"annually"})}, [False, False, False]),
        ({"tlds": frozenset({"com"})}, [False, False, True]),
        ({"tlds": frozenset({"net"})}, [False, False, False]),
        ({"products": frozenset({2}), "tlds": frozenset({"com"})}, [False, True, True]),
        ({"cycles": frozenset({"annually"}), "tlds": frozenset({"com"})}, [False, True, True]),
    ],
)
def test_a_code_discounts_what_it_names(
    named: dict[str, frozenset[object]], discounted: list[bool]
) -> None:
    yearly = replace(HOSTING, product_id=2, billing_cycle="annually")
    for promo in (TEN, PromoDiscount(code="F", amount=300)):
        found = promos(replace(promo, **named), HOSTING, yearly, COM)
        assert [off > 0 for off in found] == discounted


def test_a_name_costs_its_years_and_no_percentage_of_the_group_counts() -> None:
    line = priced(COM, group_percent=5000)
    assert (line.subtotal, discount(line), line.recurring()) == (2000, 0, 3000)
    assert (line.price_parts(), line.options_to_keep()) == ({}, [])


def test_a_transfer_is_paid_once_whatever_the_term() -> None:
    line = priced(replace(COM, action="transfer"))
    assert (line.subtotal, line.recurring()) == (1000, 3000)


def test_a_name_renews_at_the_full_price_even_under_a_recurring_code() -> None:
    promo = replace(TEN, recurring=True, tlds=frozenset({"com"}))
    line = priced(COM, promo=promo)
    assert (line.promo_discounts, line.recurring()) == ((200,), 3000)


def test_percentages_are_basis_points_to_the_unit_of_a_large_price() -> None:
    dear = replace(HOSTING, base=10**8)
    assert promos(TEN, dear) == [10**7]
    assert priced(dear, group_percent=1250).group_discount == 12_500_000


def test_what_is_not_given_costs_nothing_and_is_one() -> None:
    plain = ProductPrice(product_id=1, billing_cycle="monthly", base=1000)
    assert (plain.unit_amount, plain.unit_setup_fee, plain.qty) == (1000, 0, 1)
    with_option = replace(plain, options=(ChosenOption("PHP", "8.4"),))
    assert (with_option.unit_amount, with_option.unit_setup_fee) == (1000, 0)
    name = DomainPrice(action="register", tld="com", unit_amount=1000)
    assert (name.subtotal, name.unit_setup_fee, name.renewal, name.years) == (1000, 0, 0, 1)
    assert promos(PromoDiscount(code="NONE"), plain) == [0]


def test_an_agreed_price_stands_for_the_unit_with_its_options_and_is_no_groups() -> None:
    options = (ChosenOption("Backups", "Daily", 200, 50),)
    agreed = replace(HOSTING, options=options, qty=2).with_agreed_price(900)
    line = priced(agreed, group_percent=5000)
    assert (line.unit_amount, line.group_discount, line.unit_setup_fee, line.recurring(1)) == (
        900,
        0,
        550,
        900,
    )
    assert agreed.list_amount == 1200
    assert agreed.options == (ChosenOption("Backups", "Daily", 0, 50),)
    discounted = priced(agreed, promo=TEN)
    assert discounted.subtotal - discount(discounted) == 2 * (810 + 550)


def test_an_agreed_price_of_a_name_is_that_of_one_year() -> None:
    agreed = COM.with_agreed_price(800)
    assert (agreed.subtotal, agreed.recurring(), agreed.list_amount) == (1600, 3000, 1000)


def test_an_empty_cart_costs_nothing() -> None:
    empty: list[Line] = []
    assert apply_discounts(empty, promo=PromoDiscount(code="F", amount=100)) == []


@pytest.mark.parametrize(
    ("code", "typed", "due"), [("JPY", "500", 450), ("EUR", "5.00", 450), ("KWD", "5.000", 4500)]
)
def test_each_currency_is_counted_in_its_own_minor_unit(code: str, typed: str, due: int) -> None:
    item = replace(HOSTING, base=parse_amount(typed, code))
    assert first(priced(item, promo=TEN)) == due


amounts = st.integers(0, 10**9)
percents = st.integers(0, 10_000)
chosen = st.builds(
    ChosenOption, st.just("Option"), st.just("Value"), st.integers(-(10**6), 10**6), amounts
)
products = st.builds(
    ProductPrice,
    product_id=st.integers(1, 3),
    billing_cycle=st.sampled_from(["monthly", "annually", "one_time"]),
    base=amounts,
    setup_fee=amounts,
    qty=st.integers(1, 5),
    options=st.lists(chosen, max_size=3).map(tuple),
    is_group_price=st.booleans(),
).filter(lambda line: line.unit_amount >= 0)
names = st.builds(
    DomainPrice,
    action=st.sampled_from(["register", "transfer"]),
    tld=st.sampled_from(["com", "net"]),
    unit_amount=amounts,
    renewal=amounts,
    years=st.integers(1, 10),
)
lists = {
    "products": st.frozensets(st.integers(1, 3)),
    "cycles": st.frozensets(st.sampled_from(["monthly", "annually"])),
    "tlds": st.frozensets(st.sampled_from(["com", "net"])),
    "recurring": st.booleans(),
}
codes = st.one_of(
    st.none(),
    st.builds(PromoDiscount, code=st.just("P"), percent=st.integers(1, 10_000), **lists),
    st.builds(PromoDiscount, code=st.just("F"), amount=st.integers(1, 10**10), **lists),
)
carts = st.lists(st.one_of(products, names), max_size=8)


@given(carts, percents, codes)
def test_m16_nothing_is_negative_and_no_discount_exceeds_what_it_discounts(
    lines: list[Line], percent: int, promo: PromoDiscount | None
) -> None:
    for line in apply_discounts(lines, group_percent=percent, promo=promo):
        assert line.unit_setup_fee >= 0
        assert 0 <= line.total_group_discount <= line.subtotal
        for unit, left in enumerate(line.after_group_discount):
            off = line.promo_discounts[unit] if line.promo_discounts else 0
            assert 0 <= off <= left
            assert line.recurring(unit) >= 0
        applies = promo is not None and promo.applies_to(line)
        assert bool(line.promo_discounts) == applies == bool(line.promo_code)


@given(carts, percents, codes)
def test_m7_discounts_change_nothing_else_and_are_those_of_each_unit(
    lines: list[Line], percent: int, promo: PromoDiscount | None
) -> None:
    found = apply_discounts(lines, group_percent=percent, promo=promo)
    assert [line.subtotal for line in found] == [line.subtotal for line in lines]
    for line in found:
        units = 1 if isinstance(line, DomainPrice) else line.qty
        assert len(line.after_group_discount) == units
        assert len(line.promo_discounts) in (0, units)
        left = sum(line.after_group_discount) + units * line.unit_setup_fee
        assert left == line.subtotal - line.total_group_discount


@given(carts, percents, codes)
def test_parts_sum_to_what_renews(
    lines: list[Line], percent: int, promo: PromoDiscount | None
) -> None:
    for line in apply_discounts(lines, group_percent=percent, promo=promo):
        if isinstance(line, DomainPrice):
            continue
        options = sum(option.amount for option in line.options)
        for unit in range(line.qty):
            parts = line.price_parts(unit)
            discounts = parts["group_discount"] + parts["promo_discount"]
            assert line.recurring(unit) == parts["base"] + options - discounts


@given(carts, percents, st.integers(1, 10**10))
def test_a_fixed_code_takes_all_of_its_amount_or_all_that_there_is(
    lines: list[Line], percent: int, amount: int
) -> None:
    promo = PromoDiscount(
        code="F", amount=amount, tlds=frozenset({"com"}), products=frozenset({1, 2})
    )
    found = apply_discounts(lines, group_percent=percent, promo=promo)
    there = sum(sum(line.after_group_discount) for line in found if promo.applies_to(line))
    assert sum(line.total_promo_discount for line in found) == min(amount, there)
