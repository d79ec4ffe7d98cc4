"""Tax that documents do not state in the currency of the books (billing.md 9)."""

from django.utils.translation import gettext as _

from commerce.backoffice.reports.report_request import ReportRequest
from commerce.backoffice.reports.tables import (
    ReportContent,
    ReportTable,
    TableCell,
    cells,
    record_url,
)
from commerce.billing.models import CreditNote, Invoice
from commerce.billing.reports.books_tax import documents_without_books_tax
from commerce.kit.money import Money


def tax_without_rate(asked: ReportRequest) -> ReportContent:
    """Each of those documents, with what staff need to state its tax elsewhere."""
    rows = [
        _row(document, books)
        for document, books in documents_without_books_tax(asked.first, asked.last)
    ]
    heads = [
        *(_("Number"), _("Kind"), _("Issued"), _("Client"), _("Currency"), _("Net"), _("Tax")),
        _("Not stated in"),
    ]
    note = _(
        "Issued documents don't change. In your tax return, convert their tax at the rate of the day of issue; if the"
        " document itself must state it, issue a credit note and a new invoice."
    )
    return ReportContent(
        [ReportTable("tax-without-rate", _("Tax without a rate"), heads, rows, note)]
    )


def _row(document: Invoice | CreditNote, books: str) -> list[TableCell]:
    code, sign = document.currency_id, -1 if isinstance(document, CreditNote) else 1
    buyer = document.buyer.get("company") or document.buyer.get("name") or ""
    return cells(
        TableCell(document.number, record_url(type(document), document.pk)),
        _("Credit note") if sign < 0 else _("Invoice"),
        document.issue_date,
        str(buyer),
        code,
        Money(sign * document.subtotal, code),
        Money(sign * document.tax_amount, code),
        books,
    )
