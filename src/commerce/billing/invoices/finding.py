"""Finding invoices: by what people type, by words of their lines, and by the services and domains that they bill."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from commerce.accounts.models import Client
from commerce.billing.models import Invoice, InvoiceLine, InvoiceSubject
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError


def find_invoice(text: str) -> Invoice:
    """The issued invoice with this number, payment reference or id. Raises ``BusinessError``."""
    issued = Invoice.objects.filter(issued_at__isnull=False)
    found = issued.filter(number__iexact=text.strip()).first()
    found = found or issued.filter(payment_reference="".join(text.split()).upper()).first()
    if found is None and text.isascii() and text.isdecimal() and len(text) < 19:
        found = issued.filter(pk=int(text)).first()
    if found is None:
        raise BusinessError("invoice.unknown", text=text)
    return found


def mentions(words: str) -> Q:
    """Of invoices: a line has these words, or so has the client's own name of a service that is on it."""
    of_invoice = {"invoice": OuterRef("pk")}
    lines = InvoiceLine.objects.filter(description__icontains=words, **of_invoice)
    services = InvoiceSubject.objects.filter(service__label__icontains=words, **of_invoice)
    return Q(Exists(lines)) | Q(Exists(services))


def open_invoice_by_subject(
    client: Client, *, services: Sequence[Service] = (), domains: Sequence[Domain] = ()
) -> dict[int, Invoice]:
    """Of services, or of domains: by the key of each the open invoice that is due first, if there is one."""
    subjects = InvoiceSubject.objects.filter(
        Q(service__in=services) | Q(domain__in=domains),
        invoice__in=Invoice.objects.for_client(client).open(),
    )
    found: dict[int, Invoice] = {}
    for one in subjects.select_related("invoice").order_by("invoice__due_date", "invoice_id"):
        for key in filter(None, (one.service_id, one.domain_id)):
            found.setdefault(key, one.invoice)
    return found
