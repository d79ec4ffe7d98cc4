"""Tax for returns (backoffice.md 6)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from commerce.backoffice.reports.report_request import ReportRequest
from commerce.backoffice.reports.tables import (
    ReportContent,
    ReportTable,
    TableCell,
    cells,
    list_url,
    quarter_value,
    rate_value,
)
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.reports.one_stop import OneStopQuarter, one_stop_quarters
from commerce.billing.reports.rules import quarter_of
from commerce.billing.reports.tax_in_books import TaxOfSpan, tax_in_books
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
from commerce.kit.money import Money
from commerce.presentation.countries import country_name
from commerce.presentation.labels import Text


def treatment_labels() -> dict[str, Text]:
    """The words for each case of ``determine_taxation``."""
    return {
        "same_country": _("Domestic"),
        "eu_destination": _("EU, buyer's country"),
        "eu_origin": _("EU, seller's country"),
        "reverse_charge": _("Reverse charge"),
        "exempt": _("Tax-exempt client"),
        "other": _("Other country"),
        "off": _("Taxes turned off"),
        "": _("Not recorded"),
    }


def _sum_heads() -> list[Text]:
    return [
        *(_("Currency"), _("Invoices, net"), _("Invoices, tax"), _("Credit notes, net")),
        *(_("Credit notes, tax"), _("Net"), _("Tax")),
    ]


def _sum_cells(code: str, sums: TaxSums, invoices: str, notes: str) -> list[TableCell]:
    return cells(
        code,
        TableCell(Money(sums.invoiced_net, code), invoices),
        TableCell(Money(sums.invoiced_tax, code), invoices),
        TableCell(Money(sums.credited_net, code), notes),
        TableCell(Money(sums.credited_tax, code), notes),
        Money(sums.net, code),
        Money(sums.tax, code),
    )


def _lists(first: date, last: date, **lookups: Any) -> tuple[str, str]:
    """The invoices and the credit notes of a span; buyer and tax treatment of a note are those of its invoice."""
    span = {"issue_date__gte": first, "issue_date__lte": last}
    of_note = {
        f"invoice__{name}" if name.startswith(("tax_evidence", "buyer")) else name: value
        for name, value in lookups.items()
    }
    invoices = list_url(Invoice, number__isnull="False", **span, **lookups)
    return invoices, list_url(CreditNote, **span, **of_note)


def _of_key(key: TaxKey) -> dict[str, Any]:
    """The filters of a row, but for its currency."""
    case = {"tax_evidence__case": key.case} if key.case else {}
    return {
        "buyer__country": key.country,
        "tax_groups__category": key.category,
        "tax_groups__rate_milli": key.rate_milli,
        **case,
    }


def _place(key: TaxKey) -> list[TableCell]:
    country = key.country, country_name(key.country)
    return cells(*country, key.category, rate_value(key.rate_milli))


def _by_country(
    asked: ReportRequest, books: str, found: dict[TaxKey, TaxSums]
) -> Iterator[list[TableCell]]:
    labels = treatment_labels()
    for key, sums in found.items():
        code = key.currency_code
        urls = _lists(asked.first, asked.last, **_of_currency(books, code), **_of_key(key))
        treatment = TableCell(labels.get(key.case, key.case))
        yield [*_place(key), treatment, *_sum_cells(code, sums, *urls)]


def _of_currency(books: str, code: str) -> dict[str, str]:
    """The filter of documents in a currency; of all of them for a sum in that of the books, if those are asked for."""
    return {} if code == books else {"currency": code}


def _reverse_charge(
    asked: ReportRequest, books: str, found: dict[ReverseChargeKey, TaxSums]
) -> Iterator[list[TableCell]]:
    for key, sums in found.items():
        of = {"buyer__tax_id": key.vat_number, "tax_groups__category": REVERSE_CHARGE_CATEGORY}
        currency = _of_currency(books, key.currency_code)
        invoices, notes = _lists(asked.first, asked.last, **currency, **of)
        yield cells(
            key.country,
            key.vat_number,
            key.name,
            key.currency_code,
            TableCell(Money(sums.invoiced_net, key.currency_code), invoices),
            TableCell(Money(sums.credited_net, key.currency_code), notes),
            Money(sums.net, key.currency_code),
        )


def _places() -> list[Text]:
    return [_("Country code"), _("Country"), _("Category"), _("Rate")]


def tax(asked: ReportRequest) -> ReportContent:
    """By country, treatment, rate and category; who owes it himself; and what is reported to the one-stop shop."""
    first, last = asked.first, asked.last
    note = _("Credit notes count under the country and tax treatment of their invoice.")
    books = books_currency(currencies_by_code()) if asked.in_books else ""
    if books:
        found = tax_in_books(first, last)
        note = f"{note} {_in_books()}"
    else:
        found = TaxOfSpan(tax_by_country(first, last), reverse_charge_list(first, last))
    return ReportContent(
        [
            ReportTable(
                "tax",
                _("Tax by country"),
                [*_places(), _("Tax treatment"), *_sum_heads()],
                list(_by_country(asked, books, found.by_country)),
                note,
            ),
            ReportTable(
                "reverse-charge",
                _("Reverse charge"),
                [
                    *(_("Country code"), _("VAT number"), _("Name"), _("Currency")),
                    *(_("Invoices, net"), _("Credit notes, net"), _("Net")),
                ],
                list(_reverse_charge(asked, books, found.reverse_charge)),
                _in_books() if asked.in_books else "",
            ),
            *_one_stop(list(one_stop_quarters(first, last))),
        ]
    )


def _in_books() -> Text:
    return _(
        "Amounts are in the accounting currency, at the exchange rate of each document. Documents without a rate stay "
        "in their own currency."
    )


def _one_stop(quarters: list[OneStopQuarter]) -> Iterator[ReportTable]:
    """What was supplied in some quarters, and apart from it what their credit notes correct of earlier ones."""
    yield ReportTable(
        "one-stop-shop",
        _("One-stop shop, by quarter"),
        [_("Quarter"), *_places(), *_sum_heads()],
        [row for quarter in quarters for row in _supplies(quarter)],
        _(
            "Whole quarters that the period touches. Amounts are in the accounting currency, at the exchange rate "
            "saved with each invoice when it was issued. Credit notes use the rate of their invoice. Documents issued "
            "without a rate stay in their own currency."
        ),
    )
    yield ReportTable(
        "one-stop-corrections",
        _("One-stop shop, corrections of earlier quarters"),
        [
            *(_("Quarter"), _("Corrected quarter"), *_places()),
            *(_("Currency"), _("Credit notes, net"), _("Credit notes, tax")),
        ],
        [row for quarter in quarters for row in _corrections(quarter)],
        _(
            "Credit notes for invoices of an earlier quarter, by the quarter and country of the invoice. They aren't "
            "in the table above."
        ),
    )


def _supplies(quarter: OneStopQuarter) -> Iterator[list[TableCell]]:
    name = quarter_value(quarter.first, quarter.last)
    for key, sums in quarter.sums.items():
        invoices, _notes = _lists(quarter.first, quarter.last, **_of_key(key))
        notes = _notes_url(quarter, quarter.first, key)
        yield [TableCell(name), *_place(key), *_sum_cells(key.currency_code, sums, invoices, notes)]


def _corrections(quarter: OneStopQuarter) -> Iterator[list[TableCell]]:
    for (corrected, key), sums in quarter.corrections.items():
        end = date.fromordinal(quarter_of(corrected)[1].toordinal() - 1)
        url = _notes_url(quarter, corrected, key)
        code = key.currency_code
        yield cells(
            quarter_value(quarter.first, quarter.last),
            quarter_value(corrected, end),
            *_place(key),
            code,
            TableCell(Money(sums.credited_net, code), url),
            TableCell(Money(sums.credited_tax, code), url),
        )


def _notes_url(quarter: OneStopQuarter, of: date, key: TaxKey) -> str:
    """The credit notes of a quarter for invoices of the quarter that begins on ``of``."""
    start, after = quarter_of(of)
    issued = {"invoice__issue_date__gte": start, "invoice__issue_date__lt": after}
    return _lists(quarter.first, quarter.last, **issued, **_of_key(key))[1]
