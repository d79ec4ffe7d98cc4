"""The files below records, as the portal has them: documents of invoices and credit notes, receipts of payments."""

from hashlib import sha256
from typing import Any

from django.db.models import QuerySet

from commerce.api.v2.reading.files import FileNotReady, FileRoute, RecordFile, ReportRoute
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.event_feed import FEED
from commerce.api.v2.resources.invoices import INVOICES
from commerce.api.v2.resources.money.credit_notes import CREDIT_NOTES
from commerce.api.v2.resources.money.payments import PAYMENTS
from commerce.api.v2.resources.statement import STATEMENTS
from commerce.api.v2.resources.zones import ZONES
from commerce.billing.documents.content import CREDIT_NOTE, INVOICE, document_file_name
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.models import CreditNote, Invoice
from commerce.dns.models import Zone
from commerce.dns.zone_files import write_zone_file
from commerce.payments.client_view.receipts import receipt_file_name, receipt_of
from commerce.payments.models import Payment

PDF, XML = "application/pdf", "text/xml"


def _document(
    rows: QuerySet[Any], row_id: int, kind: str, form: DocumentFormat
) -> RecordFile | None:
    record = rows.filter(pk=row_id).first()
    if record is None or record.number is None:
        return None
    made = record.documents.filter(form__in={form, DocumentFormat.PDF}).defer("content")
    found = {one.form: one for one in made}
    if not found:
        raise FileNotReady
    if form not in found:
        return None
    document = found[form]
    ending = "pdf" if form == DocumentFormat.PDF else "xml"
    name = document_file_name(kind, record.number, ending)
    return RecordFile(name, document.sha256, lambda: bytes(document.content))


def _of_record(
    resource: Resource, rows: Any, kind: str, form: DocumentFormat, content_type: str
) -> FileRoute:
    def find(client_id: int, row_id: int) -> RecordFile | None:
        return _document(rows(client_id), row_id, kind, form)

    about = {
        DocumentFormat.PDF: "Its PDF, which holds the e-invoice as CII where one could be made (Factur-X).",
        DocumentFormat.UBL: "Its e-invoice as UBL. There is none in currencies with three decimals.",
    }
    return FileRoute(resource, str(form), content_type, about[form], find)


def _receipt(client_id: int, row_id: int) -> RecordFile | None:
    rows = Payment.objects.for_client(client_id).listed_on_invoices()
    payment = rows.select_related("client", "plan_change").filter(pk=row_id).first()
    if payment is None:
        return None
    receipt = receipt_of(payment)
    return RecordFile(receipt_file_name(payment), receipt.sha256, lambda: bytes(receipt.content))


def _zone_file(client_id: int, row_id: int) -> RecordFile | None:
    zone = Zone.objects.for_client(client_id).live().filter(pk=row_id).first()
    if zone is None:
        return None
    newest = zone.newest
    text = write_zone_file(zone.name, newest.record_list(), soa=newest.soa_value()).encode()
    return RecordFile(f"{zone.name}.txt", sha256(text).hexdigest(), lambda: text)


_ALL = (
    *[
        _of_record(resource, rows, kind, form, content_type)
        for resource, rows, kind in (
            (INVOICES, Invoice.objects.for_client, INVOICE),
            (CREDIT_NOTES, CreditNote.objects.for_client, CREDIT_NOTE),
        )
        for form, content_type in ((DocumentFormat.PDF, PDF), (DocumentFormat.UBL, XML))
    ],
    FileRoute(
        PAYMENTS,
        "receipt",
        PDF,
        "Its receipt as PDF. There is none of money that is pending, or that the bank took back.",
        _receipt,
    ),
    FileRoute(
        ZONES,
        "zone-file",
        "text/dns",
        "All of its records as a zone file (BIND). `GET /zones/{id}` with `Accept: text/dns` answers the same.",
        _zone_file,
        rows=Zone.objects.for_client,
        by_accept=True,
    ),
)
FILES: dict[str, FileRoute] = {one.path: one for one in _ALL}
"""By path."""
REPORTS: dict[str, ReportRoute] = {one.path: one for one in (*STATEMENTS, FEED)}
"""By path."""
_BY_ACCEPT = {(one.resource.path, one.content_type): one for one in _ALL if one.by_accept}


def file_in_place(path: str, accept: str) -> FileRoute | None:
    """The file that is sent in the place of a row of a resource, to a request that accepts its type alone."""
    return _BY_ACCEPT.get((path, accept.partition(";")[0].strip().lower()))
