"""What happened to invoices, credit notes and credit: ids, and facts that may change before anybody is told.

Who acts on them stands in ``reactions.py``; ``amount_due`` is what was due then, in minor units.
"""

from msgspec import Struct


class InvoiceIssued(Struct, frozen=True):
    """A draft got its number."""

    invoice_id: int
    amount_due: int


class InvoicePaid(Struct, frozen=True):
    """Nothing is due any more, by payments, credit or both; once for each time that it becomes so.

    ``entry_id`` is its last settlement entry by then; 0 when there was nothing to settle.
    """

    invoice_id: int
    entry_id: int


class InvoiceOverdue(Struct, frozen=True):
    """Its due date has passed."""

    invoice_id: int


class InvoiceClosed(Struct, frozen=True):
    """Taken back as a whole: voided, or credited in full."""

    invoice_id: int


class InvoiceReopened(Struct, frozen=True):
    """A payment was charged back: something is due again."""

    invoice_id: int


class InvoicePaidAfterTermination(Struct, frozen=True):
    """An invoice was paid whose service had been terminated for it; staff decide what becomes of that."""

    invoice_id: int


class ReminderDue(Struct, frozen=True):
    """A step of the ladder of reminders was reached: ``step`` days after the due date, negative before it."""

    invoice_id: int
    step: int
    amount_due: int


class LateFeeAdded(Struct, frozen=True):
    """The invoice of a late fee was issued."""

    invoice_id: int
    amount_due: int


class CreditNoteIssued(Struct, frozen=True):
    """A credit note got its number."""

    credit_note_id: int


class PlanChangeRequestEnded(Struct, frozen=True):
    """A request that was to be paid was carried out, withdrawn, or has lapsed."""

    plan_change_id: int


class CreditAdded(Struct, frozen=True):
    """Money came to a client's credit."""

    entry_id: int


class PlanChangeApplied(Struct, frozen=True):
    """A service has moved to another plan; ``label`` and ``from_plan`` are what it and its plan were called before, and
    ``from_cycle`` is what its cycle was, where only that changed.
    """

    plan_change_id: int
    label: str
    from_plan: str
    from_cycle: str = ""


class PlanChangeLapsed(Struct, frozen=True):
    """A plan change ended without effect, for a ``reason`` that its client reads; ``credited`` is what was paid for it
    and is credit, in minor units.
    """

    plan_change_id: int
    reason: str
    credited: int
