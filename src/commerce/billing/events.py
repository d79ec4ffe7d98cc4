"""What happened to invoices, credit notes and credit; ids only. Who acts on them stands in ``reactions.py``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InvoiceIssued:
    """A draft got its number."""

    invoice_id: int


@dataclass(frozen=True, slots=True)
class InvoicePaid:
    """Nothing is due any more, by payments, credit or both; once for each time that it becomes so."""

    invoice_id: int


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
class PaidAfterTermination:
    """An invoice was paid whose service had been terminated for it; staff decide what becomes of that."""

    invoice_id: int


@dataclass(frozen=True, slots=True)
class ReminderDue:
    """A step of the ladder of reminders was reached: ``step`` days after the due date, negative before it."""

    invoice_id: int
    step: int


@dataclass(frozen=True, slots=True)
class LateFeeAdded:
    """The invoice of a late fee was issued."""

    invoice_id: int


@dataclass(frozen=True, slots=True)
class CreditNoteIssued:
    """A credit note got its number."""

    credit_note_id: int


@dataclass(frozen=True, slots=True)
class CreditAdded:
    """Money came to a client's credit."""

    entry_id: int
