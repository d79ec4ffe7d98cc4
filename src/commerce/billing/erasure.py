"""What billing says of people, and what stands in the way of erasing it (accounts.md 10, billing.md 2).

Issued documents are kept for ``retention.invoice_years``, and only then lose their names.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import Max

from commerce.accounts.erasure.rules import ERASED, ErasureBlocker, ErasureScope
from commerce.accounts.models import Client
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import (
    CancellationRequest,
    CreditAccount,
    CreditEntry,
    CreditNote,
    CreditNoteLine,
    Document,
    Invoice,
    InvoiceLine,
    PlanChange,
    PriceChange,
    PriceChangeAct,
    VatCheck,
)
from commerce.jobs.erasure import erase_job_details
from commerce.kit.context import Context


def money_before_erasure(client: Client, most: int | None) -> Iterable[ErasureBlocker]:
    """Invoices that are open, and credit that is left."""
    unpaid = Invoice.objects.for_client(client).filter(status__in=OPEN_INVOICE_STATUSES)
    for invoice in unpaid.defer("seller", "buyer", "tax_evidence").order_by("pk")[:most]:
        yield ErasureBlocker("invoice", invoice.pk, str(invoice))
    for account in CreditAccount.objects.for_client(client).filter(balance__gt=0).order_by("pk"):
        yield ErasureBlocker("credit", account.pk, account.currency_id)


def erase_requests_and_notes(scope: ErasureScope, ctx: Context) -> None:
    """What was written about changes of services and moves of credit."""
    del ctx
    of_client = scope.client_id
    CancellationRequest.objects.for_client(of_client).update(reason=ERASED, note="")
    PlanChange.objects.for_client(of_client).update(note="", taxed_as={})
    PriceChange.objects.for_client(of_client).update(reason="")
    others = PriceChange.objects.exclude(client=of_client).values("act")
    acts = PriceChangeAct.objects.filter(changes__client=of_client).exclude(
        pk__in=others.exclude(act=None)
    )
    PriceChangeAct.objects.filter(pk__in=list(acts.values_list("pk", flat=True))).update(reason="")
    CreditEntry.objects.filter(account__client_id=of_client).exclude(note="").update(note=ERASED)
    invoices = Invoice.objects.for_client(of_client)
    erase_job_details("invoice", invoices.values_list("pk", flat=True))


def last_document_day(client_id: int) -> date | None:
    """The issue day of the client's last invoice or credit note."""
    invoices = Invoice.objects.for_client(client_id).aggregate(last=Max("issue_date"))
    notes = CreditNote.objects.for_client(client_id).aggregate(last=Max("issue_date"))
    return max((day for day in (invoices["last"], notes["last"]) if day), default=None)


def erase_documents(scope: ErasureScope, ctx: Context) -> None:
    """Names, texts and files of issued documents, and the evidence of their tax; numbers and amounts stay."""
    del ctx
    of_client = scope.client_id
    for rows in (Invoice.objects.for_client(of_client), CreditNote.objects.for_client(of_client)):
        for row in rows.only("pk", "buyer"):
            rows.filter(pk=row.pk).update(buyer=_without_names(row.buyer))
    Invoice.objects.for_client(of_client).update(notes="", tax_evidence={})
    CreditNote.objects.for_client(of_client).update(reason=ERASED)
    InvoiceLine.objects.filter(invoice__client_id=of_client).update(description=ERASED)
    CreditNoteLine.objects.filter(credit_note__client_id=of_client).update(description=ERASED)
    Document.objects.filter(invoice__client_id=of_client).delete()
    Document.objects.filter(credit_note__client_id=of_client).delete()
    VatCheck.objects.for_client(of_client).delete()


def _without_names(buyer: dict[str, object]) -> dict[str, object]:
    """A snapshot with its country alone, by which tax is summed."""
    texts: dict[str, object] = dict.fromkeys(buyer, "")
    return texts | {"name": ERASED, "country": buyer.get("country", ""), "custom_fields": []}
