"""Sending an invoice once more, because staff were asked to."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.actions.states import open_only_blocked_reason
from commerce.billing.invoices.emails import send_invoice_mail_again
from commerce.billing.models import Invoice
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.context import Context


@act(
    "invoice.send",
    Invoice,
    label=_("Send again"),
    intro=_("The invoice is emailed to the client once more, with what is due now."),
    done=_("The invoice was sent to %(email)s."),
    staff=StaffPermission.INVOICES_CREATE,
    blocked=open_only_blocked_reason,
)
@transaction.atomic
def send_invoice_again(*, invoice: Invoice, ctx: Context) -> Client:
    """Mail an open invoice to its client once more, with its PDF and what is due by now; the client it went to.

    Raises ``StateConflict`` for one that is not open: its mail asks to pay.
    """
    client = lock_client(invoice.client_id)
    row = lock(invoice)
    if reason := open_only_blocked_reason(row, ctx):
        raise reason
    send_invoice_mail_again(invoice=row, ctx=ctx)
    write_audit_entry(
        ctx=ctx,
        action="invoice.sent_again",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        after={"amount_due": row.amount_due},
    )
    return client
