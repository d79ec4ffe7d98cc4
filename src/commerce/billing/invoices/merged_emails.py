"""One mail about several open invoices of a client, in place of several about one each (notifications.md 3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.kit.money import Money

MERGED_PAYMENT_REQUESTS = ("invoice_created", "invoice_reminder", "invoice_overdue")
"""Mails that ask to pay one invoice, of which several at once are one about them all."""


def merged_payment_requests(
    _client_id: int, requests: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What one mail says in place of several that ask to pay: each invoice once, and the sum of each currency."""
    invoices = {values["invoice_number"]: values for values in requests}
    items = [
        {
            "description": number,
            "from_date": values["invoice_due_date"],
            "amount": values["amount_due"],
        }
        for number, values in sorted(invoices.items())
    ]
    due: dict[str, int] = {}
    for item in items:
        amount, code = item["amount"]["money"]
        due[code] = due.get(code, 0) + amount
    return {
        "items": items,
        "sums": [{"description": _("Total"), "amount": Money(due[code], code)} for code in due],
        "count": len(items),
        "invoices_url": f"{settings.COMMERCE_URL}/client/invoices",
    }


def merged_request_obsolete_reason(client_id: int, told: Mapping[str, Any]) -> str:
    """Why a mail that asks to pay several invoices is not true any more: none of them is open."""
    numbers = [item["description"] for item in told["items"]]
    invoices = Invoice.objects.for_client(client_id).filter(number__in=numbers)
    is_true = invoices.filter(status__in=OPEN_INVOICE_STATUSES).exists()
    return "" if is_true else "None of the invoices is open."
