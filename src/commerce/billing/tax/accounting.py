"""The tax of an invoice in the currency of the books, and rates that it lacks (billing.md 9)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Q

from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.tax.queries import tax_rates
from commerce.billing.tax.rules import BooksRate
from commerce.catalog.exchange_rates.rules import (
    CurrencyRate,
    cross_rate,
    decimal_text,
    is_too_old,
)
from commerce.catalog.models import Currency
from commerce.catalog.queries import currencies_by_code
from commerce.kit.money import currency_exponent, round_half_up
from commerce.site_settings import current

OF_LATE = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class BooksTax:
    """The tax of an invoice in the currency of the books: ``currency``, ``amount`` (minor units), ``rate`` (a decimal
    as text) and its ``date``; empty where none is to be stated, or none can be.

    ``lacking`` is the rate that would be needed to state it.
    """

    stated: Mapping[str, Any] = field(default_factory=dict)
    lacking: BooksRate | None = None


@dataclass(frozen=True, slots=True)
class RateGap:
    """A rate that invoices need and lack: ``documents`` were issued without it since the last one became too old."""

    rate: BooksRate
    documents: int


def tax_in_books(*, currency_code: str, tax_amount: int, on: date) -> BooksTax:
    """What an invoice that is issued on a day says of its tax. A rate that is too old is not used."""
    rows = currencies_by_code()
    books = books_currency(rows)
    if books == currency_code:
        return BooksTax()
    known = rate_to_books(currency_code, rows, on)
    if not known.is_usable or known.rate.worth is None:
        return BooksTax(lacking=known)
    scale = Fraction(10) ** (rows[books].exponent - rows[currency_code].exponent)
    return BooksTax(
        {
            "currency": books,
            "amount": round_half_up(tax_amount * known.rate.worth * scale),
            "rate": decimal_text(known.rate.worth),
            "date": (known.rate.day or on).isoformat(),
        }
    )


def books_currency(rows: Mapping[str, Currency]) -> str:
    """The code of the currency of the books: ``tax.accounting_currency``, or the default one of ``rows``."""
    default = next((code for code, row in rows.items() if row.is_default), "")
    return current.get_setting("tax.accounting_currency") or default


def rate_to_books(currency_code: str, rows: Mapping[str, Currency], on: date) -> BooksRate:
    """The rate from a currency to that of the books on a day, and what it lacks."""
    books = books_currency(rows)
    rates = {
        code: rows[code].current_rate if code in rows else CurrencyRate(None)
        for code in (currency_code, books)
    }
    max_days = current.get_setting("tax.rate_days")
    to_set = next(
        (
            code
            for code, rate in rates.items()
            if not rate.worth or is_too_old(rate.day, on=on, max_days=max_days)
        ),
        "",
    )
    return BooksRate(currency_code, books, cross_rate(rates[currency_code], rates[books]), to_set)


def rate_gaps(on: date) -> list[RateGap]:
    """The rates that are missing or too old on a day, of currencies in which tax is charged."""
    if not current.get_setting("tax.enabled"):
        return []
    rows = currencies_by_code()
    books = books_currency(rows)
    lacking = [rate_to_books(code, rows, on) for code in rows if code != books]
    return list(_needed([rate for rate in lacking if not rate.is_usable], on))


def _needed(lacking: list[BooksRate], on: date) -> Iterator[RateGap]:
    rules = tax_rates() if lacking else []
    taxed = {rule.country for rule in rules if rule.valid_from <= on and rule.rate_milli > 0}
    for rate in lacking:
        documents = documents_without_tax_in_books(rate)
        if documents or _is_taxed(rate.currency, taxed, on):
            yield RateGap(rate, documents)


def _is_taxed(currency_code: str, taxed_countries: set[str], on: date) -> bool:
    """Whether somebody pays in this currency where a rule taxes them, or did of late."""
    payers = Client.objects.exclude(status=ClientStatus.CLOSED).filter(
        currency_code=currency_code, tax_exempt=False, country__in=taxed_countries
    )
    paid = Invoice.objects.filter(
        currency=currency_code, tax_amount__gt=0, issue_date__gt=on - OF_LATE
    )
    return payers.exists() or paid.exists()


def documents_without_tax_in_books(rate: BooksRate) -> int:
    """How many invoices, and credit notes on them, were issued without it since the rate's day."""
    of_pair = {"missing_tax_currency": rate.books, "currency": rate.currency}
    of_notes = {f"invoice__{name}": code for name, code in of_pair.items()}
    since = Q(issue_date__gt=rate.rate.day) if rate.rate.day else Q()
    notes = CreditNote.objects.filter(since, tax_amount__gt=0, **of_notes)
    return Invoice.objects.filter(since, **of_pair).count() + notes.count()


def at_kept_rate(amount: int, currency_code: str, kept: Mapping[str, Any]) -> int:
    """An amount of a document in the currency of the books, at the rate that was kept with it."""
    scale = Fraction(10) ** (currency_exponent(kept["currency"]) - currency_exponent(currency_code))
    return round_half_up(amount * Fraction(kept["rate"]) * scale)
