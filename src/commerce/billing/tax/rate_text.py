"""Rates as people type and read them; rows have thousandths of a percentage: 8875 is 8.875."""

from decimal import Decimal
from fractions import Fraction

from commerce.kit.errors import BusinessError
from commerce.kit.number_parsing import parse_decimal


def parse_rate(text: str) -> int:
    """A typed percentage in thousandths. Raises ``BusinessError`` for more than three decimals."""
    try:
        exact = Fraction(parse_decimal(text.strip().removesuffix("%"))) * 1000
    except ValueError as error:
        raise BusinessError("tax.rate_unreadable", text=text) from error
    if exact.denominator != 1:
        raise BusinessError("tax.rate_too_precise")
    return exact.numerator


def rate_percent(rate_milli: int) -> Decimal:
    """Thousandths of a percentage as a percentage: 8875 is 8.875."""
    return Decimal(rate_milli) / 1000


def rate_text(rate_milli: int) -> str:
    """``19``, ``8.875``: as it is typed."""
    return f"{rate_percent(rate_milli).normalize():f}"


def format_rate(rate_milli: int) -> str:
    """``19 %``, ``8.875 %``."""
    return f"{rate_text(rate_milli)} %"
