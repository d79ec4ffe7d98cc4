"""Credit notes as documents: what they take back of which line and tax group, and their rows (billing.md 7)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.db.models import Sum

from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.actions.drafts import lines_in_order
from commerce.billing.invoices.actions.numbers import CREDIT_NOTE_SEQUENCE, take_document_number
from commerce.billing.invoices.credit_note_rules import (
    CreditNotePart,
    accounting_tax_share,
    spread_credit,
)
from commerce.billing.invoices.queries import uncredited_parts
from commerce.billing.invoices.seals import document_seals
from commerce.billing.models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTaxGroup,
    Invoice,
    InvoiceLine,
)
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import round_half_up
from commerce.site_settings import current


def credit_parts_by_amount(invoice: Invoice, amount: int | None) -> list[CreditNotePart]:
    """A gross amount spread over what is left of each tax group; None is all of it.

    All of an invoice of which nothing was credited yet repeats its lines.
    """
    left = uncredited_parts(invoice)
    total = sum(part.gross for part in left)
    amount = total if amount is None else amount
    if amount == invoice.total == total > 0:
        return [_line(row) for row in lines_in_order(invoice)]
    return spread_credit(amount, left)


def credit_parts_by_line(invoice: Invoice, lines: Mapping[int, int | None]) -> list[CreditNotePart]:
    """Lines by their position, what is left of them or a part of their net amount, with tax in proportion.

    Raises ``BusinessError`` for an unknown line, and for more than is left of a line or of its tax group.
    """
    rows = {row.position: row for row in lines_in_order(invoice)}
    taken = _taken_of_lines(invoice)
    parts = []
    for position, net in sorted(lines.items()):
        if position not in rows:
            raise BusinessError("invoice.no_such_line", field="lines")
        parts.append(_part_of(rows[position], taken[rows[position].pk], net))
    _within(parts, uncredited_parts(invoice))
    return parts


def _taken_of_lines(invoice: Invoice) -> dict[int, tuple[int, int]]:
    """Net and tax that notes by line took back of each line, by its id."""
    taken: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    rows = CreditNoteLine.objects.filter(credit_note__invoice=invoice, line__isnull=False)
    for pk, net, tax in rows.values_list("line_id", "amount", "tax_amount"):
        taken[pk] = taken[pk][0] + net, taken[pk][1] + tax
    return taken


def _part_of(row: InvoiceLine, taken: tuple[int, int], net: int | None) -> CreditNotePart:
    """What is left of a line, or ``net`` of it."""
    whole = _line(row)
    if taken == (0, 0) and net in (None, whole.net):
        return whole
    left, left_tax = whole.net - taken[0], whole.tax - taken[1]
    if not left and not left_tax:
        raise BusinessError("credit_note.line_credited", number=row.position, field="lines")
    if net in (None, left):
        net, tax = left, left_tax
    elif net is None or not 0 < net < left:
        raise BusinessError("credit_note.more_than_line", field="lines")
    else:
        tax = round_half_up(Fraction(whole.tax * net, whole.net))
    return CreditNotePart(
        whole.description, whole.category, whole.rate_milli, net, tax, line=row.pk
    )


def uncredited_lines(invoice: Invoice, positions: Collection[int]) -> dict[int, int]:
    """What notes by line have left of some lines, gross, by position; without those of which nothing is left."""
    taken = _taken_of_lines(invoice)
    own = [row for row in lines_in_order(invoice) if row.position in positions]
    left = {row.position: row.amount + row.tax_amount - sum(taken[row.pk]) for row in own}
    return {position: gross for position, gross in left.items() if gross}


def _line(row: InvoiceLine) -> CreditNotePart:
    return CreditNotePart(
        row.description,
        row.tax_category,
        row.tax_rate_milli,
        row.amount,
        row.tax_amount,
        quantity_milli=row.quantity_milli,
        unit_amount=row.unit_amount,
        line=row.pk,
    )


def _within(parts: Sequence[CreditNotePart], left: Sequence[CreditNotePart]) -> None:
    """Raise ``BusinessError`` unless each tax group has as much left as is taken, and no less than nothing is."""
    room = {part.tax_key: part for part in left}
    for key, (net, tax) in _summed(parts).items():
        most = room.get(key)
        if net < 0 or tax < 0 or most is None or net > most.net or tax > most.tax:
            raise BusinessError("credit_note.more_than_left", field="lines")


def _summed(parts: Sequence[CreditNotePart]) -> dict[tuple[str, int], tuple[int, int]]:
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    for part in parts:
        net, tax = sums.get(part.tax_key, (0, 0))
        sums[part.tax_key] = net + part.net, tax + part.tax
    return sums


def create_credit_note(
    *,
    invoice: Invoice,
    parts: Sequence[CreditNotePart],
    reason: str,
    ctx: Context,
    service: Service | None = None,
) -> CreditNote:
    """A numbered credit note for a locked invoice, over what one ``service`` paid if it is given.

    Raises ``BusinessError`` for nothing, and for a missing reason.
    """
    if not 1 <= len(reason.strip()) <= 500:
        raise BusinessError("reason.not_valid", field="reason")
    net, tax = sum(part.net for part in parts), sum(part.tax for part in parts)
    if net + tax <= 0:
        raise BusinessError("credit_note.nothing_to_credit", field="amount")
    number, issued_on = take_document_number(CREDIT_NOTE_SEQUENCE, current.business_date(ctx.at))
    note = CreditNote.objects.create(
        client_id=invoice.client_id,
        invoice=invoice,
        number=number,
        issue_date=issued_on,
        currency_id=invoice.currency_id,
        exponent=invoice.exponent,
        subtotal=net,
        tax_amount=tax,
        total=net + tax,
        seller=invoice.seller,
        buyer=invoice.buyer,
        accounting_tax=_accounting_tax(invoice, tax),
        reason=reason.strip(),
        footer=current.get_setting("invoices.footer_text"),
        issued_at=ctx.at,
    )
    _write_parts(note, invoice, parts, service)
    write_audit_entry(
        ctx=ctx,
        action="credit_note.issued",
        record=("credit_note", note.pk),
        name=note.number,
        client_id=note.client_id,
        after={
            "invoice": invoice.number,
            "total": note.total,
            "currency": note.currency_id,
            **document_seals(note),
        },
        reason=reason,
    )
    return note


def _accounting_tax(invoice: Invoice, tax: int) -> dict[str, Any]:
    """The share of the invoice's figure, at the rate of the invoice (billing.md 9)."""
    books = invoice.accounting_tax
    if not books or not tax:
        return {}
    before = invoice.credit_notes.aggregate(tax=Sum("tax_amount", default=0))["tax"]
    amount = accounting_tax_share(books["amount"], whole=invoice.tax_amount, before=before, tax=tax)
    return {**books, "amount": amount}


