"""MRR and churn (backoffice.md 6)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import batched
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from commerce.accounts.records.clients import client_title
from commerce.backoffice.reports.report_request import ReportRequest
from commerce.backoffice.reports.tables import (
    ChartSeries,
    PercentShare,
    ReportChart,
    ReportContent,
    ReportTable,
    TableCell,
    cells,
    list_url,
    month_value,
    record_url,
)
from commerce.billing.reports.recurring import (
    DOMAINS,
    SERVICES,
    MonthOfRecurring,
    MovedRow,
    SoldByPeriod,
)
from commerce.billing.reports.recurring_months import (
    RecurringMonths,
    moved_in_month,
    recurring_by_month,
    shown_months,
)
from commerce.billing.reports.rules import MovementKind
from commerce.hosting.rules import ServiceStatus
from commerce.kit.money import Money
from commerce.presentation.formats import format_instant, format_month
from commerce.presentation.labels import Text

MAX_MOVED = 500
"""Services or domains of one movement on a page."""
SOLD: dict[str, SoldByPeriod] = {"service": SERVICES, "domain": DOMAINS}


def sold_label(name: str) -> Text:
    """Services, or domains."""
    return _("Services") if name == "service" else _("Domains")


def movement_labels() -> dict[MovementKind, Text]:
    """The words for each kind of movement."""
    return {
        MovementKind.NEW: _("New"),
        MovementKind.EXPANSION: _("Expansion"),
        MovementKind.CONTRACTION: _("Contraction"),
        MovementKind.LOST: _("Lost"),
        MovementKind.REGAINED: _("Regained"),
    }


def _in_order(known: RecurringMonths) -> Iterator[tuple[date, str, str, MonthOfRecurring]]:
    """Month, kind of what is sold, currency: the latest month first."""
    for month, name in sorted(
        known.found, key=lambda of: (of[0], of[1] == "service"), reverse=True
    ):
        for code, one in sorted(known.found[month, name].items()):
            yield month, name, code, one


def _months(asked: ReportRequest) -> list[date]:
    """Those of the period that reports have, by their first days."""
    return [month for month in shown_months(asked.today) if asked.has_month(month)]


def _notes(known: RecurringMonths) -> list[str]:
    """As of when the figures are, where they are not of now."""
    notes = []
    if known.worked_out_at:
        at = format_instant(known.worked_out_at)
        notes.append(_("This month is as of %(time)s. It's updated every hour.") % {"time": at})
    if known.is_missing:
        notes.append(_("Some months are still being worked out. They'll appear within an hour."))
    return notes


def mrr(asked: ReportRequest) -> ReportContent:
    """The movements of each month; of one of them each service or domain, where that is asked for."""
    if {"month", "sold", "movement"} <= asked.more.keys():
        return ReportContent([_moved(asked)])
    labels = movement_labels()
    rows, known = [], recurring_by_month(asked.today)
    ends: dict[date, dict[str, int]] = {month: {} for month in _months(asked)}
    for month, name, code, one in _in_order(known):
        if month not in ends:
            continue
        moved = [
            TableCell(Money(one.movements[kind].amount, code), _moved_url(month, name, kind, code))
            for kind in labels
        ]
        lasts = month == asked.today.replace(day=1)
        now = (
            list_url(SOLD[name].model, status=ServiceStatus.ACTIVE, currency=code) if lasts else ""
        )
        rows.append(
            cells(
                month_value(month),
                sold_label(name),
                code,
                Money(one.before.amount, code),
                *moved,
                TableCell(Money(one.after.amount, code), now),
            )
        )
        if code == asked.currency_code:
            ends[month][name] = one.after.amount
    heads = [_("Month"), _("Product"), _("Currency"), _("Start"), *labels.values(), _("End")]
    table = ReportTable("mrr", _("Monthly recurring revenue"), heads, rows, _past_months())
    return ReportContent([table], [mrr_chart(asked.currency_code, ends)], _notes(known))


def _past_months() -> Text:
    return _("Past months stay as they were when they ended, whatever changes later.")


def mrr_chart(code: str, ends: Mapping[date, Mapping[str, int]]) -> ReportChart:
    """What there was at the end of each month, in one currency."""
    series = [
        ChartSeries(sold_label(name), [of_month.get(name, 0) for of_month in ends.values()], code)
        for name in SOLD
    ]
    title = _("MRR at the end of each month, %(currency)s") % {"currency": code}
    return ReportChart(
        "mrr", title, _("Month"), [format_month(month) for month in ends], series, "line"
    )


def _moved_url(month: date, name: str, kind: MovementKind, code: str) -> str:
    query = {"month": month.isoformat(), "sold": name, "movement": kind, "currency": code}
    return f"{reverse('admin:report', args=['mrr'])}?{urlencode(query)}"


def _moved(asked: ReportRequest) -> ReportTable:
    """Each service or domain of one movement."""
    sold = SOLD.get(asked.more["sold"], SERVICES)
    month = date.fromisoformat(asked.more["month"]).replace(day=1)
    kind = MovementKind(asked.more["movement"])
    most = asked.most(MAX_MOVED)
    moved = moved_in_month(sold, month, kind, asked.currency_code, today=asked.today, most=most)
    heads = [
        sold_label(sold.name),
        _("Client"),
        _("Currency"),
        _("Start"),
        _("End"),
        pgettext("noun", "Change"),
    ]
    return ReportTable(
        "mrr",
        f"{movement_labels()[kind]}, {format_month(month)}",
        heads,
        list(_rows_moved(sold, moved)),
        asked.note_of(moved, MAX_MOVED, _("The first 500. The CSV file has all of them.")),
    )


def _rows_moved(sold: SoldByPeriod, moved: Sequence[MovedRow]) -> Iterator[list[TableCell]]:
    named = sold.model._default_manager.select_related("client")
    for some in batched(moved, MAX_MOVED):
        rows = named.in_bulk([one.pk for one in some])
        for one in some:
            if row := rows.get(one.pk):
                code, amounts = one.currency_code, (one.before, one.after, one.after - one.before)
                yield cells(
                    TableCell(str(row), record_url(sold.model, row.pk)),
                    TableCell(
                        client_title(row.client), record_url(type(row.client), row.client.pk)
                    ),
                    code,
                    *(Money(amount, code) for amount in amounts),
                )


def churn(asked: ReportRequest) -> ReportContent:
    """What was lost of what there was when each month began: services, and their MRR."""
    rows, shares, known = [], {}, recurring_by_month(asked.today)
    months = _months(asked)
    for month, name, code, one in _in_order(known):
        if month not in months:
            continue
        lost = _moved_url(month, name, MovementKind.LOST, code)
        rows.append(
            cells(
                month_value(month),
                sold_label(name),
                code,
                one.before.count,
                TableCell(one.lost.count, lost),
                PercentShare(one.lost.count, one.before.count),
                Money(one.before.amount, code),
                TableCell(Money(-one.lost.amount, code), lost),
                PercentShare(one.lost.amount, one.before.amount),
            )
        )
        if name == "service" and code == asked.currency_code:
            shares[month] = one.lost.count
    heads = [
        *(_("Month"), _("Product"), _("Currency"), _("Active at start"), _("Lost"), _("Churn")),
        *(_("MRR at start"), _("MRR lost"), _("MRR churn")),
    ]
    lost_series = ChartSeries(_("Services lost"), [shares.get(month, 0) for month in months])
    title = _("Services lost by month, %(currency)s") % {"currency": asked.currency_code}
    labels = [format_month(month) for month in months]
    chart = ReportChart("churn", title, _("Month"), labels, [lost_series])
    table = ReportTable("churn", _("Churn"), heads, rows, _past_months())
    return ReportContent([table], [chart], _notes(known))
