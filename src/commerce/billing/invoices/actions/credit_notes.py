"""Credit notes as documents: what they take back of which line and of whom, and their rows (billing.md 7)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from commerce.accounts.locale import client_language
from commerce.audit.actions import write_audit_entry
from commerce.billing.invoices.actions.drafts import lines_in_order
from commerce.billing.invoices.actions.numbers import CREDIT_NOTE_SEQUENCE, take_document_number
from commerce.billing.invoices.credit_note_rules import (
    CreditedShare,
    accounting_tax_share,
    all_of,
    credit_lines,
    leaves_no_group_below_zero,
    spread_credit,
)
from commerce.billing.invoices.line_shares import remaining_shares
from commerce.billing.invoices.seals import document_seals
from commerce.billing.models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTaxGroup,
    Invoice,
    InvoiceLine,
    LineShare,
    PlanChange,
)
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_period
from commerce.site_settings import current

type DaysByShare = Mapping[tuple[int, int | None], tuple[date, date]]
"""The days that a plan change gives back, by line and service."""


def credited_by_amount(invoice: Invoice, amount: int | None) -> list[CreditedShare]:
    """A gross amount spread over what is left of all lines; None is all of it.

    All of an invoice of which nothing was credited yet repeats its lines, also those over 0.00.
    """
    remaining = remaining_shares(invoice)
    whole = sum(share.gross for share in remaining)
    if amount not in (None, whole):
        return spread_credit(amount, remaining)
    return all_of(share for share in remaining if share.net or share.tax or whole == invoice.total)


def credited_by_line(invoice: Invoice, lines: Mapping[int, int | None]) -> list[CreditedShare]:
    """Lines by their position, what is left of them or a part of their net amount, with their own discounts.

    Raises ``BusinessError`` for an unknown line, and for more than is left of a line or of the invoice.
    """
    remaining = remaining_shares(invoice)
    parts = credit_lines(lines, remaining)
    if not leaves_no_group_below_zero(parts, remaining):
        left = format_money(sum(share.gross for share in remaining), invoice.currency_id)
        raise BusinessError("credit_note.more_than_amount_left", left=left, field="lines")
    return parts


def create_credit_note(
    *,
    invoice: Invoice,
    credited: Sequence[CreditedShare],
    reason: str,
    ctx: Context,
    plan_change: PlanChange | None = None,
    days: DaysByShare | None = None,
) -> CreditNote:
    """A numbered credit note for a locked invoice; for a ``plan_change`` it names the ``days`` that it gives back.

    Raises ``BusinessError`` for nothing, and for a missing reason.
    """
    if not 1 <= len(reason.strip()) <= 500:
        raise BusinessError("reason.not_valid", field="reason")
    net, tax = sum(part.net for part in credited), sum(part.tax for part in credited)
    if net + tax <= 0:
        raise BusinessError("credit_note.nothing_to_credit", field="amount")
    number, issued_on = take_document_number(CREDIT_NOTE_SEQUENCE, current.business_date(ctx.at))
    note = CreditNote.objects.create(
        client_id=invoice.client_id,
        invoice=invoice,
        plan_change=plan_change,
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
    _write_lines(note, invoice, credited, days or {})
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


def _write_lines(
    note: CreditNote, invoice: Invoice, credited: Sequence[CreditedShare], days: DaysByShare
) -> None:
    """Smallest first: the database refuses a line that comes after those that sum to the note already."""
    parts_by_line: dict[int, list[CreditedShare]] = defaultdict(list)
    for part in credited:
        parts_by_line[part.share.line].append(part)
    lines = [line for line in lines_in_order(invoice) if line.pk in parts_by_line]
    periods = {line: span for (line, _service), span in days.items()}
    with client_language(invoice.client):
        rows = [
            _line(note, line, position, parts_by_line[line.pk], periods.get(line.pk))
            for position, line in enumerate(lines, start=1)
        ]
    CreditNoteLine.objects.bulk_create(sorted(rows, key=lambda row: row.amount + row.tax_amount))
    LineShare.objects.bulk_create(
        share for row in rows for share in _shares(row, parts_by_line[row.line_id or 0], days)
    )
    _write_groups(note, invoice, rows)


def _line(
    note: CreditNote,
    line: InvoiceLine,
    position: int,
    parts: Sequence[CreditedShare],
    days: tuple[date, date] | None,
) -> CreditNoteLine:
    """What is taken back of a line, with the days that are given back; all of it repeats its quantity."""
    text = line.description
    if days is not None:
        unused = format_period(days[0], days[1] - timedelta(days=1))
        text = _("%(line)s (unused: %(period)s)") % {"line": text[:400], "period": unused}
    net, tax = sum(part.net for part in parts), sum(part.tax for part in parts)
    whole = (net, tax) == (line.amount, line.tax_amount)
    return CreditNoteLine(
        credit_note=note,
        line=line,
        position=position,
        description=text,
        quantity_milli=line.quantity_milli if whole else 1000,
        unit_amount=line.unit_amount if whole else net,
        amount=net,
        tax_category=line.tax_category,
        tax_rate_milli=line.tax_rate_milli,
        tax_amount=tax,
    )


def _shares(
    row: CreditNoteLine, parts: Sequence[CreditedShare], days: DaysByShare
) -> Iterator[LineShare]:
    for part in parts:
        start, end = days.get((part.share.line, part.share.service), (None, None))
        yield LineShare(
            line_id=part.share.line,
            service_id=part.share.service,
            credit_line=row,
            net=-part.net,
            tax=-part.tax,
            period_start=start,
            period_end=end,
        )


def _write_groups(note: CreditNote, invoice: Invoice, rows: Sequence[CreditNoteLine]) -> None:
    sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        group = sums[row.tax_category, row.tax_rate_milli]
        group[0] += row.amount
        group[1] += row.tax_amount
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
        for key, (net, tax) in sums.items()
    ]
    CreditNoteTaxGroup.objects.bulk_create(sorted(groups, key=lambda row: row.net + row.tax))
