"""What is owed, what is late, and credit (backoffice.md 6)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.backoffice.reports.report_request import ReportRequest
from commerce.backoffice.reports.tables import (
    ChartSeries,
    ReportChart,
    ReportContent,
    ReportTable,
    TableCell,
    cells,
    list_url,
    record_url,
)
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.labels import CREDIT_LABELS
from commerce.billing.models import CreditAccount, CreditEntry, Invoice
from commerce.billing.reports import receivables
from commerce.billing.reports.credit import credit_movements, largest_balances
from commerce.billing.reports.receivables import AgeingSums, AmountOwed
from commerce.billing.reports.rules import AGE_BANDS, AgeBand
from commerce.kit.money import Money
from commerce.presentation.labels import Text
from commerce.site_settings import current

MAX_CLIENTS = 500
"""Clients of one table of a page, those who owe or have most."""


def band_labels() -> dict[str, Text]:
    """The words for each band of ``AGE_BANDS``."""
    return {
        "not_due": _("Not due"),
        "1_to_30": _("1–30 days"),
        "31_to_60": _("31–60 days"),
        "61_to_90": _("61–90 days"),
        "over_90": _("Over 90 days"),
    }


def _open(**lookups: Any) -> str:
    return list_url(Invoice, status__in=",".join(OPEN_INVOICE_STATUSES), **lookups)


def _band_url(band: AgeBand, today: date, **lookups: Any) -> str:
    earliest, latest = band.due_dates(today)
    span = {"due_date__gte": earliest, "due_date__lte": latest}
    return _open(**{name: day for name, day in span.items() if day}, **lookups)


def ageing(asked: ReportRequest) -> ReportContent:
    """By how late it is, in all currencies; and for each client in one."""
    today, code = asked.today, asked.currency_code
    found = receivables.ageing(today)
    heads = [*band_labels().values(), _("Total")]
    rows = [
        [
            TableCell(one),
            *_bands(one, {name: band.amount for name, band in bands.items()}, today),
        ]
        for one, bands in found.bands.items()
    ]
    clients = [
        [
            TableCell(each.client.name, record_url(Client, each.client.pk)),
            *cells(each.client.company, code),
            *_bands(code, each.bands, today, client=each.client.pk),
        ]
        for each in receivables.ageing_by_client(today, code, asked.most(MAX_CLIENTS))
    ]
    by_client = ReportTable(
        "ageing-by-client",
        _("By client, %(currency)s") % {"currency": code},
        [_("Client"), _("Company"), _("Currency"), *heads],
        clients,
        asked.note_of(
            clients,
            MAX_CLIENTS,
            _("The 500 clients who owe the most. The CSV file has all of them."),
        ),
    )
    total = ReportTable("ageing", _("Amounts due"), [_("Currency"), *heads], rows)
    return ReportContent([total, by_client], [ageing_chart(code, found)])


def _bands(code: str, amounts: Mapping[str, int], today: date, **lookups: Any) -> list[TableCell]:
    """What is owed in each band, and in all of them."""
    found = [
        TableCell(Money(amounts[band.name], code), _band_url(band, today, currency=code, **lookups))
        for band in AGE_BANDS
    ]
    total = Money(sum(amounts.values()), code)
    return [*found, TableCell(total, _open(currency=code, **lookups))]


def ageing_chart(code: str, found: AgeingSums) -> ReportChart:
    """What is owed in one currency, by how late it is."""
    labels = band_labels()
    of = found.bands.get(code, {})
    values = [of.get(name, AmountOwed()).amount for name in labels]
    title = _("Amounts due by days late, %(currency)s") % {"currency": code}
    series = [ChartSeries(_("Amount due"), values, code)]
    words = [str(text) for text in labels.values()]
    return ReportChart("ageing", title, _("Days late"), words, series)


def overdue(asked: ReportRequest) -> ReportContent:
    """How many invoices are late, and their sum."""
    rows = []
    for code, one in receivables.overdue_by_currency(asked.today).items():
        url = _open(currency=code, due_date__lt=asked.today)
        rows.append(cells(code, TableCell(one.count, url), TableCell(Money(one.amount, code), url)))
    heads = [_("Currency"), _("Invoices"), _("Amount due")]
    return ReportContent([ReportTable("overdue", _("Overdue"), heads, rows)])


def credit(asked: ReportRequest) -> ReportContent:
    """What clients have as credit, and why it moved."""
    start = current.start_of_business_date(asked.first)
    end = current.start_of_business_date(date.fromordinal(asked.last.toordinal() + 1))
    span = {"at__gte": start.isoformat(), "at__lt": end.isoformat()}
    rows = []
    for code, one in credit_movements(asked.first, asked.last).items():
        rows.append(cells(code, _("Balance at start"), Money(one.opening, code)))
        for reason in CreditReason:
            if reason in one.movements:
                url = list_url(CreditEntry, reason=reason, account__currency=code, **span)
                amount = TableCell(Money(one.movements[reason], code), url)
                rows.append(cells(code, CREDIT_LABELS[reason], amount))
        rows.append(cells(code, _("Balance at end"), Money(one.closing, code)))
    balances = [
        cells(
            TableCell(row.client.name, record_url(Client, row.client_id)),
            row.client.company,
            row.currency_id,
            TableCell(Money(row.balance, row.currency_id), record_url(CreditAccount, row.pk)),
        )
        for row in largest_balances(asked.currency_code, asked.most(MAX_CLIENTS))
    ]
    title = _("Balances now, %(currency)s") % {"currency": asked.currency_code}
    return ReportContent(
        [
            ReportTable("credit", _("Movements"), [_("Currency"), _("Reason"), _("Amount")], rows),
            ReportTable(
                "credit-balances",
                title,
                [_("Client"), _("Company"), _("Currency"), _("Balance")],
                balances,
                asked.note_of(
                    balances,
                    MAX_CLIENTS,
                    _("The 500 largest balances. The CSV file has all of them."),
                ),
            ),
        ]
    )
