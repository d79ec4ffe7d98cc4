"""What sells, and what renews next (backoffice.md 6)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.accounts.records.clients import client_title
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
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice
from commerce.billing.reports.renewals import (
    DAYS_AHEAD,
    domains_renewing,
    renewals_due,
    services_renewing,
)
from commerce.billing.reports.sales import top_products as find_top_products
from commerce.catalog.models import Product
from commerce.kit.money import Money
from commerce.presentation.labels import Text
from commerce.site_settings import current

MAX_ROWS = 1000
"""Services, domains, or differences of one table of a page."""


def top_products(asked: ReportRequest) -> ReportContent:
    """The ten products of each currency that sold most."""
    found = find_top_products(asked.first, asked.last)
    span = {
        "paid_at__gte": current.start_of_business_date(asked.first).isoformat(),
        "paid_at__lt": current.start_of_business_date(asked.last + timedelta(days=1)).isoformat(),
        "status__in": InvoiceStatus.PAID,
    }
    rows = [
        cells(
            n,
            TableCell(one.name, record_url(Product, one.product_id)),
            code,
            one.lines,
            TableCell(
                Money(one.amount, code),
                list_url(Invoice, lines__product=one.product_id, currency=code, **span),
            ),
        )
        for code, products in found.items()
        for n, one in enumerate(products, start=1)
    ]
    heads = [_("Rank"), _("Product"), _("Currency"), _("Invoice lines"), _("Sales, before tax")]
    code = asked.currency_code
    sold = found.get(code, [])
    title = _("Top products, %(currency)s") % {"currency": code}
    series = [ChartSeries(_("Sales, before tax"), [one.amount for one in sold], code)]
    chart = ReportChart("top-products", title, _("Product"), [one.name for one in sold], series)
    note = _("Invoices paid in this period. Domains, late fees, and manual lines aren't included.")
    return ReportContent(
        [ReportTable("top-products", _("Top products"), heads, rows, note)], [chart]
    )


def renewals(asked: ReportRequest) -> ReportContent:
    """What is billed for the next days: the sums, and each service and domain."""
    rows = [
        cells(
            code,
            one.services,
            Money(one.services_amount, code),
            one.domains,
            Money(one.domains_amount, code),
            Money(one.services_amount + one.domains_amount, code),
        )
        for code, one in renewals_due(asked.today).items()
    ]
    heads = [
        *(_("Currency"), _("Services"), _("Services, amount")),
        *(_("Domains"), _("Domains, amount"), _("Total")),
    ]
    title = _("Renewals in the next %(days)s days") % {"days": DAYS_AHEAD}
    return ReportContent(
        [
            ReportTable(
                "renewals",
                title,
                heads,
                rows,
                _(
                    "The first period of each service and domain that isn't billed yet, also if it has begun. Free ones"
                    " aren't included. Each is listed below."
                ),
            ),
            _renewing(asked, "renewing-services", _("Services"), services_renewing(asked.today)),
            _renewing(asked, "renewing-domains", _("Domains"), domains_renewing(asked.today)),
        ]
    )


def _renewing(asked: ReportRequest, key: str, title: Text, found: Any) -> ReportTable:
    """Each service, or domain, that renews."""
    rows = _each(asked, found)
    heads = [_("Due"), _("Name"), _("Client"), _("Currency"), _("Amount")]
    note = asked.note_of(rows, MAX_ROWS, _("The next 1,000. The CSV file has all of them."))
    return ReportTable(key, title, heads, rows, note)


def _each(asked: ReportRequest, found: Any) -> list[list[TableCell]]:
    rows: Iterable[Any] = found.select_related("client")[: asked.most(MAX_ROWS)]
    return [
        cells(
            row.due,
            TableCell(str(row), record_url(type(row), row.pk)),
            TableCell(client_title(row.client), record_url(Client, row.client_id)),
            row.currency_id,
            Money(row.charge, row.currency_id),
        )
        for row in rows
    ]
