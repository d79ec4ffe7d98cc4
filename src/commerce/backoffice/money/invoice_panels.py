"""What stands on an invoice's page below its own values: lines, taxes, payments, credit, periods, documents."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.columns import (
    Column,
    LinkColumn,
    choice_column,
    columns_of,
    instant_column,
)
from commerce.backoffice.money.columns import money_column
from commerce.billing.documents.content import CREDIT_NOTE, INVOICE
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.labels import SETTLEMENT_LABELS
from commerce.billing.models import BilledPeriod, Document, Invoice
from commerce.billing.records import BILLED_PERIOD_FIELDS, CREDIT_NOTE_FIELDS, INVOICE_LINE_FIELDS
from commerce.payments.models import Payment
from commerce.payments.records.payments import PAYMENT_FIELDS
from commerce.presentation.formats import format_period, format_tax_rate

DOCUMENT_LABELS = {DocumentFormat.PDF: "PDF", DocumentFormat.UBL: "UBL"}
DOWNLOADS = {DocumentFormat.PDF: "pdf", DocumentFormat.UBL: "ubl"}


def tax_rate(row: Any) -> str:
    """The rate of a group: ``20%``."""
    return format_tax_rate(row.rate_milli)


LINE = "description quantity unit_amount amount tax_rate tax_amount"


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
        columns=columns_of(INVOICE_LINE_FIELDS, f"{LINE}"),
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
        columns=(
            *columns_of(PAYMENT_FIELDS, "received_on gateway transaction_id status"),
            money_column(_("Amount"), "amount_on_invoice"),
        ),
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
        columns=columns_of(CREDIT_NOTE_FIELDS, "number issue_date total reason"),
        rows=lambda invoice: invoice.credit_notes.order_by("-pk"),
    ),
    Panel(
        title=_("Billed periods"),
        permission=StaffPermission.INVOICES_VIEW,
        columns=[
            LinkColumn(_("Service or domain"), lambda row: row.service or row.domain),
            Column(_("Period"), _period),
            *columns_of(BILLED_PERIOD_FIELDS, "status"),
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
