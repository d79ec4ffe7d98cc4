"""`/client/invoices/{id}/pdf` and its kin: documents of invoices, credit notes and payments (portal.md 3)."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commerce.accounts.models import Client
from commerce.billing.documents.content import CREDIT_NOTE, INVOICE, document_file_name
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.models import CreditNote, Invoice
from commerce.payments.client_view.receipts import receipt_content, receipt_file_name
from commerce.payments.models import Payment, PaymentQuerySet
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.base.limits.work_limits import makes_a_file
from commerce.portal.base.missing_records import other_client_404

RETRY_SECONDS = 5
"""Seconds after which a document that is being made is worth asking for again."""

_TYPES = {DocumentFormat.PDF: ("application/pdf", "pdf"), DocumentFormat.UBL: ("text/xml", "xml")}


@require_safe
@client_page("invoices.view")
def invoice_pdf(request: ClientRequest, pk: int) -> HttpResponseBase:
    """The PDF of an invoice."""
    return _download(request, Invoice.objects.for_client, pk, INVOICE, DocumentFormat.PDF)


@require_safe
@client_page("invoices.view")
def invoice_ubl(request: ClientRequest, pk: int) -> HttpResponseBase:
    """The e-invoice as UBL; there is none in currencies with three decimals."""
    return _download(request, Invoice.objects.for_client, pk, INVOICE, DocumentFormat.UBL)


@require_safe
@client_page("invoices.view")
def credit_note_pdf(request: ClientRequest, pk: int) -> HttpResponseBase:
    """The PDF of a credit note."""
    return _download(request, CreditNote.objects.for_client, pk, CREDIT_NOTE, DocumentFormat.PDF)


@require_safe
@client_page("invoices.view")
def credit_note_ubl(request: ClientRequest, pk: int) -> HttpResponseBase:
    """The credit note as UBL."""
    return _download(request, CreditNote.objects.for_client, pk, CREDIT_NOTE, DocumentFormat.UBL)


def _with_receipt(client: Client) -> PaymentQuerySet:
    """Payments of a client that count or counted; of money that the bank took back there is no receipt."""
    return Payment.objects.for_client(client).listed_on_invoices()


@require_safe
@client_page("invoices.view")
@makes_a_file
def payment_receipt(request: ClientRequest, pk: int) -> HttpResponseBase:
    """`/client/payments/{id}/receipt`: the receipt of a payment."""
    rows = _with_receipt(request.acting.client).select_related("client", "plan_change")
    found = rows.filter(pk=pk).first()
    if found is None:
        return other_client_404(request, _with_receipt, pk, "invoices.view")
    return _file(receipt_content(found), "application/pdf", receipt_file_name(found))


def _download(
    request: ClientRequest,
    scope: Callable[[Client], QuerySet[Any]],
    pk: int,
    kind: str,
    form: DocumentFormat,
) -> HttpResponse:
    record = scope(request.acting.client).filter(pk=pk).first()
    if record is None:
        return other_client_404(request, scope, pk, "invoices.view")
    documents = {
        one.form: one for one in record.documents.filter(form__in={form, DocumentFormat.PDF})
    }
    if not documents:
        return _being_made(request)
    if form not in documents:
        raise Http404
    content_type, ending = _TYPES[form]
    name = document_file_name(kind, record.number, ending)
    return _file(bytes(documents[form].content), content_type, name)


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    reply = HttpResponse(content, content_type=content_type)
    reply["Content-Disposition"] = f'attachment; filename="{name}"'
    reply["Cache-Control"] = "private, no-store"
    reply["X-Content-Type-Options"] = "nosniff"
    return reply


def _being_made(request: ClientRequest) -> HttpResponse:
    """503: the document is made right after issue; the page asks again by itself."""
    context = {
        "title": _("Preparing your document"),
        "text": _("This takes a few seconds. This page refreshes automatically."),
        "action": {"url": request.path, "words": _("Try again")},
    }
    reply = render(request, "portal/base/error.html", context, status=503)
    reply["Retry-After"] = str(RETRY_SECONDS)
    reply["Refresh"] = str(RETRY_SECONDS)
    return reply
