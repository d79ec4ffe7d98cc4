"""MRR and churn (backoffice.md 6)."""

from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

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
    RecurringHistory,
    SoldByPeriod,
    end_of_month,
)
from commerce.billing.reports.recurring_months import recurring_by_month
from commerce.billing.reports.rules import MovementKind, last_months
from commerce.hosting.rules import ServiceStatus
from commerce.kit.money import Money
from commerce.presentation.formats import format_month
from commerce.presentation.labels import Text

MONTHS = 12
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


def _months(asked: ReportRequest) -> Iterator[tuple[date, str, str, MonthOfRecurring]]:
    """Month, kind of what is sold, currency: the latest month first."""
    months = last_months(asked.today, MONTHS)
    found = recurring_by_month(months, asked.today)
    for month in reversed(months):
        for name in SOLD:
            for code, one in sorted(found.get((month, name), {}).items()):
                yield month, name, code, one


def mrr(asked: ReportRequest) -> ReportContent:
    """The movements of each month; of one of them each service or domain, where that is asked for."""
    if {"month", "sold", "movement"} <= asked.more.keys():
        return ReportContent([_moved(asked)])
    labels = movement_labels()
    rows = []
    ends: dict[date, dict[str, int]] = {month: {} for month in last_months(asked.today, MONTHS)}
    for month, name, code, one in _months(asked):
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
    table = ReportTable("mrr", _("Monthly recurring revenue"), heads, rows)
    return ReportContent([table], [mrr_chart(asked.currency_code, ends)])


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
    history = RecurringHistory(sold, month, asked.today)
    moved = {
        one.pk: one
        for one in history.moved_between(month, end_of_month(month, asked.today))
        if one.kind == asked.more["movement"] and one.currency_code == asked.currency_code
    }
    rows = []
    found = sold.model._default_manager.filter(pk__in=list(moved)).select_related("client")
    for row in found.order_by("pk"):
        one = moved[row.pk]
        code = one.currency_code
        rows.append(
            cells(
                TableCell(str(row), record_url(sold.model, row.pk)),
                TableCell(row.client.name, record_url(type(row.client), row.client.pk)),
                code,
                *(Money(amount, code) for amount in (one.before, one.after, one.amount)),
            )
        )
    heads = [
        sold_label(sold.name),
        _("Client"),
        _("Currency"),
        _("Start"),
        _("End"),
        pgettext("noun", "Change"),
    ]
    label = movement_labels().get(MovementKind(asked.more["movement"]))
    return ReportTable("mrr", f"{label}, {format_month(month)}", heads, rows)


def churn(asked: ReportRequest) -> ReportContent:
    """What was lost of what there was when each month began: services, and their MRR."""
    rows, shares = [], {}
    for month, name, code, one in _months(asked):
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
    months = last_months(asked.today, MONTHS)
    lost_series = ChartSeries(_("Services lost"), [shares.get(month, 0) for month in months])
    title = _("Services lost by month, %(currency)s") % {"currency": asked.currency_code}
    labels = [format_month(month) for month in months]
    chart = ReportChart("churn", title, _("Month"), labels, [lost_series])
    return ReportContent([ReportTable("churn", _("Churn"), heads, rows)], [chart])
