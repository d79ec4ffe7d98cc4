"""What the commands about invoices look for and read."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from commerce.billing.invoices.finding import find_invoice
from commerce.billing.invoices.rules import (
    NO_DAYS,
    OUTSIDE_SCOPE,
    BilledDays,
    DraftLine,
    InvoiceLineKind,
    InvoiceStatus,
    SubjectKey,
)
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.periods import open_periods_of_invoice, subject_of_period
from commerce.catalog.rules import ProductType
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.kit.number_parsing import parse_decimal

PERIOD_DECISIONS = ("bill_again", "waive", "end")
TAX_KINDS = (*map(str, ProductType), "none")


def find_invoice_or_draft(text: str) -> Invoice:
    """The invoice with this number, payment reference or id; a draft by its id. Raises ``BusinessError``."""
    digits = text.lower().removeprefix("draft").strip()
    if digits.isascii() and digits.isdecimal() and len(digits) < 19:
        draft = Invoice.objects.filter(pk=int(digits), status=InvoiceStatus.DRAFT).first()
        if draft is not None:
            return draft
    return find_invoice(text)


def parse_decisions(texts: Iterable[str]) -> dict[SubjectKey, str]:
    """What ``--decide service:7=waive`` says of each open period. Raises ``BusinessError``."""
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


def check_all_decided(invoice: Invoice, decisions: dict[SubjectKey, str]) -> None:
    """Raise ``BusinessError`` with the words to type, when an open period of the invoice has no decision."""
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


def parse_line(text: str, currency_code: str, tax_kind: str) -> DraftLine:
    """A line typed as ``TEXT=AMOUNT``, with ``QTYx`` before and ``@KIND`` after the amount, and at the end the service
    that it is for with the days that it bills: ``#7:2030-06-01..2030-06-30``. Raises ``BusinessError``.
    """
    said, _, number = text.rpartition("=")
    number, _, service = number.partition("#")
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
    unit = parse_amount(amount, currency_code)
    subject, days = _service_and_days(service) if service else (None, NO_DAYS)
    return DraftLine(
        said.strip(),
        unit,
        OUTSIDE_SCOPE,
        int(milli),
        kind=InvoiceLineKind.MANUAL,
        tax_kind="" if tax_kind == "none" else tax_kind,
        subject=subject,
        days=days,
    )


def _service_and_days(text: str) -> tuple[SubjectKey, BilledDays]:
    """``7``, or ``7:2030-06-01..2030-06-30`` with the first and last day."""
    number, colon, span = text.partition(":")
    first, _, last = span.partition("..")
    try:
        days = (
            BilledDays(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))
            if colon
            else NO_DAYS
        )
        subject = "service", int(number)
    except ValueError as wrong:
        raise BusinessError("invoice.line_service_unreadable", text=text) from wrong
    if days.start is not None and days.end is not None and days.end <= days.start:
        raise BusinessError("invoice.line_service_unreadable", text=text)
    return subject, days


def parse_credited_lines(texts: Sequence[str], currency_code: str) -> dict[int, int | None]:
    """Lines to credit, typed as ``2`` or ``2=5.00`` (net). Raises ``BusinessError``."""
    amounts: dict[int, int | None] = {}
    for text in texts:
        position, _, amount = text.partition("=")
        if not (position.isascii() and position.isdecimal()):
            raise BusinessError("credit_note.line_unreadable", text=text)
        amounts[int(position)] = parse_amount(amount, currency_code) if amount else None
    return amounts
