"""What is open to pay for services and domains, linked wherever one of them is shown."""

from collections.abc import Iterable

from commerce.billing.models import Invoice, InvoiceSubject
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.portal.base.access import ClientRequest


def open_invoices_of(
    request: ClientRequest, items: Iterable[Service] | Iterable[Domain]
) -> dict[int, Invoice]:
    """The open invoice that is due first of each of these, by its key; none for a member who may not see invoices."""
    rows = list(items)
    if not rows or not request.acting.may("invoices.view"):
        return {}
    kind = "domain" if isinstance(rows[0], Domain) else "service"
    open_rows = Invoice.objects.for_client(request.acting.client).open()
    subjects = InvoiceSubject.objects.filter(**{f"{kind}__in": rows}, invoice__in=open_rows)
    found: dict[int, Invoice] = {}
    for one in subjects.select_related("invoice").order_by("invoice__due_date", "invoice_id"):
        found.setdefault(getattr(one, f"{kind}_id"), one.invoice)
    return found
