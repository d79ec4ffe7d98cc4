"""The journal of issued documents, for an accountant (backoffice.md 6)."""

from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.backoffice.reports.report_request import ReportRequest
from commerce.backoffice.reports.tables import (
    ReportContent,
    ReportTable,
    TableCell,
    cells,
    record_url,
)
from commerce.backoffice.reports.taxes import treatment_labels
from commerce.payments.month_closing.journal import DOCUMENT_HEADS, document_values
from commerce.presentation.labels import Text

MAX_ROWS = 200


def _heads() -> list[Text]:
    """The words for ``DOCUMENT_HEADS``, in its order."""
    return [
        *(_("Number"), _("Type"), _("Issued"), _("Due"), _("Client ID"), _("Client")),
        *(_("Country code"), _("VAT number"), _("Tax treatment"), _("Category"), _("Rate")),
        *(_("Net"), _("Tax"), _("Gross"), _("Currency")),
        *(_("Exchange rate"), _("Exchange rate date")),
        *(_("Net, books"), _("Tax, books"), _("Gross, books"), _("Currency, books")),
        *(_("Invoice"), _("Paid on"), _("Payment method")),
    ]


def journal(asked: ReportRequest) -> ReportContent:
    """Each invoice and credit note of the period at each of its tax rates; a file has them all."""
    found = islice(document_values(asked.first, asked.last), asked.most(MAX_ROWS))
    rows = [_row(dict(zip(DOCUMENT_HEADS, values, strict=True))) for values in found]
    note = asked.note_of(rows, MAX_ROWS, _("The first 200. The CSV file has all of them."))
    return ReportContent([ReportTable("journal", _("Journal"), _heads(), rows, note)])


def _row(values: dict[str, Any]) -> list[TableCell]:
    kinds = {"invoice": _("Invoice"), "credit_note": _("Credit note")}
    treatment = str(values["treatment"])
    values |= {
        "kind": kinds[str(values["kind"])],
        "client_id": TableCell(str(values["client_id"]), record_url(Client, values["client_id"])),
        "treatment": treatment_labels().get(treatment, treatment),
    }
    return cells(*values.values())
