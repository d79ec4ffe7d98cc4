"""Files of invoices and credit notes, and the list of credit notes."""

from collections.abc import Callable
from typing import ClassVar

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import MenuGroup, Page, PageRule
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.columns import columns_of
from commerce.backoffice.money.filters import currency_filter
from commerce.backoffice.money.invoice_panels import DOCUMENT_COLUMNS, LINE, tax_columns
from commerce.backoffice.money.searching import (
    FoundByClient,
    as_credit_note_number,
    as_invoice_number,
)
from commerce.billing.documents.content import CREDIT_NOTE, INVOICE, document_file_name
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.models import CreditNote, Document
from commerce.billing.records import CREDIT_NOTE_FIELDS, CREDIT_NOTE_LINE_FIELDS

_TYPES = {DocumentFormat.PDF: ("application/pdf", "pdf"), DocumentFormat.UBL: ("text/xml", "xml")}


def _download(kind: str, column: str, form: DocumentFormat) -> Callable[..., HttpResponse]:
    @require_safe
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        rows = Document.objects.filter(form=form, **{column: pk})
        row = rows.select_related("invoice", "credit_note").first()
        if row is None:
            raise Http404
        record = row.invoice or row.credit_note
        assert record is not None
        content_type, ending = _TYPES[form]
        name = document_file_name(kind, str(record), ending)
        reply = HttpResponse(bytes(row.content), content_type=content_type)
        reply["Content-Disposition"] = f'attachment; filename="{name}"'
        reply["Cache-Control"] = "private, no-store"
        reply["X-Content-Type-Options"] = "nosniff"
        return reply

    return view


_READ = PageRule(StaffPermission.INVOICES_VIEW)

DOCUMENT_PAGES = tuple(
    Page(f"{slug}/<int:pk>/{form.lower()}", _download(kind, column, form), f"{kind}_{form}", _READ)
    for slug, kind, column in (
        ("invoices", INVOICE, "invoice"),
        ("credit-notes", CREDIT_NOTE, "credit_note"),
    )
    for form in (DocumentFormat.PDF, DocumentFormat.UBL)
)
"""`/admin/invoices/7/pdf` and its kin."""


class CreditNoteAdmin(FoundByClient):
    """Credit notes; they are issued by what is done to an invoice, and never change."""

    model = CreditNote
    described_by = CREDIT_NOTE_FIELDS
    slug = "credit-notes"
    label = _("Credit notes")
    view_permission = StaffPermission.INVOICES_VIEW
    menu = MenuGroup.BILLING
    list_display = columns_of(CREDIT_NOTE_FIELDS, "number client invoice issue_date total reason")
    ordering = ("-id",)
    list_filter = (
        currency_filter(),
        ("client", AutocompleteSelectFilter),
        ("issue_date", RangeDateFilter),
    )
    linked_lookups = (
        *("tax_groups__category", "tax_groups__rate_milli"),
        *("invoice__tax_evidence__case", "invoice__buyer__country", "invoice__buyer__tax_id"),
        "invoice__issue_date",
    )
    search_lookups: ClassVar = {
        "number__startswith": as_credit_note_number,
        "invoice__number__startswith": as_invoice_number,
    }
    found_by_search = True
    search_help_text = _("Number, invoice, client name, ID, or billing email")
    panels = (
        Panel(
            title=_("Line items"),
            permission=StaffPermission.INVOICES_VIEW,
            columns=columns_of(CREDIT_NOTE_LINE_FIELDS, f"{LINE}"),
            rows=lambda note: note.lines.select_related("credit_note").order_by("position"),
            limit=200,
        ),
        Panel(
            title=_("Taxes"),
            permission=StaffPermission.INVOICES_VIEW,
            columns=tax_columns("credit_note__currency_id"),
            rows=lambda note: note.tax_groups.select_related("credit_note").order_by("pk"),
        ),
        Panel(
            title=_("Documents"),
            permission=StaffPermission.INVOICES_VIEW,
            columns=DOCUMENT_COLUMNS,
            rows=lambda note: (
                note.documents.defer("content")
                .select_related("invoice", "credit_note")
                .order_by("form")
            ),
        ),
    )
    record_fieldsets: ClassVar = (
        (
            _("Credit note"),
            columns_of(
                CREDIT_NOTE_FIELDS, "client invoice issue_date reason subtotal tax_amount total"
            ),
        ),
    )

    def record_title(self, record: CreditNote) -> str:
        return _t("Credit note %(number)s") % {"number": record.number}
