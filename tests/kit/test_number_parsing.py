"""Numbers as people type them, and as nobody does."""

from decimal import Decimal

import pytest

from commerce.kit.number_parsing import parse_decimal, parse_integer

STRANGE = [
    "1_000",
    "1e2",
    "١٢",
    "１２",
    "²",
    "0x1f",
    "1,5",
    "1 000",
    "NaN",
    "Infinity",
    "",
    "-",
    "+-1",
    "1-",
]


@pytest.mark.parametrize("text", [*STRANGE, "1.0", "9" * 41])
def test_what_is_no_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="isn't a whole number such as 12"):
        parse_integer(text)


@pytest.mark.parametrize("text", [*STRANGE, ".", "1.2.3", "1._5", "-."])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"isn't a number such as 12\.50"):
        parse_decimal(text)


@pytest.mark.parametrize(("text", "number"), [("12", 12), (" 007 ", 7), ("-3", -3), ("+0", 0)])
def test_whole_numbers(text: str, number: int) -> None:
    assert parse_integer(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", "12"), ("1.50", "1.50"), (".5", "0.5"), ("5.", "5"), ("-0.1", "-0.1")],
)
def test_numbers_are_exact(text: str, number: str) -> None:
    assert parse_decimal(text) == Decimal(number)
    assert len(str(parse_decimal("1." + "3" * 500))) == 502
