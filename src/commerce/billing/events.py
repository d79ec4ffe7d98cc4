"""What happened to invoices, credit notes and credit: ids, and facts that may change before anybody is told.

Who acts on them stands in ``reactions.py``; ``amount_due`` is what was due then, in minor units.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InvoiceIssued:
    """A draft got its number."""

    invoice_id: int
    amount_due: int


@dataclass(frozen=True, slots=True)
class InvoicePaid:
    """Nothing is due any more, by payments, credit or both; once for each time that it becomes so.

    ``entry_id`` is its last settlement entry by then; 0 when there was nothing to settle.
    """

    invoice_id: int
    entry_id: int


@dataclass(frozen=True, slots=True)
class InvoiceOverdue:
    """Its due date has passed."""

    invoice_id: int


@dataclass(frozen=True, slots=True)
class InvoiceClosed:
    """Taken back as a whole: voided, or credited in full."""

    invoice_id: int


@dataclass(frozen=True, slots=True)
class InvoiceReopened:
    """A payment was charged back: something is due again."""

    invoice_id: int


@dataclass(frozen=True, slots=True)
class InvoicePaidAfterTermination:
    """An invoice was paid whose service had been terminated for it; staff decide what becomes of that."""

    invoice_id: int


@dataclass(frozen=True, slots=True)
class ReminderDue:
    """A step of the ladder of reminders was reached: ``step`` days after the due date, negative before it."""

    invoice_id: int
    step: int
    amount_due: int


@dataclass(frozen=True, slots=True)
class LateFeeAdded:
    """The invoice of a late fee was issued."""

    invoice_id: int
    amount_due: int


@dataclass(frozen=True, slots=True)
class CreditNoteIssued:
    """A credit note got its number."""

    credit_note_id: int


@dataclass(frozen=True, slots=True)
class CreditAdded:
    """Money came to a client's credit."""

    entry_id: int
