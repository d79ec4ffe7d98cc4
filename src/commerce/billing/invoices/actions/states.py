"""The one way by which an invoice changes its state (invariants.md 3)."""

from datetime import date
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import AllowedMoves, move
from commerce.billing.invoices.rules import INVOICE_MOVES, OPEN_INVOICE_STATUSES, InvoiceStatus
from commerce.billing.models import Invoice
from commerce.db.locks import lock
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


@transaction.atomic
def move_invoice(
    *,
    invoice: Invoice,
    to: InvoiceStatus,
    ctx: Context,
    moves: AllowedMoves[InvoiceStatus] = INVOICE_MOVES,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move an invoice along its table, with what belongs to the new state. Raises ``StateConflict`` if that is not
    allowed.

    The caller locks the client and raises their revision.
    """
    move(
        invoice,
        to,
        allowed=moves,
        ctx=ctx,
        client_id=invoice.client_id,
        reason=reason,
        changed_at=ctx.at,
        **changes,
    )


def draft_only_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why an invoice does not take what is done with drafts."""
    is_draft = invoice.status == InvoiceStatus.DRAFT
    return None if is_draft else StateConflict("invoice.not_a_draft", is_moot=True)


def issued_only_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why an invoice does not take what is done with any that was issued."""
    is_draft = invoice.status == InvoiceStatus.DRAFT
    return StateConflict("invoice.not_issued") if is_draft else None


def open_only_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why an invoice does not take what is done while it waits for money."""
    if reason := issued_only_blocked_reason(invoice, ctx):
        return reason
    is_open = invoice.status in OPEN_INVOICE_STATUSES
    return None if is_open else StateConflict("invoice.not_open", is_moot=True)


def payable_only_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why nothing can be paid for an invoice: it is not open, or stopped with its order."""
    if invoice.status == InvoiceStatus.PAID:
        return StateConflict("invoice.already_paid", is_moot=True)
    if reason := issued_only_blocked_reason(invoice, ctx):
        return reason
    if invoice.status not in OPEN_INVOICE_STATUSES:
        return StateConflict("invoice.nothing_to_pay", is_moot=True)
    return StateConflict("invoice.order_under_review") if invoice.is_stopped else None


def lock_service(service: Service, ctx: Context) -> Service:
    """A service as it is now, locked until the transaction ends; the client's row first, as everywhere."""
    bump_revision(service.client_id, ctx)
    return lock(service, "product", "client")


def lock_invoice(invoice: Invoice, ctx: Context) -> Invoice:
    """The stored row, locked until the transaction ends; the client's row first, as everywhere."""
    bump_revision(invoice.client_id, ctx)
    return lock(invoice)


@transaction.atomic
def record_invoice_export(
    *,
    client: Client,
    file: str,
    date_range: tuple[date | None, date | None],
    ctx: Context,
) -> None:
    """A member downloads a table or statement of this span of days; an open end is empty."""
    first, last = (str(day or "") for day in date_range)
    write_audit_entry(
        ctx=ctx,
        action="client.exported",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
        after={"file": file, "first": first, "last": last},
    )
