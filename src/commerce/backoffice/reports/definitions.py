"""The reports that there are, in the order of their page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.reports import (
    books_tax,
    drift,
    journal,
    past_days,
    receivables,
    recurring,
    revenue,
    sales,
    taxes,
)
from commerce.backoffice.reports.report_request import (
    ReportRequest,
)
from commerce.backoffice.reports.tables import ReportContent
from commerce.presentation.labels import Text

SPAN, DAY, CURRENCY = ("first", "last"), ("day",), ("currency",)


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """One report: ``/admin/reports/<name>``. ``fields`` are those of ``ReportForm`` that its page offers, ``more`` the
    parameters that only its own links use; ``period`` is the usual one. ``has_books``: its amounts are those in the
    currency of the books, unless others are asked for. Sums of the business take a ``permission`` of their own.
    """

    name: str
    title: Text
    about: Text
    build: Callable[[ReportRequest], ReportContent]
    fields: Sequence[str] = CURRENCY
    period: str = "last_30_days"
    more: Sequence[str] = ()
    has_books: bool = False
    permission: StaffPermission = StaffPermission.REPORTS_MONEY


_REPORTS = (
    ReportDefinition(
        "mrr",
        _("Monthly recurring revenue"),
        _("What active services and domains bring in a month, before tax, and why it changed."),
        recurring.mrr,
        (*SPAN, *CURRENCY),
        "last_12_months",
        more=("month", "sold", "movement"),
    ),
    ReportDefinition(
        "churn",
        _("Churn"),
        _("Services and domains lost each month, and the recurring revenue they took with them."),
        recurring.churn,
        (*SPAN, *CURRENCY),
        "last_12_months",
    ),
    ReportDefinition(
        "revenue",
        _("Revenue"),
        _("Payments received, less refunds and reversals, and amounts invoiced, by month."),
        revenue.revenue,
        (*SPAN, *CURRENCY),
        "last_12_months",
    ),
    ReportDefinition(
        "tax",
        _("Tax"),
        _("Net amounts and tax by country and rate, reverse charge, and one-stop shop quarters."),
        taxes.tax,
        (*SPAN, *CURRENCY),
        "last_month",
        has_books=True,
    ),
    ReportDefinition(
        "journal",
        _("Journal"),
        _(
            "Invoices and credit notes at each tax rate, also in your accounting currency, for your accountant."
        ),
        journal.journal,
        SPAN,
        "last_month",
    ),
    ReportDefinition(
        "tax-without-rate",
        _("Tax without a rate"),
        _(
            "Documents that don't state their tax in your accounting currency, for lack of an exchange rate."
        ),
        books_tax.tax_without_rate,
        SPAN,
        "last_month",
        permission=StaffPermission.REPORTS_VIEW,
    ),
    ReportDefinition(
        "ageing",
        _("Ageing"),
        _("Amounts due by how late they are, in total and for each client."),
        receivables.ageing,
    ),
    ReportDefinition(
        "overdue",
        _("Overdue"),
        _("How many invoices are overdue, and how much is due on them."),
        receivables.overdue,
        (),
    ),
    ReportDefinition(
        "receivables",
        _("Receivables on a day"),
        _(
            "Amounts that clients owed at the end of a day, as their statements of account have them."
        ),
        past_days.receivables,
        DAY,
        "last_month",
        ("client", "currency"),
    ),
    ReportDefinition(
        "credit-balances",
        _("Credit balances on a day"),
        _("Credit that clients had at the end of a day, as their statements of account have it."),
        past_days.credit_balances,
        DAY,
        "last_month",
    ),
    ReportDefinition(
        "renewals",
        _("Renewals due"),
        _("Services and domains that renew in the next 30 days, with their amounts."),
        sales.renewals,
        (),
        permission=StaffPermission.REPORTS_VIEW,
    ),
    ReportDefinition(
        "top-products",
        _("Top products"),
        _("The 10 products with the highest sales on paid invoices."),
        sales.top_products,
        (*SPAN, *CURRENCY),
    ),
    ReportDefinition(
        "credit",
        _("Credit"),
        _("Credit balances of clients, and why they changed."),
        receivables.credit,
        (*SPAN, *CURRENCY),
        "this_month",
    ),
    ReportDefinition(
        "gateways",
        _("Gateways and books"),
        _("Payments that only a payment gateway or only this system knows about."),
        revenue.gateways,
        (),
        more=("gateway",),
        permission=StaffPermission.REPORTS_VIEW,
    ),
    ReportDefinition(
        "drift",
        _("Drift"),
        _("Where registrars, servers, and this system disagree about a domain or account."),
        drift.drift,
        (),
        permission=StaffPermission.REPORTS_VIEW,
    ),
)
REPORTS: Mapping[str, ReportDefinition] = {report.name: report for report in _REPORTS}
