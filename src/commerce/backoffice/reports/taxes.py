"""Tax for returns (backoffice.md 6)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from commerce.backoffice.reports.asked import ReportRequest
from commerce.backoffice.reports.tables import (
    ReportContent,
    ReportTable,
    TableCell,
    cells,
    list_url,
)
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.reports.rules import quarter_of
from commerce.billing.reports.taxes import (
    ONE_STOP_CASE,
    REVERSE_CHARGE_CATEGORY,
    ReverseChargeKey,
    TaxKey,
    TaxSums,
    one_stop_sums,
    reverse_charge_list,
    tax_by_country,
)
from commerce.kit.money import Money
from commerce.presentation.countries import country_name
from commerce.presentation.formats import format_period, format_tax_rate
from commerce.presentation.labels import Text


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


def _lists(first: date, last: date, code: str, **lookups: Any) -> tuple[str, str]:
    """The invoices and the credit notes of a span; ``invoice__`` before what only the invoice of a note knows."""
    span = {"issue_date__gte": first, "issue_date__lte": last, "currency": code}
    of_note = {
        f"invoice__{name}" if name.startswith("tax_evidence") else name: value
        for name, value in lookups.items()
    }
    invoices = list_url(Invoice, number__isnull="False", **span, **lookups)
    return invoices, list_url(CreditNote, **span, **of_note)


def _by_country(
    first: date, last: date, found: dict[TaxKey, TaxSums], **lookups: str
) -> Iterator[list[TableCell]]:
    for key, sums in found.items():
        of = {
            "buyer__country": key.country,
            "tax_groups__category": key.category,
            "tax_groups__rate_milli": key.rate_milli,
        }
        urls = _lists(first, last, key.currency_code, **of, **lookups)
        yield [
            *cells(key.country, country_name(key.country), key.category),
            TableCell(format_tax_rate(key.rate_milli)),
            *_sum_cells(key.currency_code, sums, *urls),
        ]


def _reverse_charge(
    first: date, last: date, found: dict[ReverseChargeKey, TaxSums]
) -> Iterator[list[TableCell]]:
    for key, sums in found.items():
        of = {"buyer__tax_id": key.vat_number, "tax_groups__category": REVERSE_CHARGE_CATEGORY}
        invoices, notes = _lists(first, last, key.currency_code, **of)
        yield cells(
            key.country,
            key.vat_number,
            key.name,
            key.currency_code,
            TableCell(Money(sums.invoiced_net, key.currency_code), invoices),
            TableCell(Money(sums.credited_net, key.currency_code), notes),
            Money(sums.net, key.currency_code),
        )


def tax(asked: ReportRequest) -> ReportContent:
    """By country, rate and category; who owes it himself; and what is reported to the one-stop shop."""
    first, last = asked.first, asked.last
    places = [_("Country code"), _("Country"), _("Category"), _("Rate")]
    by_country = list(_by_country(first, last, tax_by_country(first, last)))
    reverse = list(_reverse_charge(first, last, reverse_charge_list(first, last)))
    return ReportContent(
        [
            ReportTable("tax", _("Tax by country"), [*places, *_sum_heads()], by_country),
            ReportTable(
                "reverse-charge",
                _("Reverse charge"),
                [
                    *(_("Country code"), _("VAT number"), _("Name"), _("Currency")),
                    *(_("Invoices, net"), _("Credit notes, net"), _("Net")),
                ],
                reverse,
            ),
            ReportTable(
                "one-stop-shop",
                _("One-stop shop, by quarter"),
                [_("Quarter"), *places, *_sum_heads()],
                list(_one_stop(first, last)),
                _("Whole quarters that the period touches, taxed in the buyer's EU country."),
            ),
        ]
    )


def _one_stop(first: date, last: date) -> Iterator[list[TableCell]]:
    start, after = quarter_of(first)
    while start <= last:
        end = date.fromordinal(after.toordinal() - 1)
        found = one_stop_sums(start, end)
        for row in _by_country(start, end, found, tax_evidence__case=ONE_STOP_CASE):
            yield [TableCell(format_period(start, end)), *row]
        start, after = quarter_of(after)
