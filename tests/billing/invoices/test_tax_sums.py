"""M5 and M6: tax is rounded once for each category and rate, and lines, groups and invoice sum to each other."""

from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from commerce.billing.invoices.rules import DraftLine, LineTax, PricedInvoice, price_lines
from commerce.kit.errors import BusinessError
from commerce.kit.money import round_half_up

TAXES = [
    LineTax("S", 20000, "VAT"),
    LineTax("S", 8875, "Sales tax"),
    LineTax("S", 7700),
    LineTax("AE", 0, "VAT", "Reverse charge"),
    LineTax("Z", 0),
    LineTax("S", 100_000),
]
LINES = st.builds(
    DraftLine,
    description=st.just("something"),
    unit_amount=st.integers(-(10**6), 10**7),
    tax=st.sampled_from(TAXES),
    quantity_milli=st.integers(1, 100_000),
)


def priced(lines: list[DraftLine], *, inclusive: bool) -> PricedInvoice:
    try:
        return price_lines(lines, prices_include_tax=inclusive)
    except BusinessError:
        assume(False)
        raise


def rate(tax: LineTax) -> Fraction:
    return Fraction(tax.rate_milli, 100_000)


@given(lines=st.lists(LINES, min_size=1, max_size=12), inclusive=st.booleans())
def test_lines_sum_to_groups_and_groups_to_the_invoice(
    *, lines: list[DraftLine], inclusive: bool
) -> None:
    found = priced(lines, inclusive=inclusive)
    assert [row.line for row in found.lines] == lines
    for group in found.groups:
        members = [row for row in found.lines if key(row.line.tax) == key(group.tax)]
        assert sum(row.net for row in members) == group.net
        assert sum(row.tax for row in members) == group.amount
    assert found.subtotal == sum(row.net for row in found.lines)
    assert found.tax == sum(row.tax for row in found.lines)
    assert found.total == found.subtotal + found.tax >= 0


def key(tax: LineTax) -> tuple[str, int]:
    return tax.category, tax.rate_milli


@given(st.lists(LINES, min_size=1, max_size=12))
@example([DraftLine("hosting", 10000, TAXES[0]), DraftLine("discount", -9997, TAXES[0])])
def test_tax_is_rounded_once_on_the_summed_base(lines: list[DraftLine]) -> None:
    found = priced(lines, inclusive=False)
    for group in found.groups:
        base = sum(line.amount for line in lines if key(line.tax) == key(group.tax))
        assert group.net == base
        assert group.amount == round_half_up(base * rate(group.tax))


@given(st.lists(LINES, min_size=1, max_size=12))
def test_with_prices_that_include_tax_the_net_is_rounded_once(lines: list[DraftLine]) -> None:
    found = priced(lines, inclusive=True)
    for group in found.groups:
        gross = sum(line.amount for line in lines if key(line.tax) == key(group.tax))
        assert group.net == round_half_up(gross / (1 + rate(group.tax)))
        assert group.net + group.amount == gross
    assert all(row.net + row.tax == row.line.amount for row in found.lines)


@given(st.lists(LINES, min_size=1, max_size=12))
@example([DraftLine("hosting", 10000, TAXES[0]), DraftLine("discount", -9997, TAXES[0])])
def test_each_line_is_within_a_unit_of_its_own_tax(lines: list[DraftLine]) -> None:
    """In proportion to the small base that is left, the first line of the example would bear 33.33 % tax."""
    for row in priced(lines, inclusive=False).lines:
        assert abs(row.tax - row.net * rate(row.line.tax)) < 1


@given(st.lists(LINES, min_size=2, max_size=8))
def test_the_first_of_equals_bears_the_rest(lines: list[DraftLine]) -> None:
    found = priced([lines[0]] * 3, inclusive=False)
    taxes = [row.tax for row in found.lines]
    assert taxes == sorted(taxes, reverse=True)
    assert max(taxes) - min(taxes) <= 1


@pytest.mark.parametrize(
    ("quantity_milli", "unit_amount", "amount"),
    [(1000, 500, 500), (2500, 8000, 20000), (2500, 333, 833), (1, 500, 1), (1500, -333, -500)],
)
def test_an_amount_is_quantity_times_unit_rounded(
    quantity_milli: int, unit_amount: int, amount: int
) -> None:
    assert DraftLine("x", unit_amount, TAXES[0], quantity_milli).amount == amount


def test_an_example_with_three_decimals_of_a_rate() -> None:
    """8.875 % on 279.65 is 24.8189...: 24.82, and the lines bear 21.08 and 3.74."""
    lines = [DraftLine("work", 9500, TAXES[1], 2500), DraftLine("cables", 4215, TAXES[1])]
    found = price_lines(lines)
    assert (found.subtotal, found.tax, found.total) == (27965, 2482, 30447)
    assert [row.tax for row in found.lines] == [2108, 374]


def test_discounts_cannot_exceed_what_they_discount() -> None:
    with pytest.raises(
        BusinessError, match="The discounts are larger than the amounts they apply to"
    ):
        price_lines([DraftLine("hosting", 100, TAXES[0]), DraftLine("discount", -101, TAXES[0])])
    with pytest.raises(BusinessError):
        price_lines([DraftLine("hosting", 100, TAXES[0]), DraftLine("discount", -1, TAXES[1])])


def test_a_group_brings_every_note_of_its_lines() -> None:
    """Only the first note stood on the invoice, though the law wants each of them there."""
    lines = [
        DraftLine("x", 100, LineTax("E", 0, "", note))
        for note in ("Article 1", "", "2", "Article 1")
    ]
    [group] = price_lines(lines).groups
    assert group.tax.note == "Article 1; 2"


def test_nothing_is_nothing() -> None:
    assert (price_lines([]).subtotal, price_lines([]).tax, price_lines([]).total) == (0, 0, 0)
