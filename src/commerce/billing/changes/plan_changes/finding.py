"""Finding what money is for by what people type: an invoice, or the request of a plan change by its reference."""

from commerce.billing.invoices.finding import find_invoice
from commerce.billing.models import Invoice, PlanChange


def find_what_is_paid(text: str) -> Invoice | PlanChange:
    """The request with this payment reference, else the issued invoice with this number, reference or id.

    Raises ``BusinessError``.
    """
    reference = "".join(text.split()).upper()
    requests = PlanChange.objects.select_related("service", "client", "product", "invoice")
    return requests.filter(reference=reference or None).first() or find_invoice(text)
