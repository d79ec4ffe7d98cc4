"""What the commands about invoices look for, read and print."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commerce.billing.models import CreditNote, Invoice
    from commerce.billing.rules import ClaimKey, Line

CHOICES = ("bill_again", "waive", "end")
TAX_KINDS = ("hosting", "domain", "other", "none")


def find_any(text: str) -> "Invoice":
    """The invoice with this number, payment reference or id; a draft by its id. Raises ``Refused``."""
    from commerce.billing.models import Invoice
    from commerce.cli.payment_rows import find_invoice

    digits = text.lower().removeprefix("draft").strip()
    if digits.isascii() and digits.isdecimal() and len(digits) < 19:
        draft = Invoice.objects.filter(pk=int(digits), status="draft").first()
        if draft is not None:
            return draft
    return find_invoice(text)


def decisions(typed: Iterable[str]) -> "dict[ClaimKey, str]":
    """What ``--decide service:7=waive`` says of each open period. Raises ``Refused``."""
    from commerce.kit.errors import Refused

    said: dict[ClaimKey, str] = {}
    for text in typed:
        owner, _, choice = text.partition("=")
        noun, _, digits = owner.partition(":")
        if (
            noun not in ("service", "domain")
            or not (digits.isascii() and digits.isdecimal())
            or choice not in CHOICES
        ):
            raise Refused(f"{text} is not a decision. Such as service:7=bill_again, waive or end.")
        said[noun, int(digits)] = choice
    return said


def check_decided(invoice: "Invoice", said: "dict[ClaimKey, str]") -> None:
    """Raise ``Refused`` with the words to type, when an open period of the invoice has no decision."""
    from commerce.billing.actions.claims import key_of, open_claims
    from commerce.kit.errors import Refused

    missing = [claim for claim in open_claims(invoice) if key_of(claim) not in said]
    if not missing:
        return
    rows = "".join(
        f"\n  --decide {noun}:{owner}={'|'.join(CHOICES)}   {claim}"
        for claim in missing
        for noun, owner in [key_of(claim)]
    )
    raise Refused(
        f"Invoice {invoice} bills periods that are open. Say for each: bill it again with the next"
        f" daily run, waive it, or end the service.{rows}"
    )


def typed_line(text: str, currency_code: str, tax_kind: str) -> "Line":
    """A line typed as ``TEXT=AMOUNT``, with ``QTYx`` before and ``@KIND`` after the amount. Raises ``Refused``."""
    from commerce.billing.rules import OUTSIDE_SCOPE, Line
    from commerce.cli.payment_rows import minor
    from commerce.kit.errors import Refused
    from commerce.kit.typed_numbers import parse_decimal

    said, _, number = text.rpartition("=")
    number, _, own_kind = number.partition("@")
    qty, _, amount = number.rpartition("x")
    tax_kind = own_kind.strip() or tax_kind
    if tax_kind not in TAX_KINDS:
        raise Refused(f"{tax_kind} is not what a line can be taxed as: {', '.join(TAX_KINDS)}.")
    try:
        milli = parse_decimal(qty or "1") * 1000
    except ValueError as wrong:
        raise Refused(f"{qty} is not a quantity.") from wrong
    if not said.strip() or milli != milli.to_integral_value() or not 1 <= milli <= 100_000_000:
        raise Refused(f"{text} is not a line. Such as 'Setting up=2.5x80.00' or 'Discount=-5.00'.")
    unit = minor(amount, currency_code)
    kind = "" if tax_kind == "none" else tax_kind
    return Line(said.strip(), unit, OUTSIDE_SCOPE, int(milli), kind="manual", tax_kind=kind)


def credited_lines(typed: Sequence[str], currency_code: str) -> dict[int, int | None]:
    """Lines to credit, typed as ``2`` or ``2=5.00`` (net). Raises ``Refused``."""
    from commerce.cli.payment_rows import minor
    from commerce.kit.errors import Refused

    said: dict[int, int | None] = {}
    for text in typed:
        position, _, amount = text.partition("=")
        if not (position.isascii() and position.isdecimal()):
            raise Refused(f"{text} is not a line. Such as 2, or 2=5.00 for a part (net).")
        said[int(position)] = minor(amount, currency_code) if amount else None
    return said


def invoice_row(row: "Invoice") -> dict[str, Any]:
    """One line of a list."""
    from commerce.cli.payment_rows import money

    return {
        "id": row.pk,
        "number": row.number or "",
        "kind": row.kind,
        "state": row.status,
        "client": f"{row.client_id} {row.client}",
        "issued": str(row.issue_date or ""),
        "due": str(row.due_date or ""),
        "total": money(row.total, row),
        "amount_due": money(row.amount_due, row),
    }


def note_row(note: "CreditNote") -> dict[str, Any]:
    """A credit note in a sentence's worth of columns."""
    from commerce.cli.payment_rows import money

    return {
        "number": note.number,
        "issued": str(note.issue_date),
        "total": money(note.total, note),
        "reason": note.reason,
    }


def whole(row: "Invoice") -> dict[str, Any]:
    """All that staff ask of an invoice: lines, taxes, money in and out, periods, corrections."""
    from commerce.cli.payment_rows import money

    return invoice_row(row) | {
        "payment_reference": row.payment_reference or "",
        "notes": row.notes,
        "sent_at": f"{row.sent_at:%Y-%m-%d %H:%M} UTC" if row.sent_at else "",
        "dunning_hold_until": str(row.dunning_hold_until or ""),
        "suspension_hold_until": str(row.suspension_hold_until or ""),
        "lines": [
            {"line": one.position, "text": one.description, "quantity": one.quantity_milli / 1000}
            | {"net": money(one.amount, row), "tax": money(one.tax_amount, row)}
            | {"taxed_as": one.tax_kind or "none"}
            for one in row.lines.order_by("position")
        ],
        "taxes": [
            {"category": one.category, "percent": one.rate_milli / 1000, "name": one.name}
            | {"net": money(one.net, row), "tax": money(one.tax, row)}
            for one in row.tax_groups.order_by("pk")
        ],
        "entries": [
            {"at": f"{one.at:%Y-%m-%d %H:%M} UTC", "kind": one.kind, "source": one.source}
            | {"amount": money(one.amount, row)}
            for one in row.settlement_entries.order_by("pk")
        ],
        "periods": [
            {"of": str(one.service or one.domain), "from": str(one.period_start)}
            | {"to": str(one.period_end), "state": one.status}
            for one in row.claims.order_by("pk").select_related("service", "domain")
        ],
        "credit_notes": [note_row(one) for one in row.credit_notes.order_by("pk")],
    }
