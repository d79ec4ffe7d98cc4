"""Numbers of documents: consecutive in each sequence, taken under its row's lock (billing.md 4, M14)."""

from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import CharField, Q

from commerce.billing.invoices.rules import format_document_number
from commerce.billing.models import CreditNote, Invoice, NumberSequence
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet, update_returning_columns
from commerce.kit.errors import BusinessError
from commerce.site_settings import current

INVOICE_SEQUENCE = "invoice"
CREDIT_NOTE_SEQUENCE = "credit_note"
"""Rows of ``NumberSequence``; with a yearly reset each year has one more, ``invoice:2026``."""


def validate_start_number(value: object) -> None:
    """The start of invoice numbers can be raised, and never lie below what was used; raises ``BusinessError``."""
    years = NumberSequence.objects.filter(name__startswith=f"{INVOICE_SEQUENCE}:").order_by(
        "-name"
    )[:1]
    rows = [*NumberSequence.objects.filter(pk=INVOICE_SEQUENCE), *years]
    used = max((row.next_number - 1 for row in rows), default=0)
    assert isinstance(value, int)
    if value <= used:
        raise BusinessError("invoice.number_used", used=used, next=used + 1)


class DocumentNumber(NamedTuple):
    """A number, and the issue date that goes with it."""

    number: int
    issued_on: date


def take_document_number(sequence: str, today: date) -> tuple[str, date]:
    """The next number, and its issue date: ``today``, or that of the last document where it is later (M14).

    The row stays locked until the transaction ends, so that a rollback leaves no gap.
    """
    prefix = current.get_setting(f"billing.{sequence}_prefix")
    least = (
        current.get_setting("billing.invoice_start_number") if sequence == INVOICE_SEQUENCE else 1
    )
    yearly = f"{sequence}:{today:%Y}"
    if current.get_setting("billing.invoice_yearly_reset") and "{YYYY}" in prefix:
        number, day = _take(yearly, today) or _first_of_year(sequence, yearly, today)
    else:
        number, day = _take(sequence, today, least=least, unless=yearly) or _other(
            sequence, yearly, today, least
        )
    return format_document_number(prefix, day, number), day


_NEXT = """next_number = CASE WHEN next_number < %s THEN %s ELSE next_number END + 1,
  last_date = CASE WHEN last_date > %s THEN last_date ELSE %s END"""
_UNLESS_THERE = f"""name = %s AND NOT EXISTS (
  SELECT 1 FROM {NumberSequence._meta.db_table} AS other WHERE other.name = %s)"""  # noqa: S608 - the name of our table


def _take(row: str, today: date, *, least: int = 1, unless: str = "") -> DocumentNumber | None:
    """Lock a row and take its number, in one statement; None without that row, or with the row ``unless``."""
    day = connection.ops.adapt_datefield_value(today)
    taken = update_returning_columns(
        NumberSequence,
        _NEXT,
        where=_UNLESS_THERE,
        values=[least, least, day, day, row, unless],
        columns="next_number - 1, last_date",
    )
    if not taken:
        return None
    number, last = taken[0]
    return DocumentNumber(number, date.fromisoformat(last) if isinstance(last, str) else last)


def _other(sequence: str, yearly: str, today: date, least: int) -> DocumentNumber:
    """The first number of all, or one of a year in whose course the reset was switched off.

    The row of that year goes on with it, so that switching the reset on again gives no number twice.
    """
    rows = _rows(sequence, yearly)
    number = max(least, *(row.next_number for row in rows.values()))
    day = max([today, *(row.last_date for row in rows.values() if row.last_date)])
    NumberSequence.objects.filter(pk__in=rows).update(next_number=number + 1, last_date=day)
    return DocumentNumber(number, day)


def _first_of_year(sequence: str, yearly: str, today: date) -> DocumentNumber:
    """1, or where the common sequence is when this year has documents of before the reset was on."""
    rows = _rows(sequence, yearly)
    if yearly not in rows:
        _new_year(sequence, yearly, today, rows[sequence])
    taken = _take(yearly, today)
    assert taken is not None  # its row was there, or is now
    return taken


def _rows(sequence: str, yearly: str) -> dict[str, NumberSequence]:
    """The row of a sequence, made if it is the first document, and that of this year, if there is one; locked."""

    def found() -> dict[str, NumberSequence]:
        return {row.pk: row for row in _LOCKED.instances(sequence=sequence, yearly=yearly)}

    rows = found()
    if sequence not in rows:
        NumberSequence.objects.get_or_create(pk=sequence)
        rows = found()
    return rows


_LOCKED = CompiledQuerySet(
    lambda: (
        NumberSequence.objects.select_for_update()
        .filter(pk__in=[QueryParam(name, CharField()) for name in ("sequence", "yearly")])
        .order_by("pk")
    )
)


def _new_year(sequence: str, yearly: str, today: date, common: NumberSequence) -> None:
    model = Invoice if sequence == INVOICE_SEQUENCE else CreditNote
    used = model._default_manager.filter(issue_date__year=today.year).exists()
    first = {"next_number": common.next_number, "last_date": common.last_date} if used else {}
    NumberSequence.objects.get_or_create(pk=yearly, defaults=first)


def no_number_before(day: date) -> None:
    """From now on documents get this issue date at least: the month before it is closed. A year that counts its own
    numbers keeps its days, so that none of another year stands in it.
    """
    rows = NumberSequence.objects.filter(last_date__lt=day)
    rows.filter(~Q(name__contains=":") | Q(name__endswith=f":{day:%Y}")).update(last_date=day)
