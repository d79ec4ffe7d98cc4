"""Money by month, and what gateways have beside the books (backoffice.md 6)."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from commerce.backoffice.reports.report_request import ReportRequest
from commerce.backoffice.reports.tables import (
    ChartSeries,
    ReportChart,
    ReportContent,
    ReportTable,
    TableCell,
    cells,
    list_url,
    month_value,
)
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.reports.rules import first_of_month
from commerce.billing.reports.sales import InvoicedMonth, invoiced_by_month
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.kit.periods import add_months
from commerce.payments.gateways.comparison import (
    MAY_NOT_LIST,
    PaymentDifference,
    comparable_gateways,
    compare_gateway,
    compared_days,
)
from commerce.payments.models import Dispute, Payment, Refund
from commerce.payments.revenue import RevenueOfMonth, revenue_by_month
from commerce.payments.rules import DisputeStatus, RefundMethod, RefundStatus
from commerce.presentation.formats import format_day, format_month
from commerce.site_settings import current


def _months(asked: ReportRequest) -> list[date]:
    """Those that the period touches, by their first days."""
    month, found = first_of_month(asked.first), []
    while month <= asked.last:
        found.append(month)
        month = add_months(month, 1)
    return found


def _days(column: str, month: date) -> dict[str, date]:
    return {f"{column}__gte": month, f"{column}__lt": add_months(month, 1)}


def _instants(column: str, month: date) -> dict[str, str]:
    """From the first instant of a business month to that of the next."""
    first, after = (
        current.start_of_business_date(day).isoformat() for day in (month, add_months(month, 1))
    )
    return {f"{column}__gte": first, f"{column}__lt": after}


def revenue(asked: ReportRequest) -> ReportContent:
    """What came in, and what was invoiced."""
    months = _months(asked)
    after = add_months(months[-1], 1)
    received = revenue_by_month(months[0], after)
    invoiced = invoiced_by_month(months[0], after)
    return ReportContent(
        [
            ReportTable(
                "revenue",
                _("Payments received"),
                [
                    *(_("Month"), _("Currency"), _("Received")),
                    *(_("Refunded"), _("Reversed"), _("Revenue")),
                ],
                list(_received_rows(months, received)),
                _("By the month received. Refunds to credit aren't deducted."),
            ),
            ReportTable(
                "invoiced",
                _("Invoiced, before tax"),
                [_("Month"), _("Currency"), _("Invoices"), _("Credit notes"), _("Net")],
                list(_invoiced_rows(months, invoiced)),
                _("By the month of issue."),
            ),
        ],
        [revenue_chart(asked.currency_code, months, received.get(asked.currency_code, {}))],
    )


def revenue_chart(code: str, months: list[date], of: dict[date, RevenueOfMonth]) -> ReportChart:
    """The revenue of some months in one currency."""
    values = [of[month].net if month in of else 0 for month in months]
    title = _("Revenue by month, %(currency)s") % {"currency": code}
    labels = [format_month(month) for month in months]
    return ReportChart(
        "revenue", title, _("Month"), labels, [ChartSeries(_("Revenue"), values, code)]
    )


def _received_rows(
    months: list[date], received: dict[str, dict[date, RevenueOfMonth]]
) -> Iterator[list[TableCell]]:
    for month in reversed(months):
        for code, of in received.items():
            one = of.get(month, RevenueOfMonth())
            own = {"currency": code}
            payments = list_url(
                Payment, booked_at__isnull="False", **_days("received_on", month), **own
            )
            accepted = _instants("accepted_at", month)
            refunds = list_url(
                Refund,
                method=RefundMethod.GATEWAY,
                status__in=",".join((RefundStatus.ACCEPTED, RefundStatus.SUCCEEDED)),
                **accepted,
            )
            lost = list_url(Dispute, status=DisputeStatus.LOST, **_instants("closed_at", month))
            yield cells(
                month_value(month),
                code,
                TableCell(Money(one.received, code), payments),
                TableCell(Money(one.refunded, code), refunds),
                TableCell(Money(one.reversed, code), lost),
                Money(one.net, code),
            )


def _invoiced_rows(
    months: list[date], invoiced: dict[str, dict[date, InvoicedMonth]]
) -> Iterator[list[TableCell]]:
    for month in reversed(months):
        for code, of in invoiced.items():
            one = of.get(month, InvoicedMonth())
            days = {**_days("issue_date", month), "currency": code}
            yield cells(
                month_value(month),
                code,
                TableCell(
                    Money(one.invoiced, code), list_url(Invoice, number__isnull="False", **days)
                ),
                TableCell(Money(one.credited, code), list_url(CreditNote, **days)),
                Money(one.net, code),
            )


def gateways(asked: ReportRequest) -> ReportContent:
    """One gateway compared with the books, when it is chosen: it is asked then, over the network."""
    known = {gateway.slug: gateway for gateway in comparable_gateways()}
    url = reverse("admin:report", args=["gateways"])
    rows = [
        cells(str(gateway.name), TableCell(_("Compare now"), f"{url}?gateway={slug}"))
        for slug, gateway in known.items()
    ]
    heads = [_("Payment gateway"), _("Comparison")]
    note = _("The daily run compares all of them, and emails staff about differences.")
    choose = ReportTable("gateways", _("Payment gateways"), heads, rows, note)
    gateway = known.get(asked.more.get("gateway", ""))
    if gateway is None:
        return ReportContent([choose])
    at = clock.now()
    try:
        found = compare_gateway(gateway, at=at)
    except (OSError, BusinessError) as error:
        if isinstance(error, BusinessError) and error.code == MAY_NOT_LIST:
            return ReportContent([choose], notes=[str(error)])
        text = _("%(gateway)s couldn't be reached: %(error)s")
        return ReportContent([choose], notes=[text % {"gateway": gateway.name, "error": error}])
    first, last = map(current.business_date, compared_days(gateway, at))
    title = _("%(gateway)s, %(first)s to %(last)s") % {
        "gateway": gateway.name,
        "first": format_day(first),
        "last": format_day(last),
    }
    return ReportContent([_differences(title, found), choose])


def _differences(title: str, found: list[PaymentDifference]) -> ReportTable:
    rows = [
        cells(
            one.transaction_id,
            _("At the gateway only") if one.kind == "not_booked" else _("Recorded here only"),
            one.currency_code,
            TableCell(
                Money(one.amount, one.currency_code),
                list_url(Payment, transaction_id=one.transaction_id, gateway=one.gateway),
            ),
        )
        for one in found
    ]
    heads = [_("Transaction"), _("Difference"), _("Currency"), _("Amount")]
    return ReportTable("differences", title, heads, rows)
