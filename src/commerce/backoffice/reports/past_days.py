"""What clients owed, and had as credit, at the end of a past day (backoffice.md 6)."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.accounts.records.clients import client_title
from commerce.backoffice.reports.report_request import ReportRequest
from commerce.backoffice.reports.tables import (
    ReportContent,
    ReportTable,
    TableCell,
    cells,
    list_url,
    record_url,
)
from commerce.billing.models import CreditEntry, Invoice
from commerce.billing.reports.past_days import (
    BalanceOnDay,
    clients_of,
    credit_on,
    invoices_owed_on,
    receivables_on,
    sums_by_currency,
)
from commerce.kit.money import Money
from commerce.presentation.formats import format_day
from commerce.presentation.labels import Text
from commerce.site_settings import current

MAX_CLIENTS = 500
"""Clients of each currency of a page, those with the largest balances."""

type Cells = Callable[[date, BalanceOnDay], list[TableCell]]


def receivables(asked: ReportRequest) -> ReportContent:
    """By currency and by client; of one client each invoice, where that is asked for."""
    if {"client", "currency"} <= asked.more.keys():
        return ReportContent([_invoices(asked)])
    heads = [_("Amount due"), _("Overdue")]
    empty = _("No client owed anything at the end of this day.")
    return _report(asked, "receivables", receivables_on(asked.last), heads, _owed, empty)


def credit_balances(asked: ReportRequest) -> ReportContent:
    """By currency and by client."""
    empty = _("No client had credit at the end of this day.")
    found = credit_on(asked.last)
    return _report(asked, "credit-balances", found, [_("Balance")], _credit, empty)


def _report(
    asked: ReportRequest,
    key: str,
    found: Sequence[BalanceOnDay],
    heads: Sequence[Text],
    amounts: Cells,
    empty: Text,
) -> ReportContent:
    totals = []
    for code, sums in sums_by_currency(found).items():
        money = [Money(amount, code) for amount in (sums.amount, sums.overdue)]
        totals.append(cells(code, sums.clients, *money[: len(heads)]))
    title = _("Total at the end of %(day)s") % {"day": format_day(asked.last)}
    own = [_("Currency"), _("Clients"), *heads]
    return ReportContent(
        [
            ReportTable(f"{key}-total", title, own, totals, empty=empty),
            _by_client(asked, key, found, heads, amounts, empty),
        ]
    )


def _by_client(
    asked: ReportRequest,
    key: str,
    found: Sequence[BalanceOnDay],
    heads: Sequence[Text],
    amounts: Cells,
    empty: Text,
) -> ReportTable:
    """A file names the day in each row, since it has no title."""
    shown = _shown(asked, found)
    clients = clients_of(shown)
    day = cells(asked.last) if asked.for_file else []
    rows = [
        [
            *day,
            TableCell(clients[one.client_id].name, record_url(Client, one.client_id)),
            *cells(clients[one.client_id].company, one.currency_code),
            *amounts(asked.last, one),
        ]
        for one in shown
    ]
    own = [_("Client"), _("Company"), _("Currency"), *heads]
    return ReportTable(
        key,
        _("By client"),
        [_("Day"), *own] if asked.for_file else own,
        rows,
        _("The 500 largest balances of each currency. The CSV file has all of them.")
        if len(shown) < len(found)
        else "",
        empty,
    )


def _shown(asked: ReportRequest, found: Sequence[BalanceOnDay]) -> list[BalanceOnDay]:
    """What a page has room for, or all of it; the largest of a currency come first."""
    most = asked.most(MAX_CLIENTS)
    seen: Counter[str] = Counter()
    shown = []
    for one in found:
        seen[one.currency_code] += 1
        if most is None or seen[one.currency_code] <= most:
            shown.append(one)
    return shown


def _owed(day: date, one: BalanceOnDay) -> list[TableCell]:
    query = {"day": day.isoformat(), "client": one.client_id, "currency": one.currency_code}
    url = f"{reverse('admin:report', args=['receivables'])}?{urlencode(query)}"
    amounts = (Money(amount, one.currency_code) for amount in (one.amount, one.overdue))
    return [TableCell(amount, url) for amount in amounts]


def _credit(day: date, one: BalanceOnDay) -> list[TableCell]:
    end = current.start_of_business_date(day + timedelta(days=1))
    own = {"account__client": one.client_id, "account__currency": one.currency_code}
    url = list_url(CreditEntry, at__lt=end.isoformat(), **own)
    return [TableCell(Money(one.amount, one.currency_code), url)]


def _invoices(asked: ReportRequest) -> ReportTable:
    """What one client owed, invoice by invoice."""
    code = asked.more["currency"]
    client = Client.objects.filter(pk=int(asked.more["client"])).first()
    if client is None:
        raise ValueError("no client has this id")
    rows = [
        cells(
            TableCell(one.number, record_url(Invoice, one.pk)),
            one.issue_date,
            one.due_date,
            code,
            Money(one.total, code),
            Money(one.amount, code),
        )
        for one in invoices_owed_on(asked.last, client.pk, code)
    ]
    return ReportTable(
        "receivables",
        _("%(client)s at the end of %(day)s, %(currency)s")
        % {"client": client_title(client), "day": format_day(asked.last), "currency": code},
        [_("Invoice"), _("Issued"), _("Due"), _("Currency"), _("Total"), _("Amount due")],
        rows,
        empty=_("This client owed nothing at the end of this day."),
    )
