"""The tax of an invoice in the currency of the books (billing.md 9)."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from commerce.catalog.models import Currency
from commerce.kit.money import currency_exponent, round_half_up
from commerce.site_settings import current


def accounting_tax(*, currency_code: str, tax_amount: int, on: date) -> dict[str, Any] | None:
    """``currency``, ``amount`` (minor units), ``rate`` (a decimal as text) and its ``date``.

    None when the invoice is in that currency already, or while staff have given no rate for one of the two.
    """
    rows = {row.code: row for row in Currency.objects.all()}
    default = next((code for code, row in rows.items() if row.is_default), "")
    theirs = current.get_setting("tax.accounting_currency") or default
    if theirs == currency_code or not {theirs, currency_code} <= rows.keys():
        return None
    ours, books = rows[currency_code], rows[theirs]
    if not (ours.rate_value and books.rate_value):
        return None
    exact = Fraction(ours.rate_value) / Fraction(books.rate_value)
    scale = Fraction(10) ** (books.exponent - ours.exponent)
    days = [row.rate_on for row in (ours, books) if row.rate_on]
    return {
        "currency": theirs,
        "amount": round_half_up(tax_amount * exact * scale),
        "rate": format_rate(exact),
        "date": min(days, default=on).isoformat(),
    }


def at_kept_rate(amount: int, currency_code: str, kept: Mapping[str, Any]) -> int:
    """An amount of a document in the currency of the books, at the rate that ``accounting_tax`` kept with it."""
    scale = Fraction(10) ** (currency_exponent(kept["currency"]) - currency_exponent(currency_code))
    return round_half_up(amount * Fraction(kept["rate"]) * scale)


def format_rate(exact: Fraction) -> str:
    """A rate with eight decimals, without the zeros at its end."""
    whole = f"{round_half_up(exact * 10**8):09d}"
    return f"{whole[:-8]}.{whole[-8:]}".rstrip("0").rstrip(".")
