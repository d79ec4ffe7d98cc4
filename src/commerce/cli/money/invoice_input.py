"""What the commands about invoices look for, read and print."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from commerce.billing.invoices.rules import InvoiceLineKind, InvoiceStatus
from commerce.catalog.rules import ProductType

if TYPE_CHECKING:
    from commerce.billing.invoices.rules import DraftLine, SubjectKey
    from commerce.billing.models import CreditNote, Invoice

PERIOD_DECISIONS = ("bill_again", "waive", "end")
TAX_KINDS = (*map(str, ProductType), "none")


def find_invoice_or_draft(text: str) -> "Invoice":
    """The invoice with this number, payment reference or id; a draft by its id. Raises ``BusinessError``."""
    from commerce.billing.models import Invoice
    from commerce.cli.lookup import find_invoice

    digits = text.lower().removeprefix("draft").strip()
    if digits.isascii() and digits.isdecimal() and len(digits) < 19:
        draft = Invoice.objects.filter(pk=int(digits), status=InvoiceStatus.DRAFT).first()
        if draft is not None:
            return draft
    return find_invoice(text)


def parse_decisions(texts: Iterable[str]) -> "dict[SubjectKey, str]":
    """What ``--decide service:7=waive`` says of each open period. Raises ``BusinessError``."""
    from commerce.kit.errors import BusinessError

    decisions: dict[SubjectKey, str] = {}
    for text in texts:
        owner, _, choice = text.partition("=")
        noun, _, digits = owner.partition(":")
        if (
            noun not in ("service", "domain")
            or not (digits.isascii() and digits.isdecimal())
            or choice not in PERIOD_DECISIONS
        ):
            raise BusinessError("invoice.decision_unreadable", text=text)
        decisions[noun, int(digits)] = choice
    return decisions


def check_all_decided(invoice: "Invoice", decisions: "dict[SubjectKey, str]") -> None:
    """Raise ``BusinessError`` with the words to type, when an open period of the invoice has no decision."""
    from commerce.billing.periods.actions.periods import open_periods_of_invoice, subject_of_period
    from commerce.kit.errors import BusinessError

    missing = [
        billed_period
        for billed_period in open_periods_of_invoice(invoice)
        if subject_of_period(billed_period) not in decisions
    ]
    if not missing:
        return
    rows = "".join(
        f"\n  --decide {noun}:{owner}={'|'.join(PERIOD_DECISIONS)}   {billed_period}"
        for billed_period in missing
        for noun, owner in [subject_of_period(billed_period)]
    )
    raise BusinessError("invoice.periods_undecided", invoice=invoice, periods=rows)


def parse_line(text: str, currency_code: str, tax_kind: str) -> "DraftLine":
    """A line typed as ``TEXT=AMOUNT``, with ``QTYx`` before and ``@KIND`` after the amount. Raises
    ``BusinessError``.
    """
    from commerce.billing.invoices.rules import OUTSIDE_SCOPE, DraftLine
    from commerce.cli.param_types import parse_minor_units
    from commerce.kit.errors import BusinessError
    from commerce.kit.number_parsing import parse_decimal

    said, _, number = text.rpartition("=")
    number, _, own_kind = number.partition("@")
    qty, _, amount = number.rpartition("x")
    tax_kind = own_kind.strip() or tax_kind
    if tax_kind not in TAX_KINDS:
        raise BusinessError(
            "invoice.tax_kind_unknown", tax_kind=tax_kind, known=", ".join(TAX_KINDS)
        )
    try:
        milli = parse_decimal(qty or "1") * 1000
    except ValueError as wrong:
        raise BusinessError("command.qty_unreadable", text=qty) from wrong
    if not said.strip() or milli != milli.to_integral_value() or not 1 <= milli <= 100_000_000:
        raise BusinessError("invoice.line_unreadable", text=text)
    unit = parse_minor_units(amount, currency_code)
    kind = "" if tax_kind == "none" else tax_kind
    return DraftLine(
        said.strip(), unit, OUTSIDE_SCOPE, int(milli), kind=InvoiceLineKind.MANUAL, tax_kind=kind
    )


def parse_credited_lines(texts: Sequence[str], currency_code: str) -> dict[int, int | None]:
    """Lines to credit, typed as ``2`` or ``2=5.00`` (net). Raises ``BusinessError``."""
    from commerce.cli.param_types import parse_minor_units
    from commerce.kit.errors import BusinessError

    amounts: dict[int, int | None] = {}
    for text in texts:
        position, _, amount = text.partition("=")
        if not (position.isascii() and position.isdecimal()):
            raise BusinessError("credit_note.line_unreadable", text=text)
        amounts[int(position)] = parse_minor_units(amount, currency_code) if amount else None
    return amounts


def invoice_row(row: "Invoice") -> dict[str, Any]:
    """One line of a list."""
    from commerce.cli.output import format_amount

    return {
        "id": row.pk,
        "number": row.number or "",
        "kind": row.kind,
        "state": row.status,
        "client": f"{row.client_id} {row.client}",
        "issued": str(row.issue_date or ""),
        "due": str(row.due_date or ""),
        "total": format_amount(row.total, row),
        "amount_due": format_amount(row.amount_due, row),
    }


def credit_note_row(note: "CreditNote") -> dict[str, Any]:
    """A credit note in a sentence's worth of columns."""
    from commerce.cli.output import format_amount

    return {
        "number": note.number,
        "issued": str(note.issue_date),
        "total": format_amount(note.total, note),
        "reason": note.reason,
    }


def invoice_details(row: "Invoice") -> dict[str, Any]:
    """All that staff ask of an invoice: lines, taxes, money in and out, periods, corrections."""
    from commerce.cli.output import format_amount

    return invoice_row(row) | {
        "payment_reference": row.payment_reference or "",
        "notes": row.notes,
        "sent_at": f"{row.sent_at:%Y-%m-%d %H:%M} UTC" if row.sent_at else "",
        "dunning_hold_until": str(row.dunning_hold_until or ""),
        "suspension_hold_until": str(row.suspension_hold_until or ""),
        "lines": [
            {"line": one.position, "text": one.description, "quantity": one.quantity_milli / 1000}
            | {"net": format_amount(one.amount, row), "tax": format_amount(one.tax_amount, row)}
            | {"effective_tax_kind": one.tax_kind or "none"}
            for one in row.lines.order_by("position")
        ],
        "taxes": [
            {"category": one.category, "percent": one.rate_milli / 1000, "name": one.name}
            | {"net": format_amount(one.net, row), "tax": format_amount(one.tax, row)}
            for one in row.tax_groups.order_by("pk")
        ],
        "entries": [
            {"at": f"{one.at:%Y-%m-%d %H:%M} UTC", "kind": one.kind, "source": one.source}
            | {"amount": format_amount(one.amount, row)}
            for one in row.settlement_entries.order_by("pk")
        ],
        "periods": [
            {"of": str(one.service or one.domain), "from": str(one.period_start)}
            | {"to": str(one.period_end), "state": one.status}
            for one in row.billed_periods.order_by("pk").select_related("service", "domain")
        ],
        "credit_notes": [credit_note_row(one) for one in row.credit_notes.order_by("pk")],
    }
