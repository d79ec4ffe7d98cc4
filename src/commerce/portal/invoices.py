"""`/client/invoices`: what the client was charged, and one invoice (portal.md 3 and 4). Drafts do not exist here."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commerce.billing.models import Invoice
from commerce.payments.models import Payment
from commerce.portal.access import ClientRequest, client_page
from commerce.portal.formats import status_words
from commerce.portal.listing import Shape
from commerce.portal.records import elsewhere
from commerce.portal.search import Columns

COLUMNS = Columns(
    texts=("number",),
    days=("issue_date", "due_date"),
    amounts=("total", "amount_due"),
    choices={"status": status_words("invoice")},
)
SHAPE = Shape(
    kind="invoice",
    statuses=("unpaid", "overdue", "paid", "cancelled", "refunded"),
    search_words=_("Search number, date or amount"),
    matching=COLUMNS.matching,
)


@require_safe
@client_page("invoices.view")
def invoices(request: ClientRequest) -> HttpResponse:
    """All issued invoices, newest first, by status and search."""
    rows = Invoice.objects.for_client(request.acting.client).newest_first()
    listing = SHAPE.read(request, rows)
    return render(request, "portal/invoices.html", {"listing": listing}, status=listing.http_status)


@require_safe
@client_page("invoices.view")
def invoice(request: ClientRequest, pk: int) -> HttpResponse:
    """One invoice as it was issued: parties, lines, tax by rate, and what was paid."""
    client = request.acting.client
    rows = Invoice.objects.for_client(client).select_related("order")
    found = rows.filter(pk=pk).first()
    if found is None:
        return elsewhere(request, Invoice.objects.for_client, pk, "invoices.view")
    payments = Payment.objects.for_client(client).filter(invoice=found).shown_on_invoices()
    return render(
        request,
        "portal/invoice.html",
        {
            "invoice": found,
            "order": getattr(found, "order", None),
            "lines": found.lines.order_by("position"),
            "tax_groups": found.tax_groups.order_by("-rate_milli", "category"),
            "texts": [text for text in (found.notes, found.terms, found.footer) if text],
            "payments": payments.order_by("booked_at", "id"),
        },
    )
