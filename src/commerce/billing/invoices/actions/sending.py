"""Sending an invoice once more, because staff were asked to."""

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.emails import send_invoice_mail_again
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.db.locks import lock
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


@transaction.atomic
def send_invoice_again(*, invoice: Invoice, ctx: Context) -> None:
    """Mail an open invoice to its client once more, with its PDF and what is due by now.

    Raises ``StateConflict`` for one that is not open: its mail asks to pay.
    """
    lock_client(invoice.client_id)
    row = lock(invoice)
    if row.status not in OPEN_INVOICE_STATUSES:
        raise StateConflict("invoice.not_open")
    send_invoice_mail_again(invoice=row, ctx=ctx)
    write_audit_entry(
        ctx=ctx,
        action="invoice.sent_again",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        after={"amount_due": row.amount_due},
    )
