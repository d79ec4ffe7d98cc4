"""Corrections: credit notes take back all or part of an issued invoice (billing.md 7, M11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.billing.actions.claims import (
    Decisions,
    decide,
    need_decisions,
    open_claims,
    release_claim,
    resume_paid,
    settle_claims,
)
from commerce.billing.actions.credit_notes import (
    left_of_lines,
    parts_by_amount,
    parts_by_line,
    write_note,
)
from commerce.billing.actions.states import locked, move_invoice
from commerce.billing.actions.taking import account_of, book, enter, entries_of
from commerce.billing.events import CreditNoteIssued, InvoiceClosed
from commerce.billing.models import Claim, CreditEntry, CreditNote, Invoice, SettlementEntry
from commerce.billing.reading import credited, held, left_of
from commerce.billing.rules import OPEN, Part
from commerce.hosting.models import Service
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused

Kind = SettlementEntry.Kind
Status = Invoice.Status


@dataclass(frozen=True, slots=True)
class Way:
    """Where the money goes that a credit note sets free: ``kind`` of the entry, and its source.

    ``amount`` None is what is more than due. ``reason`` names the row of the credit ledger; empty for a gateway.
    """

    kind: str
    source: str
    reason: str = ""
    amount: int | None = None


@transaction.atomic
def void_invoice(
    *,
    invoice: Invoice,
    reason: str,
    at: datetime,
    actor: Actor,
    decisions: Decisions | None = None,
    release: bool = False,
) -> CreditNote:
    """Take back an open invoice as a whole by a credit note; what was paid or applied goes to credit.

    Each open period that it bills needs a decision, ``bill_again``, ``waive`` or ``end``, by ``("service", id)``;
    ``release`` is for automatic voids, which release all and take back the late fee, if that is open. Raises ``Moved``
    for an invoice that is not open.
    """
    row = locked(invoice)
    if row.status not in OPEN:
        raise Moved(f"This invoice is {row.status}; it cannot be voided.")
    parts = parts_by_amount(row, None)
    chosen = None if release else decisions or {}
    return _correct(
        invoice, row, parts, chosen, reason=reason, at=at, actor=actor, closes=Status.CANCELLED
    )


@transaction.atomic
def credit_invoice(
    *,
    invoice: Invoice,
    reason: str,
    at: datetime,
    actor: Actor,
    amount: int | None = None,
    lines: Mapping[int, int | None] | None = None,
    decisions: Decisions | None = None,
    release: bool = False,
) -> CreditNote:
    """Take back a part by gross ``amount`` or by ``lines`` (position to net, None the whole line), or all that is left.

    It lowers what is due; what is more than due goes to credit. ``decisions`` as for a void, when all is taken back.
    """
    row = _issued(invoice)
    parts = parts_by_line(row, lines) if lines else parts_by_amount(row, amount)
    chosen = None if release else decisions or {}
    return _correct(invoice, row, parts, chosen, reason=reason, at=at, actor=actor)


@transaction.atomic
def credit_parts(
    *,
    invoice: Invoice,
    parts: Sequence[Part],
    service: Service,
    reason: str,
    at: datetime,
    actor: Actor,
) -> CreditNote:
    """Take back these parts of lines for one of the services that the invoice bills; it becomes credit."""
    row = _issued(invoice)
    say: dict[str, Any] = {"reason": reason, "at": at, "actor": actor}
    return _correct(invoice, row, parts, None, service=service, **say)


@transaction.atomic
def take_back_claim(*, claim: Claim, reason: str, at: datetime, actor: Actor) -> None:
    """Take back what an open period was billed for, and nothing else of its invoice; the period is free again.

    What credit notes took of it before is not taken twice.
    """
    assert claim.invoice is not None
    row = locked(claim.invoice)
    release_claim(
        claim=claim, reason=reason, at=at, actor=actor
    )  # or a note that leaves nothing due pays it
    left = sum(part.gross for part in left_of(row))
    lines = list(claim.lines.values_list("position", flat=True))
    say: dict[str, Any] = {"reason": reason, "release": True, "at": at, "actor": actor}
    if not row.credit_notes.exists():
        credit_invoice(invoice=row, lines=dict.fromkeys(lines), **say)
    elif amount := min(left, left_of_lines(row, lines)):
        credit_invoice(invoice=row, amount=amount, **say)


@transaction.atomic
def refund_to_credit(
    *, invoice: Invoice, source: str, amount: int, reason: str, at: datetime, actor: Actor
) -> CreditNote:
    """Give back money as credit, with a credit note of the same gross amount; ``source`` names the refund."""
    way = Way(Kind.TO_CREDIT, source, CreditEntry.Reason.REFUND_TO_CREDIT, amount)
    return _refund(invoice, way, reason, at, actor)


@transaction.atomic
def refund_to_gateway(
    *, invoice: Invoice, source: str, amount: int, reason: str, at: datetime, actor: Actor
) -> CreditNote:
    """The gateway accepted to send money back: a credit note of the same gross amount, and the entry of the refund."""
    return _refund(invoice, Way(Kind.REFUND, source, "", amount), reason, at, actor)


def refund_invoice(
    *, invoice: Invoice, source: str, reason: str, at: datetime, actor: Actor
) -> CreditNote:
    """All that was paid on a paid invoice went back through the gateway, and the whole claim is taken back.

    ``source`` names the refund (``payment:7``). Raises ``Refused`` when credit was applied to the invoice.
    """
    row = Invoice.objects.get(pk=invoice.pk)
    if row.status != Status.PAID:
        raise Moved(f"This invoice is {row.status}; only a paid one can be refunded.")
    if row.credit_applied or not row.total:
        raise Refused("Only an invoice that was paid with money can be refunded.")
    return refund_to_gateway(
        invoice=invoice, source=source, amount=row.total, reason=reason, at=at, actor=actor
    )


def _refund(invoice: Invoice, way: Way, reason: str, at: datetime, actor: Actor) -> CreditNote:
    row = _issued(invoice)
    assert way.amount is not None
    if way.amount > held(entries_of(row)):
        raise Refused(_("This is more than what was paid on this invoice."), field="amount")
    parts = parts_by_amount(row, way.amount)
    return _correct(invoice, row, parts, None, reason=reason, at=at, actor=actor, way=way)


def _issued(invoice: Invoice) -> Invoice:
    row = locked(invoice)
    if row.status not in (*OPEN, Status.PAID):
        raise Moved(f"This invoice is {row.status}.")
    return row


def _correct(
    invoice: Invoice,
    row: Invoice,
    parts: Sequence[Part],
    decisions: Decisions | None,
    *,
    reason: str,
    at: datetime,
    actor: Actor,
    way: Way | None = None,
    closes: str = "",
    service: Service | None = None,
) -> CreditNote:
    """Issue the note, move what it sets free, and settle the state of the locked invoice."""
    entries = entries_of(row)
    total = sum(part.gross for part in parts)
    whole = credited(entries) + total == row.total
    claims = open_claims(row) if whole else []
    if decisions is not None:
        need_decisions(claims, decisions)
    note = write_note(invoice=row, parts=parts, service=service, reason=reason, at=at, actor=actor)
    book(row, Kind.CREDIT_NOTE, f"credit_note:{note.pk}", total, at)
    way = way or Way(Kind.TO_CREDIT, f"credit_note:{note.pk}", CreditEntry.Reason.RETURNED)
    leaving = max(0, total - row.amount_due) if way.amount is None else way.amount
    changes: dict[str, Any] = {"amount_due": row.amount_due - total + leaving}
    if leaving:
        changes["credit_applied"] = _leave(row, way, leaving, at)
    decide(claims, decisions, at=at, actor=actor, reason=reason)
    paid_on = any(kind in (Kind.PAYMENT, Kind.CREDIT) for kind, _amount in entries)
    to = closes or _state(row, changes["amount_due"], whole=whole, paid_on=paid_on)
    was_open = row.status in OPEN
    _settle_state(invoice, row, to, changes, whole=whole, reason=reason, at=at, actor=actor)
    publish(CreditNoteIssued(note.pk), at=at)
    if whole and was_open and decisions is None:
        _take_fee_back(row, at, actor)
    return note


def _take_fee_back(late: Invoice, at: datetime, actor: Actor) -> None:
    """The cause of its late fee has ended by itself: an open fee ends with it (billing.md 8)."""
    fee = Invoice.objects.open().filter(late_fee_for__late_invoice=late).first()
    if fee is not None:
        reason = _("Invoice %(number)s was taken back.") % {"number": late.number}
        void_invoice(invoice=fee, reason=reason, at=at, actor=actor, release=True)


def _leave(row: Invoice, way: Way, amount: int, at: datetime) -> int:
    """Money leaves the invoice; returns what it keeps of applied credit, which goes back first."""
    book(row, way.kind, way.source, -amount, at)
    if not way.reason:
        return row.credit_applied
    account = account_of(row.client_id, row.currency_id)
    enter(account, reason=way.reason, source=way.source, amount=amount, at=at, note=str(row))
    given_back = amount if way.reason == CreditEntry.Reason.RETURNED else 0
    return max(0, row.credit_applied - given_back)


def _state(row: Invoice, due: int, *, whole: bool, paid_on: bool) -> str:
    """The state that an invoice has after a credit note (billing.md 7)."""
    if row.status == Status.PAID:
        return Status.REFUNDED if whole else Status.PAID
    if due:
        return row.status
    return Status.PAID if paid_on else Status.CANCELLED


def _settle_state(
    invoice: Invoice,
    row: Invoice,
    to: str,
    changes: dict[str, Any],
    *,
    whole: bool,
    reason: str,
    at: datetime,
    actor: Actor,
) -> None:
    if to == row.status:
        Invoice.objects.filter(pk=row.pk).update(changed_at=at, **changes)
        invoice.refresh_from_db()
        return
    if to == Status.PAID:
        changes["paid_at"] = at
    move_invoice(invoice=invoice, to=to, at=at, actor=actor, reason=reason, **changes)
    if to == Status.PAID and not whole:
        settle_claims(invoice=invoice, at=at, actor=actor)
        return
    if row.kind == Invoice.Kind.PLAN_CHANGE:
        from commerce.billing.actions.plan_changes import lapse_with_invoice

        lapse_with_invoice(invoice=invoice, at=at, actor=actor)
    resume_paid(invoice=invoice, at=at, actor=actor)
    publish(InvoiceClosed(invoice.pk), at=at)
