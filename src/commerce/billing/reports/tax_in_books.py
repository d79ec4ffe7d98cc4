"""Tax for a return: what was issued in a span, in the currency of the books (backoffice.md 6)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from commerce.billing.reports.journal import journal_pages
from commerce.billing.reports.taxes import (
    REVERSE_CHARGE_CATEGORY,
    ReverseChargeKey,
    TaxKey,
    TaxSums,
    reverse_charge_list,
    tax_by_country,
)
from commerce.billing.tax.accounting import books_currency
from commerce.catalog.queries import currencies_by_code


@dataclass(frozen=True, slots=True)
class TaxOfSpan:
    """The two parts of a return."""

    by_country: dict[TaxKey, TaxSums]
    reverse_charge: dict[ReverseChargeKey, TaxSums]


def tax_in_books(first: date, last: date) -> TaxOfSpan:
    """``tax_by_country`` and ``reverse_charge_list`` in the currency of the books.

    Documents in that currency are added up by the database. Each of the others is converted as the journal does: its
    tax is what it says itself, so that return and journal come to the same. Those without a rate stay in their own
    currency, in rows of their own.
    """
    books = books_currency(currencies_by_code())
    countries: defaultdict[TaxKey, TaxSums] = defaultdict(TaxSums)
    buyers: defaultdict[ReverseChargeKey, TaxSums] = defaultdict(TaxSums)
    countries |= {
        key: sums for key, sums in tax_by_country(first, last).items() if key.currency_code == books
    }
    buyers |= {
        key: sums
        for key, sums in reverse_charge_list(first, last).items()
        if key.currency_code == books
    }
    for page in journal_pages(first, last, only_converted=True):
        for row in page:
            net, tax = (row.in_books.net, row.in_books.tax) if row.in_books else (row.net, row.tax)
            code = net.currency
            key = TaxKey(row.country, row.case, code, row.category, row.rate_milli)
            _add(countries[key], net.amount, tax.amount, is_credit_note=row.is_credit_note)
            if row.category == REVERSE_CHARGE_CATEGORY:
                buyer = ReverseChargeKey(row.country, row.vat_number, row.buyer, code)
                _add(buyers[buyer], net.amount, tax.amount, is_credit_note=row.is_credit_note)
    return TaxOfSpan(dict(sorted(countries.items())), dict(sorted(buyers.items())))


def _add(sums: TaxSums, net: int, tax: int, *, is_credit_note: bool) -> None:
    if is_credit_note:
        sums.credit_notes += 1
        sums.credited_net -= net
        sums.credited_tax -= tax
    else:
        sums.invoices += 1
        sums.invoiced_net += net
        sums.invoiced_tax += tax
