"""Documents that lack their tax in the currency of the books, since no rate was known when they were issued."""

from collections.abc import Iterator
from datetime import date

from commerce.billing.models import CreditNote, Invoice


def documents_without_books_tax(
    first: date, last: date
) -> Iterator[tuple[Invoice | CreditNote, str]]:
    """Invoices of a span of issue dates, then credit notes on such invoices, oldest first, each with the currency that
    its tax is not stated in.
    """
    span = {"issue_date__gte": first, "issue_date__lte": last}
    invoices = Invoice.objects.filter(missing_tax_currency__gt="", **span)
    for invoice in invoices.order_by("issue_date", "pk"):
        yield invoice, invoice.missing_tax_currency
    notes = CreditNote.objects.filter(
        invoice__missing_tax_currency__gt="", tax_amount__gt=0, **span
    )
    for note in notes.select_related("invoice").order_by("issue_date", "pk"):
        yield note, note.invoice.missing_tax_currency
