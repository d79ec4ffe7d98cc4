"""Asking a client to pay once more: staff send an invoice again, or remind of it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.actions.states import (
    lock_invoice,
    open_only_blocked_reason,
    payable_only_blocked_reason,
)
from commerce.billing.invoices.emails import send_invoice_mail_again, send_invoice_reminder_email
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.presentation.formats import format_day
from commerce.site_settings.current import business_date


def _withdraw_email(
    invoice: Invoice, _values: Mapping[str, Any], _made: object, ctx: Context
) -> None:
    """The email was not sent; the audit log says so, as it has said that it is."""
    row = lock_invoice(invoice, ctx)
    _record(row, "email_withdrawn", ctx)


def send_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Sent again is what is to be paid, or is paid."""
    if invoice.status == InvoiceStatus.PAID:
        return None
    return open_only_blocked_reason(invoice, ctx)


@act(
    "invoice.send",
    Invoice,
    label=_("Send again"),
    intro=_("The invoice is emailed to the client once more, with what is due now, or as paid."),
    done=_("The invoice was sent to %(email)s."),
    staff=StaffPermission.INVOICES_CREATE,
    blocked=send_blocked_reason,
    for_many=True,
    undo=_withdraw_email,
)
@transaction.atomic
def send_invoice_again(*, invoice: Invoice, ctx: Context) -> Client:
    """Mail an invoice to its client once more, with its PDF and what is due by now, or that it is paid; the client it
    went to. Raises ``StateConflict`` for a draft, and one that was taken back.
    """
    client = lock_client(invoice.client_id)
    row = lock(invoice)
    if reason := send_blocked_reason(row, ctx):
        raise reason
    send_invoice_mail_again(invoice=row, ctx=ctx)
    _record(row, "sent_again", ctx)
    return client


def remind_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why staff cannot remind of an invoice now: they paused reminders, or its order is under review."""
    if reason := open_only_blocked_reason(invoice, ctx) or payable_only_blocked_reason(
        invoice, ctx
    ):
        return reason
    until = invoice.dunning_hold_until
    if until is not None and until >= business_date(ctx.at):
        return StateConflict("hold.reminders_paused", day=format_day(until))
    return None


@act(
    "invoice.remind",
    Invoice,
    label=_("Send reminder"),
    intro=_("The client is emailed what is due, and since when it's overdue."),
    done=_("A reminder was sent to %(email)s."),
    staff=StaffPermission.INVOICES_CREATE,
    blocked=remind_blocked_reason,
    for_many=True,
    undo=_withdraw_email,
)
@transaction.atomic
def remind_of_invoice(*, invoice: Invoice, ctx: Context) -> Client:
    """Mail a client what is due of an open invoice, beside the reminders of the daily run; the client it went to.

    Raises ``StateConflict`` for one that is not open, and while its reminders are paused.
    """
    client = lock_client(invoice.client_id)
    row = lock(invoice)
    if reason := remind_blocked_reason(row, ctx):
        raise reason
    send_invoice_reminder_email(invoice=row, ctx=ctx)
    _record(row, "reminded", ctx)
    return client


def _record(row: Invoice, verb: str, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"invoice.{verb}",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        after={"amount_due": row.amount_due},
    )
