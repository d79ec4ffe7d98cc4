"""What stands on an invoice's page below its own values: lines, taxes, payments, credit, periods, documents."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.columns import (
    Column,
    LinkColumn,
    choice_column,
    day_column,
    instant_column,
)
from commerce.backoffice.base.records import Panel
from commerce.backoffice.money.columns import (
    PAYMENT_LABELS,
    PAYMENT_TONES,
    gateway_column,
    money_column,
    status_column,
)
from commerce.billing.documents.content import CREDIT_NOTE, INVOICE
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.labels import SETTLEMENT_LABELS
from commerce.billing.models import BilledPeriod, Document, Invoice
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.payments.models import Payment
from commerce.presentation.formats import format_decimal, format_period, format_tax_rate

PERIOD_LABELS = {
    BilledPeriodStatus.OPEN: pgettext_lazy("billed period", "Open"),
    BilledPeriodStatus.PAID: pgettext_lazy("billed period", "Paid"),
    BilledPeriodStatus.WAIVED: pgettext_lazy("billed period", "Waived"),
    BilledPeriodStatus.RELEASED: pgettext_lazy("billed period", "To be billed again"),
}
DOCUMENT_LABELS = {DocumentFormat.PDF: "PDF", DocumentFormat.UBL: "UBL"}
DOWNLOADS = {DocumentFormat.PDF: "pdf", DocumentFormat.UBL: "ubl"}


def quantity(line: Any) -> str:
    """How many, without zeros that say nothing."""
    number = (Decimal(line.quantity_milli) / 1000).normalize()
    return format_decimal(number, max(0, -int(number.as_tuple().exponent)))


def tax_rate(row: Any) -> str:
    """The rate of a line or group: ``20%``."""
    milli = getattr(row, "tax_rate_milli", None)
    return format_tax_rate(row.rate_milli if milli is None else milli)


def line_columns(currency: str) -> list[Column]:
    """The columns of lines; ``currency`` is how a line finds its currency."""
    return [
        Column(_("Description"), "description"),
        Column(_("Quantity"), quantity),
        money_column(_("Unit amount"), "unit_amount", currency),
        money_column(_("Net"), "amount", currency),
        Column(_("Tax rate"), tax_rate),
        money_column(_("Tax"), "tax_amount", currency),
    ]


def tax_columns(currency: str) -> list[Column]:
    """The columns of tax groups."""
    return [
        Column(_("Name"), "name"),
        Column(_("Category"), "category"),
        Column(_("Tax rate"), tax_rate),
        money_column(_("Net"), "net", currency),
        money_column(_("Tax"), "tax", currency),
    ]


def _period(row: BilledPeriod) -> str:
    return format_period(row.period_start, row.period_end - timedelta(days=1))


def _download(row: Document) -> Any:
    record = row.invoice or row.credit_note
    assert record is not None
    kind = INVOICE if row.invoice_id else CREDIT_NOTE
    url = reverse(f"admin:{kind}_{DOWNLOADS[DocumentFormat(row.form)]}", args=[record.pk])
    words = _("Download")
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, words
    )


DOCUMENT_COLUMNS = [
    choice_column(_("Format"), "form", lambda: DOCUMENT_LABELS),
    instant_column(_("Created"), "made_at"),
    Column(_("Problem"), "problem"),
    Column(_("File"), _download),
]


def _lines(invoice: Invoice) -> Any:
    return invoice.lines.order_by("position")


def _payments(invoice: Invoice) -> Any:
    return Payment.objects.on_invoice(invoice).order_by("-pk")


PANELS = (
    Panel(
        title=_("Line items"),
        permission=StaffPermission.INVOICES_VIEW,
        columns=line_columns("invoice__currency_id"),
        rows=_lines,
        limit=200,
    ),
    Panel(
        title=_("Taxes"),
        permission=StaffPermission.INVOICES_VIEW,
        columns=tax_columns("invoice__currency_id"),
        rows=lambda invoice: invoice.tax_groups.order_by("pk"),
    ),
    Panel(
        title=_("Payments"),
        permission=StaffPermission.PAYMENTS_VIEW,
        columns=[
            day_column(_("Received"), "received_on"),
            gateway_column(),
            Column(_("Transaction ID"), "transaction_id"),
            status_column(PAYMENT_LABELS, PAYMENT_TONES),
            money_column(_("Amount"), "amount_on_invoice"),
        ],
        rows=_payments,
    ),
    Panel(
        title=_("Payments and credit on this invoice"),
        permission=StaffPermission.INVOICES_VIEW,
        columns=[
            instant_column(_("Date"), "at"),
            choice_column(_("Kind"), "kind", lambda: SETTLEMENT_LABELS),
            money_column(_("Amount"), "amount", "invoice__currency_id"),
        ],
        rows=lambda invoice: invoice.settlement_entries.order_by("-pk"),
        limit=50,
    ),
    Panel(
        title=_("Credit notes"),
        permission=StaffPermission.INVOICES_VIEW,
        columns=[
            Column(_("Number"), "number"),
            day_column(_("Issued"), "issue_date"),
            money_column(_("Total"), "total"),
            Column(_("Reason"), "reason"),
        ],
        rows=lambda invoice: invoice.credit_notes.order_by("-pk"),
    ),
    Panel(
        title=_("Billed periods"),
        permission=StaffPermission.INVOICES_VIEW,
        columns=[
            LinkColumn(_("Service or domain"), lambda row: row.service or row.domain),
            Column(_("Period"), _period),
            choice_column(_("Status"), "status", lambda: PERIOD_LABELS),
        ],
        rows=lambda invoice: invoice.billed_periods.select_related(
            "service__product", "domain"
        ).order_by("pk"),
        limit=50,
    ),
    Panel(
        title=_("Documents"),
        permission=StaffPermission.INVOICES_VIEW,
        columns=DOCUMENT_COLUMNS,
        rows=lambda invoice: (
            invoice.documents.defer("content").select_related("credit_note").order_by("form")
        ),
    ),
)
