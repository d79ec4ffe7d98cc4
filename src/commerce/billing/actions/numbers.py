"""Numbers of documents: consecutive in each sequence, taken under its row's lock (billing.md 4, M14)."""

from datetime import date

from django.db import connection

from commerce.billing import rules
from commerce.billing.models import CreditNote, Invoice, NumberSequence
from commerce.preferences import current

INVOICES = "invoice"
CREDIT_NOTES = "credit_note"
"""Rows of ``NumberSequence``; with a yearly reset each year has one more, ``invoice:2026``."""


def next_number(sequence: str, today: date) -> str:
    """The next number. Its row stays locked until the transaction ends, so that a rollback leaves no gap."""
    prefix = current.get(f"billing.{sequence}_prefix")
    least = current.get("billing.invoice_start_number") if sequence == INVOICES else 1
    yearly = f"{sequence}:{today:%Y}"
    if current.get("billing.invoice_yearly_reset") and "{YYYY}" in prefix:
        number = _take(yearly) or _first_of_year(sequence, yearly, today)
    else:
        number = _take(sequence, least=least, unless=yearly) or _other(sequence, yearly, least)
    return rules.number_text(prefix, today, number)


_TABLE = NumberSequence._meta.db_table
_TAKE = f"""
UPDATE {_TABLE} SET next_number = CASE WHEN next_number < %s THEN %s ELSE next_number END + 1
WHERE name = %s AND NOT EXISTS (SELECT 1 FROM {_TABLE} AS other WHERE other.name = %s)
RETURNING next_number - 1"""  # noqa: S608 - the name of our table


def _take(row: str, *, least: int = 1, unless: str = "") -> int:
    """Lock a row and take its number, in one statement; 0 without that row, or with the row ``unless``."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [least, least, row, unless])
        found = cursor.fetchone()
    return found[0] if found else 0


def _other(sequence: str, yearly: str, least: int) -> int:
    """The first number of all, or one of a year in whose course the reset was switched off."""
    rows = _rows(sequence, yearly)
    number = max(least, *(row.next_number for row in rows.values()))
    NumberSequence.objects.filter(pk=sequence).update(next_number=number + 1)
    return number


def _first_of_year(sequence: str, yearly: str, today: date) -> int:
    """1, or where the common sequence is when this year has documents of before the reset was on."""
    rows = _rows(sequence, yearly)
    if yearly not in rows:
        _new_year(sequence, yearly, today, rows[sequence].next_number)
    return _take(yearly)


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


def _new_year(sequence: str, yearly: str, today: date, number: int) -> None:
    model = Invoice if sequence == INVOICES else CreditNote
    used = model._default_manager.filter(issue_date__year=today.year).exists()
    first = number if used else 1
    NumberSequence.objects.get_or_create(pk=yearly, defaults={"next_number": first})
