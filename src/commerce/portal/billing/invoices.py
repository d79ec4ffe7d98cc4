"""`/client/invoices`: what the client was charged, and one invoice (portal.md 3 and 4). Drafts do not exist here."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from commerce.accounts.models import Client
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.invoices.actions.states import payable_only_blocked_reason
from commerce.billing.invoices.finding import mentions, open_invoice_by_subject
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES, InvoiceStatus
from commerce.billing.models import CreditNote, Invoice
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.payments.actions.payment_parts import taken_back_from
from commerce.payments.client_view.receipts import last_receipts
from commerce.payments.models import Payment, TransferNotice
from commerce.payments.rules import PaymentStatus
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.date_range import DateRangeForm
from commerce.portal.base.listing import ListColumn, ListDefinition
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.search import SearchColumns
from commerce.portal.billing import payments as pay
from commerce.portal.billing.next_payments import next_payment_of_invoice
from commerce.portal.billing.open_plan_changes import plan_changes_to_pay
from commerce.portal.billing.pay_together import owed_amounts
from commerce.presentation.labels import status_labels

INVOICE_COLUMNS = SearchColumns(
    texts=("number", "payment_reference"),
    days=("issue_date", "due_date"),
    amounts=("total", "amount_due"),
    choices={"status": status_labels("invoice")},
)
LISTED_FIELDS = (
    "number",
    "issue_date",
    "due_date",
    "total",
    "amount_due",
    "currency_id",
    "status",
)
"""What a list shows of an invoice; the rest is most of its row."""


def invoice_search_filter(query: str) -> Q:
    """Invoices whose number, payment reference, days, sums, lines, or services by the client's name have the query."""
    found = INVOICE_COLUMNS.search_filter(query) | mentions(query)
    reference = "".join(query.split())
    return found | Q(payment_reference__icontains=reference) if reference != query else found


INVOICE_LIST = ListDefinition(
    kind="invoice",
    statuses=(
        InvoiceStatus.UNPAID,
        InvoiceStatus.OVERDUE,
        InvoiceStatus.PAID,
        InvoiceStatus.CANCELLED,
        InvoiceStatus.REFUNDED,
    ),
    columns=(
        ListColumn(_("Number"), "number", order=("issued_at",)),
        ListColumn(_("Issued"), "issued", order=("issued_at",)),
        ListColumn(_("Due"), "due", order=("due_date",)),
        ListColumn(_("Total"), "total", order=("currency_id", "total"), is_amount=True),
        ListColumn(_("Amount due"), "open", order=("currency_id", "amount_due"), is_amount=True),
        ListColumn(_("Status")),
        ListColumn(_("Documents")),
    ),
    search_words=_("Search invoices"),
    search_filter=invoice_search_filter,
)


def open_invoices(
    request: ClientRequest, *, services: Sequence[Service] = (), domains: Sequence[Domain] = ()
) -> dict[int, Invoice]:
    """What is open to pay for services or domains, by their keys; nothing for a member who may not see invoices."""
    if not (services or domains) or not request.acting.may("invoices.view"):
        return {}
    return open_invoice_by_subject(request.acting.client, services=services, domains=domains)


@require_safe
@client_page("invoices.view")
def invoices(request: ClientRequest) -> HttpResponse:
    """All issued invoices, newest first, by status and search."""
    rows = Invoice.objects.for_client(request.acting.client).newest_first().only(*LISTED_FIELDS)
    listing = INVOICE_LIST.page_for(request, rows)
    context = {
        "listing": listing,
        "receipts": last_receipts(listing.items),
        "owed": owed_amounts(request),
        "plan_changes": plan_changes_to_pay(request),
        "date_range": DateRangeForm(),
        "may_order": request.acting.may_change("orders.place"),
    }
    return render(request, "portal/billing/invoices.html", context, status=listing.http_status)


@require_safe
@client_page("invoices.view")
def invoice(request: ClientRequest, pk: int) -> HttpResponse:
    """One invoice as it was issued: parties, lines, tax by rate, and what was paid."""
    client = request.acting.client
    rows = Invoice.objects.for_client(client).select_related("order")
    found = rows.filter(pk=pk).first()
    if found is None:
        return other_client_404(request, Invoice.objects.for_client, pk, "invoices.view")
    return render(request, "portal/billing/invoice.html", _shown(request, found, client))


def _shown(request: ClientRequest, found: Invoice, client: Client) -> dict[str, Any]:
    """What the page of an invoice tells; what can be done with it depends on its status, and says why not."""
    received = Payment.objects.for_client(client).on_invoice(found).booked()
    payments = list(received.order_by("booked_at", "id"))
    notes = CreditNote.objects.for_client(client).filter(invoice=found)
    notes = notes.select_related("payment_refund__payment").order_by("issued_at", "id")
    credited = sum(note.total for note in notes)
    held = found.total - credited - found.amount_due
    credit_applied = min(found.credit_applied, held)
    ctx = member_context(request)
    not_payable_reason = payable_only_blocked_reason(found, ctx)
    no_method_reason = "" if not_payable_reason else pay.no_payment_method_reason(request, found)
    may_pay = not not_payable_reason and not no_method_reason
    declared = TransferNotice.objects.for_client(client).filter(invoice=found)
    return {
        "invoice": found,
        "order": getattr(found, "order", None),
        "lines": found.lines.order_by("position"),
        "tax_groups": found.tax_groups.order_by("-rate_milli", "category"),
        "has_ubl": found.documents.filter(form=DocumentFormat.UBL).exists(),
        "texts": [text for text in (found.notes, found.terms, found.footer) if text],
        "payments": [(each, _reversed_amount(each, found)) for each in payments],
        "last_receipt": next(
            (each for each in reversed(payments) if each.status != PaymentStatus.REVERSED), None
        ),
        "credit_applied": credit_applied,
        "paid": held - credit_applied,
        "credited": credited,
        "refunds": [note.payment_refund for note in notes if hasattr(note, "payment_refund")],
        "credit_notes": notes,
        "not_payable_reason": not_payable_reason,
        "no_payment_method_reason": no_method_reason,
        "may_pay": may_pay,
        "credit": pay.usable_credit(request, found) if may_pay else 0,
        **(
            next_payment_of_invoice(request, found) if found.status in OPEN_INVOICE_STATUSES else {}
        ),
        "notice": None if not_payable_reason else declared.order_by("-submitted_at", "-id").first(),
    }


def _reversed_amount(payment: Payment, invoice: Invoice) -> int:
    """What the bank took back of what an invoice has of a payment; all of it, where nothing of it was left here."""
    if payment.status != PaymentStatus.REVERSED:
        return 0
    whole = payment.amount_on_invoice if payment.invoice_id else 0
    return taken_back_from(payment, invoice) or whole
