"""What the database refuses in a closed month, whoever writes it (invariants.md M20)."""

from commerce.billing.books.rules import MonthStatus
from commerce.billing.models import (
    BooksFile,
    BooksMonth,
    CreditEntry,
    CreditNote,
    Invoice,
    SettlementEntry,
)
from commerce.db.triggers import TriggerGuard, refusing_triggers

_CLOSED = f"FROM {BooksMonth._meta.db_table} WHERE status = '{MonthStatus.CLOSED}'"
CLOSED_DAY = f"(SELECT max(last_day) {_CLOSED})"
"""The last day that is closed; NULL, to which nothing compares, while none is."""
CLOSED_INSTANT = f"(SELECT max(ends_at) {_CLOSED})"
"""The first instant after it."""
BOOKS_CLOSED = "the books of this day are closed"
SUFFIX = "_books"


def booking_guard(table: str, event: str, condition: str) -> TriggerGuard:
    """Refuses an event that would book something in a closed month."""
    return TriggerGuard(table, event, condition, BOOKS_CLOSED, suffix=SUFFIX)


def books_triggers() -> list[TriggerGuard]:
    """Documents by their issue day, entries by their instant; files of closed months never change."""
    invoice, note = Invoice._meta.db_table, CreditNote._meta.db_table
    of_closed_day = f"NEW.issue_date <= {CLOSED_DAY}"
    entries = SettlementEntry._meta.db_table, CreditEntry._meta.db_table
    return [
        booking_guard(invoice, "INSERT", of_closed_day),
        booking_guard(
            invoice,
            "UPDATE",
            f"OLD.issue_date IS DISTINCT FROM NEW.issue_date AND {of_closed_day}",
        ),
        booking_guard(note, "INSERT", of_closed_day),
        *(booking_guard(table, "INSERT", f"NEW.at < {CLOSED_INSTANT}") for table in entries),
        *refusing_triggers(BooksFile._meta.db_table, "files of closed months do not change"),
    ]
