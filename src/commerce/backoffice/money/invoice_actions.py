"""What staff do with invoices: each is an action of billing or payments."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from commerce.backoffice.base.actions import Done
from commerce.backoffice.base.pages import page_of
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.actions.manual import change_manual_draft, draft_manual_invoice
from commerce.billing.models import Invoice
from commerce.kit import ids
from commerce.kit.context import Context
from commerce.payments.actions.manual import (
    ReceivedByHand,
    record_manual_payment,
    record_manual_payment_of_invoices,
)
from commerce.presentation.amounts import format_money

type Typed = Mapping[str, Any]


def create_draft(_record: None, typed: Typed, ctx: Context) -> Done:
    """A manual draft in the client's currency."""
    client = typed["client"]
    made = draft_manual_invoice(
        client=client,
        currency_code=client.currency_code,
        lines=typed["lines"],
        notes=typed["notes"],
        due_date=typed["due_date"],
        ctx=ctx,
    )
    return Done(_("The draft was saved."), page_of(made))


def change_draft(invoice: Invoice, typed: Typed, ctx: Context) -> str:
    """Other lines, notes or due date."""
    change_manual_draft(
        invoice=invoice,
        lines=typed["lines"],
        notes=typed["notes"],
        due_date=typed["due_date"],
        ctx=ctx,
    )
    return _("The draft was saved.")


def record_payment(invoice: Invoice, typed: Typed, ctx: Context) -> str:
    """Book what was received; more than due becomes credit, once that was confirmed."""
    confirmed = {name for name in ("reference", "amount") if typed.get(f"confirm_{name}")}
    received: ReceivedByHand = {
        "amount": typed["amount"],
        "method": typed["method"],
        "received_on": typed["received_on"],
        "idempotency_key": ids.random_key(),
        "reference": typed["reference"],
        "note": typed["note"],
        "confirmed": frozenset(confirmed),
    }
    if also := typed.get("also"):
        invoices = [invoice, *Invoice.objects.for_client(invoice.client_id).filter(pk__in=also)]
        payment = record_manual_payment_of_invoices(invoices=invoices, ctx=ctx, **received)
    else:
        payment = record_manual_payment(invoice=invoice, ctx=ctx, **received)
    amount = format_money(payment.amount, payment.currency_id)
    return _("%(amount)s was recorded.") % {"amount": amount}


def credit(invoice: Invoice, typed: Typed, ctx: Context) -> str:
    """A credit note for all, an amount, or lines."""
    note = credit_invoice(
        invoice=invoice,
        reason=typed["reason"],
        amount=typed["amount"],
        lines=typed["lines"],
        decisions=typed["decisions"],
        figures_shown=typed["figures_shown"],
        ctx=ctx,
    )
    return _("Credit note %(number)s was issued.") % {"number": note.number}


def void(invoice: Invoice, typed: Typed, ctx: Context) -> str:
    """Take an open invoice back as a whole."""
    note = void_invoice(
        invoice=invoice, reason=typed["reason"], decisions=typed["decisions"], ctx=ctx
    )
    return _("The invoice was voided with credit note %(number)s.") % {"number": note.number}
