"""`/client/invoices`: what the client was charged, and one invoice (portal.md 3 and 4). Drafts do not exist here."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commerce.accounts.models import Client
from commerce.billing.models import CreditNote, Document, Invoice
from commerce.payments.models import BankDeclaration, Payment
from commerce.portal import pay
from commerce.portal.access import ClientRequest, client_page
from commerce.portal.formats import status_words
from commerce.portal.listing import Shape
from commerce.portal.records import elsewhere
from commerce.portal.search import Columns
from commerce.portal.spans import SpanForm

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
    context = {"listing": listing, "span": SpanForm()}
    return render(request, "portal/invoices.html", context, status=listing.http_status)


@require_safe
@client_page("invoices.view")
def invoice(request: ClientRequest, pk: int) -> HttpResponse:
    """One invoice as it was issued: parties, lines, tax by rate, and what was paid."""
    client = request.acting.client
    rows = Invoice.objects.for_client(client).select_related("order")
    found = rows.filter(pk=pk).first()
    if found is None:
        return elsewhere(request, Invoice.objects.for_client, pk, "invoices.view")
    return render(request, "portal/invoice.html", _shown(request, found, client))


def _shown(request: ClientRequest, found: Invoice, client: Client) -> dict[str, Any]:
    """What the page of an invoice tells; what can be done with it depends on its status, and says why not."""
    received = Payment.objects.for_client(client).filter(invoice=found).booked()
    payments = list(received.order_by("booked_at", "id"))
    counted = [each.amount for each in payments if each.status != Payment.Status.REVERSED]
    notes = CreditNote.objects.for_client(client).filter(invoice=found)
    settled = found.total - found.credit_applied - found.amount_due
    paid = min(sum(counted), settled)
    why_not = pay.why_not_payable(found)
    no_way = "" if why_not else pay.no_way(request, found)
    may_pay = not why_not and not no_way
    declared = BankDeclaration.objects.for_client(client).filter(invoice=found)
    return {
        "invoice": found,
        "order": getattr(found, "order", None),
        "lines": found.lines.order_by("position"),
        "tax_groups": found.tax_groups.order_by("-rate_milli", "category"),
        "has_ubl": found.documents.filter(form=Document.Form.UBL).exists(),
        "texts": [text for text in (found.notes, found.terms, found.footer) if text],
        "payments": payments,
        "paid": paid,
        "credited": settled - paid,
        "credit_notes": notes.order_by("issued_at", "id"),
        "why_not": why_not,
        "no_way": no_way,
        "may_pay": may_pay,
        "credit": pay.balance_of(request, found) if may_pay else 0,
        "declaration": None if why_not else declared.order_by("-declared_at", "-id").first(),
    }