def _write_parts(
    note: CreditNote, invoice: Invoice, parts: Sequence[CreditNotePart], service: Service | None
) -> None:
    """Smallest first: the database refuses a line that comes after those that sum to the note already."""
    rows = [
        CreditNoteLine(
            credit_note=note,
            line_id=part.line,
            service=service,
            position=position,
            description=part.description,
            quantity_milli=part.quantity_milli,
            unit_amount=part.net if part.unit_amount is None else part.unit_amount,
            amount=part.net,
            tax_category=part.category,
            tax_rate_milli=part.rate_milli,
            tax_amount=part.tax,
        )
        for position, part in enumerate(parts, start=1)
    ]
    CreditNoteLine.objects.bulk_create(sorted(rows, key=lambda row: row.amount + row.tax_amount))
    names_and_notes = {
        (g.category, g.rate_milli): (g.name, g.note) for g in invoice.tax_groups.all()
    }
    groups = [
        CreditNoteTaxGroup(
            credit_note=note,
            category=key[0],
            rate_milli=key[1],
            net=net,
            tax=tax,
            name=names_and_notes[key][0],
            note=names_and_notes[key][1],
        )
        for key, (net, tax) in _summed(parts).items()
    ]
    CreditNoteTaxGroup.objects.bulk_create(sorted(groups, key=lambda row: row.net + row.tax))
