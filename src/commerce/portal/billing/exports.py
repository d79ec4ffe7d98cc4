"""Downloads of the invoices of a span of days: a table, their PDFs, and a statement of account (portal.md 3)."""

import io
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_STORED, ZipFile

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from commerce.accounts.locale import effective_language
from commerce.billing.documents.content import INVOICE, document_file_name
from commerce.billing.documents.queries import stored_pdfs
from commerce.billing.documents.statement_pdf import statement_pdf
from commerce.billing.invoices.actions.states import record_invoice_export
from commerce.billing.invoices.models import InvoiceQuerySet
from commerce.billing.models import Invoice
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.kit.text import write_csv
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.date_range import DateRangeForm
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.limits.work_limits import makes_a_file
from commerce.site_settings.current import business_date

MAX_INVOICES = 100_000
"""Invoices of one table: some ten megabytes."""

MAX_PDFS = 500
"""Documents of one ZIP file: some tens of megabytes."""

MAX_BYTES_IN_MEMORY = 1_000_000
"""Bytes of a table; a longer one stands on the disk until it is sent."""

CSV_COLUMNS = (
    "number issue_date due_date currency subtotal tax_amount total credit_applied amount_due status"
    " paid_at"
).split()
CSV_HEADER = (
    "number issued due currency subtotal tax total credit_applied amount_due status paid_at".split()
)


@require_safe
@client_page("invoices.view")
@makes_a_file
def invoices_csv(request: ClientRequest) -> HttpResponseBase:
    """The invoices issued within a span of days, oldest first, as a file for spreadsheets; 422 for a wrong span.

    Of more invoices than a file holds none is read: 422, too.
    """
    form = DateRangeForm(request.GET)
    if not form.is_valid():
        return _again(request, form)
    rows = _issued_within(request, form)
    if rows.count() > MAX_INVOICES:
        form.add_error(
            "first", _("One file can't hold this many invoices. Choose a shorter period.")
        )
        return _again(request, form)
    file = _written(rows.order_by("issued_at", "id").only(*CSV_COLUMNS))
    name = f"invoices-{_today()}.csv"
    return _file(request, file, "text/csv; charset=utf-8", name, form.date_range)


@require_safe
@client_page("invoices.view")
@makes_a_file
def invoices_zip(request: ClientRequest) -> HttpResponseBase:
    """The PDFs of the invoices issued within a span of days; 422 for a wrong span, for none, and for too many.

    An invoice whose PDF is still being made is named in a file beside the others: nothing is left out unsaid.
    """
    form = DateRangeForm(request.GET)
    if not form.is_valid():
        return _again(request, form)
    rows = _issued_within(request, form)
    number = rows.count()
    if not number:
        form.add_error("first", _("There are no invoices in this period."))
    elif number > MAX_PDFS:
        text = ngettext(
            "One ZIP file can hold up to %(n)s invoice. Choose a shorter period.",
            "One ZIP file can hold up to %(n)s invoices. Choose a shorter period.",
            MAX_PDFS,
        )
        form.add_error("first", text % {"n": MAX_PDFS})
    if form.errors:
        return _again(request, form)
    file = _archived(rows.order_by("issued_at", "id"))
    return _file(request, file, "application/zip", f"invoices-{_today()}.zip", form.date_range)


def _issued_within(request: ClientRequest, form: DateRangeForm) -> InvoiceQuerySet:
    first, last = form.date_range
    rows = Invoice.objects.for_client(request.acting.client)
    if first:
        rows = rows.filter(issue_date__gte=first)
    return rows.filter(issue_date__lte=last) if last else rows


def _archived(rows: InvoiceQuerySet) -> bytes | IO[bytes]:
    """A ZIP file of stored PDFs, which are compressed already."""
    file = SpooledTemporaryFile(MAX_BYTES_IN_MEMORY)  # noqa: SIM115 - a response closes it
    names: set[str] = set()
    waiting: list[str] = []
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for row, content in stored_pdfs(rows):
            if content is None:
                waiting.append(str(row))
                continue
            name = document_file_name(INVOICE, str(row), "pdf")
            if name in names:  # two numbers that differ in what a file name may not have
                name = document_file_name(INVOICE, f"{row}-{row.pk}", "pdf")
            names.add(name)
            archive.writestr(name, content)
        if waiting:
            text = _("These invoices are still being prepared. Download them again later.")
            archive.writestr("not-included.txt", "\n".join([text, "", *waiting, ""]))
    return _whole(file)


def _written(rows: InvoiceQuerySet) -> bytes | IO[bytes]:
    """The table, whole before any of it is sent; a long one as a file that has no name."""
    file = SpooledTemporaryFile(MAX_BYTES_IN_MEMORY)  # noqa: SIM115 - a response closes it
    text = io.TextIOWrapper(file, "utf-8", newline="")
    write_csv(text, CSV_HEADER, map(_cells, rows.iterator(chunk_size=500)))
    text.detach()
    return _whole(file)


def _whole(file: IO[bytes]) -> bytes | IO[bytes]:
    """What was written to a file: its bytes if they are few, otherwise the file."""
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    if size > MAX_BYTES_IN_MEMORY:
        return file
    with file:
        return file.read()


def _cells(row: Invoice) -> list[str]:
    def money(amount: int) -> str:
        return f"{Money(amount, row.currency_id).decimal():f}"

    amounts = (row.subtotal, row.tax_amount, row.total, row.credit_applied, row.amount_due)
    paid = row.paid_at.strftime("%Y-%m-%dT%H:%M:%SZ") if row.paid_at else ""
    return [
        row.number or "",
        str(row.issue_date),
        str(row.due_date),
        row.currency_id,
        *map(money, amounts),
        row.status,
        paid,
    ]


@require_safe
@client_page("invoices.view")
@makes_a_file
def statement(request: ClientRequest) -> HttpResponseBase:
    """What the client owed and had at both ends of a span of days, and each move between, as a PDF; 422 as above."""
    form = DateRangeForm(request.GET)
    if not form.is_valid():
        return _again(request, form)
    first, last = form.date_range
    try:
        made = statement_pdf(
            request.acting.client,
            first=first,
            last=last,
            at=clock.now(),
            locale=effective_language(request.acting.user.locale),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return _again(request, form)
    name = f"statement-{last or _today()}.pdf"
    return _file(request, made, "application/pdf", name, form.date_range)


def _again(request: ClientRequest, form: DateRangeForm) -> HttpResponse:
    return render(
        request, "portal/billing/invoices_date_range.html", {"date_range": form}, status=422
    )


def _today() -> date:
    return business_date(clock.now())


def _file(
    request: ClientRequest,
    content: bytes | IO[bytes],
    content_type: str,
    name: str,
    date_range: tuple[date | None, date | None],
) -> HttpResponseBase:
    """A download, which is noted in the audit log."""
    record_invoice_export(
        client=request.acting.client,
        file=name,
        date_range=date_range,
        ctx=member_context(request),
    )
    kind = HttpResponse if isinstance(content, bytes) else FileResponse
    response = kind(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
