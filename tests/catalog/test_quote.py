"""The price of one unit, step by step, and what holds for every cart (catalog-and-orders.md 5; M2, M7, M16)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.catalog.quote import (
    ChosenOption,
    DomainQuoteItem,
    ProductQuoteItem,
    PromoDiscount,
    QuoteItem,
    quote_items,
)
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount

HOSTING = ProductQuoteItem(product_id=1, billing_cycle="monthly", base=1000, setup_fee=500)
COM = DomainQuoteItem(action="register", tld="com", price=1000, renewal=1500, years=2)
TEN = PromoDiscount(code="TEN", percent=1000)


def promos(promo: PromoDiscount, *items: QuoteItem, group_percent: int = 0) -> list[int]:
    """What each unit of the cart is discounted by."""
    found = quote_items(items, group_percent=group_percent, promo=promo)
    return [unit.promo_discount for item in found.items for unit in item.units]


def test_options_add_to_the_price_and_to_the_setup_fee() -> None:
    item = replace(
        HOSTING,
        options=(ChosenOption("Backups", "Daily", 200, 50), ChosenOption("SSH", "off", -100)),
    )
    unit = quote_items([item]).items[0].units[0]
    assert (unit.list_amount, unit.setup_amount, unit.first, unit.recurring, unit.due) == (
        1100, 550, 1100, 1100, 1650,
    )  # fmt: skip


def test_options_may_make_a_unit_free_and_not_cheaper() -> None:
    free = replace(HOSTING, options=(ChosenOption("Own licence", "yes", -1000),))
    assert quote_items([free]).items[0].units[0].list_amount == 0
    with pytest.raises(BusinessError) as refused:
        quote_items(
            [HOSTING, replace(HOSTING, options=(ChosenOption("Own licence", "yes", -1001),))]
        )
    assert refused.value.field == "options"


def test_a_group_discounts_every_cycle_and_no_setup() -> None:
    unit = quote_items([HOSTING], group_percent=1250).items[0].units[0]
    assert (unit.group_discount, unit.first, unit.setup_amount, unit.recurring) == (
        125,
        875,
        500,
        875,
    )


def test_half_a_unit_is_rounded_up() -> None:
    item = replace(HOSTING, base=1010)
    assert quote_items([item], group_percent=50).items[0].group_discount == 5  # 5.05
    assert quote_items([item], group_percent=250).items[0].group_discount == 25  # 25.25
    assert (
        quote_items([replace(item, base=50)], group_percent=100).items[0].group_discount == 1
    )  # 0.5


def test_a_group_price_takes_no_percentage_of_the_group() -> None:
    item = replace(HOSTING, is_group_price=True)
    assert quote_items([item], group_percent=5000).discount == 0
    assert quote_items([item], group_percent=5000, promo=TEN).discount == 100


def test_a_percentage_counts_after_the_group() -> None:
    found = quote_items([HOSTING], group_percent=2000, promo=TEN)
    unit = found.items[0].units[0]
    assert (unit.group_discount, unit.promo_discount, unit.first) == (200, 80, 720)
    assert (found.subtotal, found.discount, found.due) == (1500, 280, 1220)


def test_a_code_for_one_cycle_is_not_in_the_renewals() -> None:
    quoted = quote_items([HOSTING], group_percent=2000, promo=TEN).items[0]
    assert quoted.recurring == 800
    assert quoted.parts(0) == {
        "base": 1000, "group_discount": 200, "promo_discount": 0, "promo_code": "",
    }  # fmt: skip


def test_a_recurring_code_stays_with_the_service() -> None:
    quoted = quote_items([HOSTING], group_percent=2000, promo=replace(TEN, recurring=True)).items[0]
    assert quoted.recurring == 720
    assert quoted.parts(0) == {
        "base": 1000, "group_discount": 200, "promo_discount": 80, "promo_code": "TEN",
    }  # fmt: skip


def test_a_fixed_amount_is_spread_over_units_by_largest_remainder() -> None:
    three = replace(HOSTING, qty=3)
    assert promos(PromoDiscount(code="F", amount=1000), three) == [334, 333, 333]
    dear = replace(HOSTING, base=2000)
    assert promos(PromoDiscount(code="F", amount=100), dear, HOSTING) == [67, 33]


def test_a_fixed_amount_takes_no_more_than_there_is() -> None:
    found = quote_items([HOSTING], group_percent=2000, promo=PromoDiscount(code="F", amount=99_999))
    assert (found.items[0].promo_discount, found.due) == (800, 500)
    assert promos(PromoDiscount(code="F", amount=500), replace(HOSTING, base=0)) == [0]


def test_units_of_one_item_may_renew_at_prices_of_their_own() -> None:
    promo = PromoDiscount(code="F", amount=1000, recurring=True)
    quoted = quote_items([replace(HOSTING, qty=3)], promo=promo).items[0]
    assert [unit.recurring for unit in quoted.units] == [666, 667, 667]
    assert [quoted.parts(n)["promo_discount"] for n in range(3)] == [334, 333, 333]


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
    unit = quote_items([COM], group_percent=5000).items[0].units[0]
    assert (unit.list_amount, unit.group_discount, unit.recurring) == (2000, 0, 3000)
    assert (
        quote_items([COM]).items[0].parts(0) == {}
    )  # it renews at one price, made of nothing else


def test_a_transfer_is_paid_once_whatever_the_term() -> None:
    unit = quote_items([replace(COM, action="transfer")]).items[0].units[0]
    assert (unit.list_amount, unit.recurring) == (1000, 3000)


def test_a_name_renews_at_the_full_price_even_under_a_recurring_code() -> None:
    promo = replace(TEN, recurring=True, tlds=frozenset({"com"}))
    unit = quote_items([COM], promo=promo).items[0].units[0]
    assert (unit.promo_discount, unit.recurring) == (200, 3000)


def test_percentages_are_basis_points_to_the_unit_of_a_large_price() -> None:
    dear = replace(HOSTING, base=10**8)
    assert promos(TEN, dear) == [10**7]
    assert quote_items([dear], group_percent=1250).discount == 12_500_000


def test_what_is_not_given_costs_nothing_and_is_one() -> None:
    plain = ProductQuoteItem(product_id=1, billing_cycle="monthly", base=1000)
    assert (plain.list_amount, plain.setup_amount, plain.qty) == (1000, 0, 1)
    with_option = replace(plain, options=(ChosenOption("PHP", "8.4"),))
    assert (with_option.list_amount, with_option.setup_amount) == (1000, 0)
    name = DomainQuoteItem(action="register", tld="com", price=1000)
    assert (name.list_amount, name.setup_amount, name.renewal, name.years) == (1000, 0, 0, 1)
    assert promos(PromoDiscount(code="NONE"), plain) == [0]


def test_an_agreed_price_stands_for_the_unit_with_its_options_and_is_no_groups() -> None:
    options = (ChosenOption("Backups", "Daily", 200, 50),)
    agreed = replace(HOSTING, options=options, qty=2).with_agreed_price(900)
    unit = quote_items([agreed], group_percent=5000).items[0].units[1]
    assert (unit.list_amount, unit.group_discount, unit.setup_amount, unit.recurring) == (
        900,
        0,
        550,
        900,
    )
    assert agreed.list_price == 1200
    assert agreed.options == (ChosenOption("Backups", "Daily", 0, 50),)
    assert quote_items([agreed], promo=TEN).due == 2 * (810 + 550)


def test_an_agreed_price_of_a_name_is_that_of_one_year() -> None:
    agreed = COM.with_agreed_price(800)
    unit = quote_items([agreed]).items[0].units[0]
    assert (unit.list_amount, unit.recurring, agreed.list_price) == (1600, 3000, 1000)


def test_an_empty_cart_costs_nothing() -> None:
    assert quote_items([], promo=PromoDiscount(code="F", amount=100)).due == 0


@pytest.mark.parametrize(
    ("code", "typed", "first"), [("JPY", "500", 450), ("EUR", "5.00", 450), ("KWD", "5.000", 4500)]
)
def test_each_currency_is_counted_in_its_own_minor_unit(code: str, typed: str, first: int) -> None:
    item = replace(HOSTING, base=parse_amount(typed, code))
    assert quote_items([item], promo=TEN).items[0].units[0].first == first


amounts = st.integers(0, 10**9)
percents = st.integers(0, 10_000)
chosen = st.builds(
    ChosenOption, st.just("Option"), st.just("Value"), st.integers(-(10**6), 10**6), amounts
)
products = st.builds(
    ProductQuoteItem,
    product_id=st.integers(1, 3),
    billing_cycle=st.sampled_from(["monthly", "annually", "one_time"]),
    base=amounts,
    setup_fee=amounts,
    qty=st.integers(1, 5),
    options=st.lists(chosen, max_size=3).map(tuple),
    is_group_price=st.booleans(),
).filter(lambda item: item.list_amount >= 0)
names = st.builds(
    DomainQuoteItem,
    action=st.sampled_from(["register", "transfer"]),
    tld=st.sampled_from(["com", "net"]),
    price=amounts,
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
    items: list[QuoteItem], percent: int, promo: PromoDiscount | None
) -> None:
    for quoted in quote_items(items, group_percent=percent, promo=promo).items:
        for unit in quoted.units:
            assert 0 <= unit.group_discount <= unit.list_amount
            assert 0 <= unit.promo_discount <= unit.list_amount - unit.group_discount
            assert min(unit.first, unit.recurring, unit.setup_amount, unit.due) >= 0
            assert quoted.promo or not unit.promo_discount


@given(carts, percents, codes)
def test_m7_units_sum_to_items_and_items_to_the_cart(
    items: list[QuoteItem], percent: int, promo: PromoDiscount | None
) -> None:
    found = quote_items(items, group_percent=percent, promo=promo)
    assert [quoted.item for quoted in found.items] == items
    assert [len(quoted.units) for quoted in found.items] == [item.qty for item in items]
    assert found.subtotal == sum(
        item.qty * (item.list_amount + item.setup_amount) for item in items
    )
    assert found.due == found.subtotal - found.discount == sum(q.due for q in found.items)
    assert all(q.due == sum(unit.due for unit in q.units) for q in found.items)


@given(carts, percents, codes)
def test_parts_sum_to_what_renews(
    items: list[QuoteItem], percent: int, promo: PromoDiscount | None
) -> None:
    for quoted in quote_items(items, group_percent=percent, promo=promo).items:
        if isinstance(quoted.item, DomainQuoteItem):
            continue
        options = sum(option.amount for option in quoted.item.options)
        for n, unit in enumerate(quoted.units):
            parts = quoted.parts(n)
            discounts = parts["group_discount"] + parts["promo_discount"]
            assert unit.recurring == parts["base"] + options - discounts


@given(carts, percents, st.integers(1, 10**10))
def test_a_fixed_code_takes_all_of_its_amount_or_all_that_there_is(
    items: list[QuoteItem], percent: int, amount: int
) -> None:
    promo = PromoDiscount(
        code="F", amount=amount, tlds=frozenset({"com"}), products=frozenset({1, 2})
    )
    found = quote_items(items, group_percent=percent, promo=promo)
    there = sum(
        unit.list_amount - unit.group_discount for q in found.items if q.promo for unit in q.units
    )
    assert sum(q.promo_discount for q in found.items) == min(amount, there)
