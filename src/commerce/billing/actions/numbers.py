"""Numbers of documents: consecutive in each sequence, taken under its row's lock (billing.md 4, M14)."""

from datetime import date

from commerce.billing import rules
from commerce.billing.models import CreditNote, Invoice, NumberSequence
from commerce.preferences import current

INVOICES = "invoice"
CREDIT_NOTES = "credit_note"
"""Rows of ``NumberSequence``; with a yearly reset each year has one more, ``invoice:2026``."""


def next_number(sequence: str, today: date) -> str:
    """The next number. Its rows stay locked until the transaction ends, so that a rollback leaves no gap."""
    prefix = current.get(f"billing.{sequence}_prefix")
    yearly = f"{sequence}:{today:%Y}"
    rows = _rows(sequence, yearly)
    number = rows[sequence].next_number
    if current.get("billing.invoice_yearly_reset") and "{YYYY}" in prefix:
        row = rows.get(yearly) or _new_year(sequence, yearly, today, number)
        number = row.next_number
    else:
        row = rows[sequence]
        if yearly in rows:  # the reset was switched off in the course of this year
            number = max(number, rows[yearly].next_number)
        if sequence == INVOICES:
            number = max(number, current.get("billing.invoice_start_number"))
    NumberSequence.objects.filter(pk=row.pk).update(next_number=number + 1)
    return rules.number_text(prefix, today, number)


def _rows(sequence: str, yearly: str) -> dict[str, NumberSequence]:
    """The row of a sequence, made if it is the first document, and that of this year, if there is one; locked."""

    def found() -> dict[str, NumberSequence]:
        rows = NumberSequence.objects.select_for_update().filter(pk__in=[sequence, yearly])
        return {row.pk: row for row in rows.order_by("pk")}

    rows = found()
    if sequence not in rows:
        NumberSequence.objects.get_or_create(pk=sequence)
        rows = found()
    return rows


def _new_year(sequence: str, yearly: str, today: date, number: int) -> NumberSequence:
    """Starts at 1; goes on from the common sequence when this year has documents of before the reset was on."""
    model = Invoice if sequence == INVOICES else CreditNote
    used = model._default_manager.filter(issue_date__year=today.year).exists()
    first = number if used else 1
    return NumberSequence.objects.get_or_create(pk=yearly, defaults={"next_number": first})[0]
