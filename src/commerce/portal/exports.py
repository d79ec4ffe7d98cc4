"""What of the invoices is downloaded for a span of days: a table, and a statement of account (portal.md 3)."""

import csv
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commerce.accounts.reading import language_of
from commerce.billing.actions import note_export
from commerce.billing.documents.statement import statement_pdf
from commerce.billing.models import Invoice
from commerce.kit import clock
from commerce.kit.cells import defused
from commerce.kit.errors import Refused
from commerce.kit.money import Money
from commerce.portal import refusals
from commerce.portal.access import ClientRequest, actor_of, client_page
from commerce.portal.spans import SpanForm
from commerce.preferences.current import business_date

HEAD = (
    "number issued due currency subtotal tax total credit_applied amount_due status paid_at".split()
)


@require_safe
@client_page("invoices.view")
def invoices_csv(request: ClientRequest) -> HttpResponse:
    """The invoices issued within a span of days, oldest first, as a file for spreadsheets; 422 for a wrong span."""
    form = SpanForm(request.GET)
    if not form.is_valid():
        return _again(request, form)
    first, last = form.span
    rows = Invoice.objects.for_client(request.acting.client)
    if first:
        rows = rows.filter(issue_date__gte=first)
    if last:
        rows = rows.filter(issue_date__lte=last)
    response = _file(request, "text/csv; charset=utf-8", f"invoices-{_today()}.csv", form.span)
    response.write("\ufeff")  # so that spreadsheets read it as UTF-8
    writer = csv.writer(response)
    writer.writerow(HEAD)
    for row in rows.order_by("issued_at", "id").iterator(chunk_size=500):
        writer.writerow(defused(cell) for cell in _cells(row))
    return response


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
def statement(request: ClientRequest) -> HttpResponse:
    """What the client owed and had at both ends of a span of days, and each move between, as a PDF; 422 as above."""
    form = SpanForm(request.GET)
    if not form.is_valid():
        return _again(request, form)
    first, last = form.span
    try:
        made = statement_pdf(
            request.acting.client,
            first=first,
            last=last,
            at=clock.now(),
            locale=language_of(request.acting.user.locale),
        )
    except Refused as refused:
        refusals.show(form, refused)
        return _again(request, form)
    response = _file(request, "application/pdf", f"statement-{last or _today()}.pdf", form.span)
    response.write(made)
    return response


def _again(request: ClientRequest, span: SpanForm) -> HttpResponse:
    return render(request, "portal/invoices_span.html", {"span": span}, status=422)


def _today() -> date:
    return business_date(clock.now())


def _file(
    request: ClientRequest, content_type: str, name: str, span: tuple[date | None, date | None]
) -> HttpResponse:
    """A download, which is noted in the audit log."""
    note_export(
        client=request.acting.client, file=name, span=span, at=clock.now(), actor=actor_of(request)
    )
    response = HttpResponse(content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
