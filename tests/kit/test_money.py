"""M2 to M4: one rounding function, currencies that never meet, amounts that survive entry; and spreading."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commerce.kit.errors import BusinessError
from commerce.kit.money import (
    CURRENCY_EXPONENTS,
    Money,
    allocate,
    currency_exponent,
    parse_amount,
    rescale,
    round_half_up,
)

AMOUNTS = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0", 0),
        ("0.4999", 0),
        ("0.5", 1),
        ("1.5", 2),
        ("2.5", 3),
        ("-0.4999", 0),
        ("-0.5", -1),
        ("-2.5", -3),
        ("24.818", 25),
        ("123456789012345.5", 123456789012346),
    ],
)
def test_half_up_and_away_from_zero(value: str, rounded: int) -> None:
    assert round_half_up(Decimal(value)) == rounded
    assert round_half_up(Fraction(value)) == rounded


@given(AMOUNTS, st.integers(1, 10**6))
def test_rounding_is_the_nearest_whole_and_odd(numerator: int, denominator: int) -> None:
    value = Fraction(numerator, denominator)
    rounded = round_half_up(value)
    assert abs(rounded - value) <= Fraction(1, 2)
    assert round_half_up(-value) == -rounded


@given(st.decimals(-(10**12), 10**12, places=4, allow_nan=False, allow_infinity=False))
def test_decimals_and_fractions_round_alike(value: Decimal) -> None:
    assert round_half_up(value) == round_half_up(Fraction(value))


@given(AMOUNTS, st.lists(st.integers(0, 10**12), min_size=1, max_size=30))
@example(100, [0, 0, 0])
@example(-7, [1, 1, 1])
@example(10**15, [10**12] * 7)
def test_shares_sum_to_the_whole(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert len(shares) == len(weights)
    assert sum(shares) == total


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**9), min_size=1, max_size=30))
def test_no_share_is_a_unit_away_from_exact(total: int, weights: list[int]) -> None:
    for share, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1


@given(AMOUNTS, st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=10))
def test_weights_of_any_sign_sum_too(total: int, weights: list[int]) -> None:
    assert sum(allocate(total, weights)) == total


def test_what_is_over_goes_to_the_largest_remainder() -> None:
    assert allocate(10, [1, 2]) == [3, 7]
    assert allocate(100, [1, 2, 5, 7]) == [7, 13, 33, 47]


def test_ties_go_to_the_earlier() -> None:
    assert allocate(2, [1, 1, 1]) == [1, 1, 0]
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(5, [0, 0]) == [5, 0]


def test_nothing_can_be_spread_over_nothing_only() -> None:
    assert allocate(0, []) == []
    with pytest.raises(ValueError, match="over nothing"):
        allocate(1, [])


@pytest.mark.parametrize(
    ("code", "places"),
    [("JPY", 0), ("EUR", 2), ("USD", 2), ("KWD", 3), ("CLF", 4), ("ISK", 0), ("BHD", 3)],
)
def test_exponents_are_those_of_iso_4217(code: str, places: int) -> None:
    assert currency_exponent(code) == places


def test_a_currency_of_the_past_has_two_decimals() -> None:
    assert currency_exponent("DEM") == 2


def test_decimals_of_all_currencies_are_those_of_list_one() -> None:
    found: dict[int, set[str]] = {}
    for code, places in CURRENCY_EXPONENTS.items():
        found.setdefault(places, set()).add(code)
    assert found[0] == set(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()
    )
    assert found[3] == set("BHD IQD JOD KWD LYD OMR TND".split())
    assert found[4] == {"CLF", "UYW"}
    assert found.keys() == {0, 2, 3, 4}
    assert len(found[2]) > 120


def test_what_iso_4217_does_not_name_is_no_currency() -> None:
    assert {"EUR", "USD", "JPY", "KWD", "CLF", "XOF"} <= CURRENCY_EXPONENTS.keys()
    # None, unknown, a metal, a test code, withdrawn.
    assert not {"", "XXZ", "XAU", "XTS", "DEM", "eur"} & CURRENCY_EXPONENTS.keys()
    assert all(len(code) == 3 and 0 <= places <= 4 for code, places in CURRENCY_EXPONENTS.items())


@pytest.mark.parametrize(
    ("text", "code", "minor"),
    [
        ("500", "JPY", 500),
        ("5.00", "EUR", 500),
        ("5", "EUR", 500),
        ("5.000", "KWD", 5000),
        (" 12.5 ", "USD", 1250),
        ("-3.10", "USD", -310),
        ("0", "KWD", 0),
        ("5.0", "JPY", 5),
        ("90071992547409.93", "USD", 9007199254740993),
    ],
)
def test_amounts_are_read_exactly(text: str, code: str, minor: int) -> None:
    """M4; the last one is beyond what a float can hold."""
    assert parse_amount(text, code) == minor


@given(st.integers(-(10**15), 10**15), st.sampled_from(["JPY", "EUR", "KWD", "CLF"]))
def test_what_is_written_can_be_read_again(minor: int, code: str) -> None:
    assert parse_amount(str(Money(minor, code).decimal()), code) == minor


@pytest.mark.parametrize(
    ("text", "code", "problem"),
    [
        ("5.5", "JPY", "too_precise"),
        ("5.001", "EUR", "too_precise"),
        ("5.0001", "KWD", "too_precise"),
        ("five", "EUR", "not_a_number"),
        ("", "EUR", "not_a_number"),
        ("NaN", "EUR", "not_a_number"),
        ("Infinity", "EUR", "not_a_number"),
        ("1" + 16 * "0", "EUR", "too_large"),
        ("9" * 5000, "JPY", "too_large"),
        ("1,5", "EUR", "not_a_number"),
        ("1e2", "EUR", "not_a_number"),
        ("1_000", "EUR", "not_a_number"),
        ("١٢", "EUR", "not_a_number"),
        ("1.2.3", "EUR", "not_a_number"),
        ("- 5", "EUR", "not_a_number"),
        (".", "EUR", "not_a_number"),
    ],
)
def test_what_is_no_amount_of_the_currency_is_refused(text: str, code: str, problem: str) -> None:
    with pytest.raises(BusinessError) as refused:
        parse_amount(text, code)
    assert refused.value.code == f"amount.{problem}"


def test_money_of_one_currency_adds_up() -> None:
    assert Money(500, "EUR") + Money(1, "EUR") == Money(501, "EUR")
    assert Money(500, "EUR") - Money(1, "EUR") == Money(499, "EUR")
    assert -Money(500, "EUR") == Money(-500, "EUR")
    assert Money(1, "EUR") < Money(2, "EUR")
    assert str(Money(5000, "KWD")) == "5.000 KWD"
    assert str(Money(500, "JPY")) == "500 JPY"


def test_equal_amounts_are_not_less() -> None:
    assert not Money(500, "EUR") < Money(500, "EUR")
    assert Money(499, "EUR") < Money(500, "EUR")


def test_two_currencies_never_meet() -> None:
    """M3."""
    euro, dollar = Money(1, "EUR"), Money(1, "USD")
    for act in (lambda: euro + dollar, lambda: euro - dollar, lambda: euro < dollar):
        with pytest.raises(ValueError, match="cannot be combined"):
            act()
    assert euro != dollar


@pytest.mark.parametrize("amount", [1.0, Decimal(1), True, "1"])
def test_an_amount_is_a_whole_number(amount: object) -> None:
    with pytest.raises(TypeError):
        Money(amount, "EUR")  # type: ignore[arg-type]


@given(st.integers(-(10**12), 10**12), st.integers(0, 4), st.integers(0, 4))
def test_another_number_of_decimals_loses_nothing_or_is_refused(
    amount: int, old: int, new: int
) -> None:
    """M4: gateways count some currencies otherwise than ISO 4217."""
    try:
        there = rescale(amount, old, new)
    except ValueError:
        assert amount * 10**new % 10**old
    else:
        assert there * 10**old == amount * 10**new
        assert rescale(there, new, old) == amount
